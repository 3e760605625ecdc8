"""The ledger: every loss under a root cause, with the stated reason and your own finding side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date as Date  # noqa: N812 - a type beside an argument of that name
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.churn.against import against
from outcomegap.churn.catalogue import Catalogue, catalogue as built_in
from outcomegap.churn.columns import as_date, end_of
from outcomegap.churn.losses import Losses
from outcomegap.churn.phrases import like_unknown, plain
from outcomegap.churn.tally import avoidable, concentration_of, groups, listed
from outcomegap.listing import Listing, as_column, counted, shorten
from outcomegap.scoring.columns import CustomerColumns

Array = NDArray[Any]
NAT = np.datetime64("NaT", "us")
#: For so many texts that fit no entry, the most frequent, the nearest entries are looked for.
SUGGESTED = 2_000
#: How many texts that fit none, and problems, are printed.
FIRST = 10


class Ledger(Losses):
    """Every loss under the root causes of churn.

    For each the reason that was stated and the finding of your own look are both kept. The finding counts wherever
    one was written down, else the stated reason does: who states a price may never have been set up. What says
    nothing (empty, "don't know", "unknown", in English, Persian and Hebrew) and what fits no entry of the catalogue
    stand apart as unknown. Nothing is guessed: texts that fit no entry are under `unmatched`, with the nearest
    entries, and `mapping` is where you say what they mean.

    A row is a loss: a customer who came back and left again stands in two, and is two losses of one customer. Counts,
    shares and their intervals are of losses; the intervals take losses as independent of one another, so where many
    customers left more than once they are too narrow. `customers` and `concentration` are of customers.

    Parameters
    ----------
    frame
        Any data frame, a row a loss.
    customer
        The column that names the customer; needed by `against`. Without it each loss is taken for that of another.
    stated, found
        The columns with the reason stated, and with what your own look found; at least one of them.
    date
        The column with the day of leaving: dates, times, or ISO 8601 text. Before 1900 and from 2200 on nobody left.
    value
        The column with what each was worth, 0 or more, in any one currency and period.
    mapping
        Raw text -> id of an entry; None instead of an id for a text that says nothing. It wins over matching. Case,
        punctuation and spaces of the text do not matter.
    segment, stage, phase
        The columns to group by; a phase is one of the eight of `outcomegap.journey.phases`.
    catalogue
        What reasons are looked up in; by default `outcomegap.churn.catalogue()`.
    confidence
        Of every interval.
    as_of
        When the data were taken, a day or a time: nobody has left later.
    on_bad
        ``"raise"``, or ``"set_aside"``: rows with problems are in no count, the problems are in `problems`. Of a loss
        that stands twice the first row counts.

    Attributes
    ----------
    causes
        `Listing` of the losses under the three root causes, and unknown apart; every loss is counted once. A row a
        cause: ``root_cause``, ``count``, ``named`` (how many have it among the root causes of their entry, first or
        not), ``share``, ``low``, ``high`` (Wilson's interval), ``value``, ``value_share``, ``value_low``,
        ``value_high``.
    avoidable
        `Listing` of how many losses could have been avoided: yes, partly, no, unknown. Since some reasons are unknown
        its facts hold a range: at ``low`` none of the unknown, and none under "partly", could have been avoided, at
        ``high`` all of them. ``interval`` goes from the lower end of Wilson's interval of ``low`` to the upper end of
        that of ``high``; ``value_low``, ``value_high``, ``value_interval`` are the same as shares of value; all are NaN
        where nobody was lost, or no value was given. ``only_unknown`` holds the same of the range in which only the
        unknown vary: whoever could be kept at least in part counts as avoidable at both ends.
    entries
        `Listing` of the same by entry of the catalogue, the most frequent first; the unknown are in none.
    customers
        How many customers were lost, once or more often; where no column names them, as many as there are losses.
    lost_value
        What was lost altogether, as far as it is known; NaN without `value`.
    columns
        What is known of each loss, as columns: see `to_frame`; without rows set aside.
    set_aside, problems
        How many rows are set aside and in no count, and what is wrong with them.
    unused
        Texts of the mapping that stand in no row: slips of the pen, or reasons nobody gave this time.
    catalogue, confidence
        As given.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, the mapping and what they hold.

    Examples
    --------
    >>> ledger = Ledger({"who": ["A", "B", "C", "D", "E"],
    ...                  "why": ["died", "bugs", "slow support", "", "moved on"]}, customer="who", stated="why")
    >>> {row["root_cause"]: row["count"] for row in ledger.causes}
    {'customer_event': 1, 'required_outcome': 1, 'appropriate_experience': 1, 'unknown': 2}
    >>> ledger.avoidable.facts["low"], ledger.avoidable.facts["high"]
    (0.4, 0.8)
    >>> [(row["text"], row["nearest"].split(", ")[0]) for row in ledger.unmatched]
    [('moved on', 'moved-away')]
    """

    def __init__(
        self,
        frame: object,
        *,
        customer: str | None = None,
        stated: str | None = None,
        found: str | None = None,
        date: str | None = None,
        value: str | None = None,
        mapping: Mapping[str, str | None] | None = None,
        segment: str | None = None,
        stage: str | None = None,
        phase: str | None = None,
        catalogue: Catalogue | None = None,
        confidence: float = 0.95,
        as_of: Date | str | None = None,
        on_bad: Literal["raise", "set_aside"] = "raise",
    ) -> None:
        names = {"customer": customer, "stated": stated, "found": found, "date": date, "value": value}
        names |= {"segment": segment, "stage": stage, "phase": phase}
        book = built_in() if catalogue is None else catalogue
        super().__init__(frame, names, mapping or {}, book, as_of=as_of, on_bad=on_bad, confidence=confidence)
        self.lost_value = math.nan if self.value is None else float(np.nansum(self.value))
        self.causes = listed(self, "root_cause", "Root causes")
        self.entries = listed(self, "entry", "Entries, the most frequent first")
        self.avoidable = avoidable(self)

    def __repr__(self) -> str:
        return f"<Ledger of {self.said}>"

    def by(self, *names: str) -> Listing:
        """Count losses in groups.

        Parameters
        ----------
        *names
            One or more of ``"segment"``, ``"stage"``, ``"phase"``, ``"month"`` (of leaving), ``"root_cause"``,
            ``"entry"``, ``"avoidable"``, ``"basis"``. Months in which nobody left stand between the first and the last
            with nobody in them, beside each group of the other names that there is.

        Returns
        -------
        Listing
            A row a group. After the columns that name it: ``losses``, ``customers``, ``value``; for each root cause
            and ``unknown`` the count, the share of the group, and its interval (``required_outcome``,
            ``required_outcome_share``, ``..._low``, ``..._high``); ``avoidable_low``, ``avoidable_high``,
            ``avoidable_interval_low``, ``avoidable_interval_high``, and ``only_unknown_low``, ``only_unknown_high``,
            the range in which only the unknown vary.

        Raises
        ------
        DataError
            If a name is none of those, or its column was not given.

        Examples
        --------
        >>> ledger = Ledger({"why": ["bugs", "died", "bugs"], "plan": ["pro", "pro", "basic"]}, stated="why",
        ...                 segment="plan")
        >>> [(row["segment"], row["avoidable_low"]) for row in ledger.by("segment")]
        [('basic', 1.0), ('pro', 0.5)]
        """
        return groups(self, names)

    def concentration(self) -> Listing:
        """Return how much hangs on single customers of those lost; `outcomegap.churn.concentration` takes any list.

        What a customer was worth at each loss is summed.
        """
        return concentration_of(self.value, self.columns.get("customer"), self.number)

    # What people wrote

    @cached_property
    def unmatched(self) -> Listing:
        """Texts that fit no entry, the most frequent first, with the nearest entries; put them into `mapping`.

        Texts that differ in case, punctuation and spaces alone are one, in the spelling that is most frequent, as
        `mapping` takes them. Where nothing is near, nothing is suggested; ``"unknown"`` is suggested for what is
        likely a slip of "not known". Where there are thousands of texts, the nearest entries are looked for at the
        most frequent only; a note says so.
        """
        spelled: dict[tuple[str, str], Counter[str]] = {}
        for side in ("found", "stated"):
            for text in self.columns.get(side, ()):
                if self.readings[text].told == "unmatched":
                    spelled.setdefault((plain(text), side), Counter())[text] += 1
        ranked = sorted(spelled, key=lambda key: -spelled[key].total())
        texts = [spelled[key].most_common(1)[0][0] for key in ranked]
        suggest = self.catalogue.suggest
        near = [
            "unknown" if like_unknown(text) else ", ".join(e.id for e in suggest(text)) or None
            for text in texts[:SUGGESTED]
        ]
        columns: dict[str, Any] = {"text": texts, "column": [side for _, side in ranked]}
        columns["losses"] = np.array([spelled[key].total() for key in ranked], dtype=np.int64)
        columns["nearest"] = near + [None] * (len(texts) - len(near))
        notes = ["Nothing was guessed: say what they mean with mapping={text: entry id}."] if ranked else []
        if "unknown" in near:
            notes.append("What is nearest to 'unknown' says nothing: mapping={text: None}.")
        if len(texts) > SUGGESTED:
            notes.append(f"Nearest entries stand at the {SUGGESTED:,} most frequent; catalogue.suggest finds others.")
        title = f"Reasons that fit no entry: {len(ranked):,}"
        form: dict[str, Any] = {"like": self.table, "formats": {"text": shorten}, "first": FIRST}
        return Listing(title, columns, notes=notes, **form)

    @cached_property
    def differ(self) -> Listing:
        """Where the finding is another entry than the stated reason: both, and how often, the most frequent first."""
        both = zip(self.columns.get("stated_entry", ()), self.columns.get("found_entry", ()), strict=False)
        pairs = Counter((stated, found) for stated, found in both if stated and found and stated != found)
        rows = [(*pair, count) for pair, count in pairs.most_common()]
        columns = {name: [row[place] for row in rows] for place, name in enumerate(("stated", "found", "losses"))}
        title = f"Found to be something else than stated: {counted(pairs.total(), 'loss', 'losses')}"
        return Listing(title, columns, like=self.table)

    # Against the score, and back

    def against(
        self, scores: CustomerColumns, *, top: int = 3, measures: Mapping[str, Iterable[str]] | None = None
    ) -> Listing:
        """Say whether the score named the reason: for losses of customers found in the scores, by id.

        Two questions, each with its counts. Does the side of the model that makes up more of the customer's gap
        (required or experience) agree with the first root cause of the entry that counts for them? And is one of the
        measures that would show that entry under one of the customer's `top` largest gaps? What happens to a customer
        is on no side and is not judged; neither are the unknown, and those without a score. Of whom no gap was seen
        is asked about as well: the score named nothing, which is a miss.

        Parameters
        ----------
        scores
            What `Scorer.score` returned, or the `outcomegap.OutcomeScores` of a scorer of your own, with a column that
            names customers; scored on data from before they left. A scorer that does not say which steps make up
            the gap cannot be asked about measures.
        top
            How many of a customer's largest gaps are looked at.
        measures
            Id of an entry -> names of the model's measures that would show it, beside those the catalogue knows.

        Returns
        -------
        Listing
            A row a loss, without rows set aside: ``customer``, ``entry``, ``root_cause``, ``verdict``, ``cause_side``
            and ``side`` (the larger side of the gap), ``side_agrees`` (null where it is not asked, or not known),
            ``required_gap``, ``experience_gap``, ``top_gaps`` (step names, the largest first), ``measure_in_top`` (null
            where the model has no measure of the entry). It is printed by its parts:

            - ``answers``, a row a question, ``"side"`` and ``"measure"``: it ``held`` so often, ``of`` so many,
              ``share`` with Wilson's interval (``low``, ``high``), and ``by_chance``: what share would agree if sides
              and causes were as frequent as they are but had nothing to do with each other, and what share if each
              reason were that of another loss. The second question is asked only where the model holds a measure of the
              entry for the customer's cell.
            - ``missed``, the losses where the larger side of the gap was not that of the root cause.

            Its facts: ``counts``, verdict -> how many losses; ``asked``, how many both questions are asked of: those
            judged, and those without a gap; ``not_measured``, of how many of them the model holds no measure that would
            show the entry; ``not_ideal``, how many of them are of segments that are not ideal; ``explains``, whether
            the scorer says which steps make up a gap; ``top``, as given.

        Raises
        ------
        DataError
            If customers cannot be matched, none of them is in the scores, or an argument is invalid.
        """
        return against(self, scores, top=top, measures=measures or {})

    def win_back(self, remedied: Iterable[str] | Mapping[str, Any]) -> Listing:
        """List who left for a cause that has since been removed, the most valuable first.

        Parameters
        ----------
        remedied
            The id of an entry whose cause is removed, or several; or id -> the day it was: then only those who left
            before or on that day are listed, and those whose day of leaving is unknown are counted in a note. Of a
            customer who left more than once the last loss counts.

        Returns
        -------
        Listing
            ``customer`` (or ``row``), ``entry``, ``stated``, ``found``, ``basis``, ``left``, ``removed``, ``value``,
            ``remedy``, as far as they are known.

        Raises
        ------
        DataError
            If an id is no entry, or days are given and the ledger has no `date`.

        Examples
        --------
        >>> ledger = Ledger({"who": ["A", "B"], "why": ["bugs", "price"], "on": ["2026-01-31", "2026-02-01"]},
        ...                 customer="who", stated="why", date="on")
        >>> [row["customer"] for row in ledger.win_back(["unreliable"])]
        ['A']
        >>> len(ledger.win_back({"unreliable": "2025-12-31"}))
        0
        """
        removed, every, value = self._removed(remedied), self.columns, self.value
        ids, date = every["entry"].tolist(), every.get("date", np.full(len(self), NAT))
        days = np.array([removed.get(name, NAT) for name in ids], dtype="M8[us]")
        causes = np.array([name in removed for name in ids], dtype=bool)
        last = np.full(self.customers, np.iinfo(np.int64).min)  # what a day that is unknown is among whole numbers
        np.maximum.at(last, self.number, date.astype(np.int64))
        again = ~np.isnat(date) & (date.astype(np.int64) < last[self.number])
        passed, causes = int((causes & again).sum()), causes & ~again
        undated = int((causes & ~np.isnat(days) & np.isnat(date)).sum())
        rows = np.flatnonzero(causes & (np.isnat(days) | (date <= end_of(days))))
        if value is not None:
            rows = rows[np.argsort(-np.nan_to_num(value[rows], nan=-1.0), kind="stable")]
        held = every | {"row": self.row, "removed": days}
        held["remedy"] = as_column([self.catalogue[name].remedy or None if name else None for name in ids])
        held |= {"left": date} if "date" in every else {}
        dated = ["removed"] if isinstance(remedied, Mapping) else []
        who = "customer" if "customer" in every else "row"
        names = [who, "entry", "stated", "found", "basis", "left", *dated, "value", "remedy"]
        columns = {name: held[name][rows] for name in names if name in held}
        notes = [f"{name}: {self.catalogue[name].remedy}" for name in removed if self.catalogue[name].remedy]
        if passed:
            earlier = f"{counted(passed, 'earlier loss', 'earlier losses')} {'is' if passed == 1 else 'are'} not listed"
            notes.append(f"{earlier}: the customer came back since, and left again later.")
        if undated:
            notes.append(f"{undated:,} more left for such a cause on a day that is unknown.")
        title = f"{counted(len(rows), 'lost customer')} left for a cause since removed: {', '.join(removed)}"
        formats = {"stated": shorten, "found": shorten}
        return Listing(title, columns, like=self.table, notes=notes, hide=("remedy",), formats=formats)

    def _removed(self, remedied: Iterable[str] | Mapping[str, Any]) -> dict[str, Any]:
        """Return id -> when the cause was removed, NaT where no day was given."""
        checks, ids = Checks("win_back"), self.catalogue.ids
        listed = [remedied] if isinstance(remedied, str) else remedied
        given = listed if isinstance(listed, Mapping) else dict.fromkeys(listed, NAT)
        days = {name: as_date(day) for name, day in given.items()}
        for name, day in given.items():
            if name not in ids:
                checks.problem("unknown-entry", f"{name!r:.60} is no entry", value=name, options=ids)
            elif day is not NAT and (days[name] is None or days[name] is False):
                message = f"{name!r}: the day must be a date, or text such as '2026-01-31' (got {day!r:.60})"
                checks.problem("not-a-date", message, value=str(day))
        if not given:
            checks.problem("unknown-entry", "name at least one entry whose cause is removed")
        if isinstance(remedied, Mapping) and "date" not in self.columns:
            message = "the ledger knows no day of leaving; name its column with date= when you make it, or list ids"
            checks.problem("missing-column", f"{message} alone", "date")
        checks.done()
        return {name: NAT if day is None else np.datetime64(day, "us") for name, day in days.items()}

    # Out

    def to_frame(self) -> Any:
        """Return a row a loss, in the order of the rows, the same kind of frame that came in.

        Its columns: ``customer``; ``stated`` and ``found``, ``stated_entry`` and ``found_entry``; of the one that
        counts ``entry``, ``reason``, ``basis`` (``"found"`` or ``"stated"``), ``told`` (``"entry"``, ``"unknown"``,
        ``"unmatched"``), ``root_cause``, ``root_causes``, ``avoidable``; ``segment``, ``stage``, ``phase``, ``date``,
        ``month``, ``value`` as far as they were given.

        ``stated``, ``found``, ``segment``, ``stage`` and ``phase`` are text: as written, but without blanks around it,
        numbers as the text of that number (``"3"`` for 3.0), and null where nothing but blanks stood. Rows set aside
        are there, with nulls, and with ``"set_aside"`` under ``told``.
        """
        return self.whole.build(self.every_row)

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a loss."""
        return Listing("", self.every_row).rows()

    @cached_property
    def listing(self) -> Listing:
        """What is printed: what it comes down to, what could have been avoided, the entries, and what fits none."""
        known = self.columns["basis"][self.columns["told"] == "entry"].tolist()
        title = f"{self.said}: {known.count('stated'):,} by the stated reason, {known.count('found'):,} by your"
        title += f" own finding, {len(self) - len(known):,} unknown"
        title += f"; {counted(self.set_aside, 'row')} set aside" if self.set_aside else ""
        parts = [self.avoidable, self.causes, self.entries, self.unmatched]
        return Listing(title, {}, notes=self._notes(), parts=[part for part in parts if len(part)])

    def _notes(self) -> list[str]:
        said, again = [], int((np.bincount(self.number) > 1).sum())
        if again:
            twice = f"{counted(again, 'customer')} left more than once; counts are of losses, and intervals take these"
            said.append(f"{twice} as independent.")
        lacking = 0 if self.value is None else int(np.isnan(self.value).sum())
        if lacking:
            said.append(f"The value of {counted(lacking, 'loss', 'losses')} is unknown, and in no sum of value.")
        if self.unused:
            texts = [*map(repr, map(shorten, self.unused[:FIRST])), *(["..."] if len(self.unused) > FIRST else [])]
            said.append(f"The mapping names what stands in no row: {', '.join(texts)}.")
        if self.set_aside:
            said.append(f"{counted(self.set_aside, 'row')} set aside, and in no count (ledger.problems):")
            said += [f"- {problem}" for problem in self.problems[:FIRST]]
        return said

    def __str__(self) -> str:
        return str(self.listing)

    def _repr_html_(self) -> str:
        return self.listing.html()
