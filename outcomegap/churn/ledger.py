"""The ledger: every loss under a root cause, with the stated reason and your own finding side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks, whole
from outcomegap.churn.catalogue import like_unknown, plain
from outcomegap.churn.losses import NOTHING, Losses
from outcomegap.frames.arrays import Array, objects, plain_values
from outcomegap.intake.named_columns import as_date, end_of
from outcomegap.listing import Listing, counted, shorten
from outcomegap.scoring.columns import CustomerColumns
from outcomegap.scoring.groups import ideal_rows
from outcomegap.stats import shares

Names = frozenset[str]
NAT = np.datetime64("NaT", "us")
#: For so many texts that fit no entry, the most frequent, the nearest entries are looked for.
SUGGESTED = 2_000
#: How many texts that fit none, and problems, are printed.
FIRST = 10
SIDES = {"required_outcome": "required", "appropriate_experience": "experience"}
#: What is said of each loss, in the order in which it is asked.
NOT_FOUND, UNKNOWN, EVENT = "not in the scores", "reason unknown", "happened to the customer"
NEED_DATA, NO_GAP, JUDGED = "needs data", "no gap was seen", "judged"
#: Those that both questions are asked of.
ASKED = (NO_GAP, JUDGED)
VERDICTS = (NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, NO_GAP, JUDGED)
#: The two questions, and what both ask.
QUESTIONS = {
    "side": "the larger side of the gap is that of the root cause",
    "measure": "a measure of the reason is under one of the top gaps",
}


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
        Texts of the mapping that are in no row: slips of the pen, or reasons nobody gave this time.
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

    def __repr__(self) -> str:
        return f"<Ledger of {self.said}>"

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
        """Compare the score with the reason of each loss, for customers found in the scores by id.

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
        checks = Checks("against")
        checks.attempt(lambda: whole("top", top, 1))
        shows, at = _shows(self, scores, measures or {}, checks), _places(self, scores, checks)
        checks.done()
        columns, by_chance = _sides(self, scores, at)
        # Both questions are asked where the score saw no gap as well: it named nothing, and that is a miss, no excuse.
        asked = np.flatnonzero(np.isin(columns["verdict"].astype(str), ASKED))
        named, found, other_chance = _top_gaps(self.columns["entry"][asked], scores, at[asked], shows, top)
        for name, values in (("top_gaps", named), ("measure_in_top", found)):
            columns[name] = objects([None] * len(at))
            columns[name][asked] = values
        answers = {"side": columns["side_agrees"].tolist(), "measure": columns["measure_in_top"].tolist()}
        held, of = np.array([(each.count(True), len(each) - each.count(None)) for each in answers.values()]).T
        table: dict[str, Any] = {"question": list(answers), "asks": list(QUESTIONS.values()), "held": held, "of": of}
        table |= zip(("share", "low", "high"), shares(held, of, self.confidence), strict=True)
        table["by_chance"] = [by_chance, other_chance]
        counts = {name: int((columns["verdict"] == name).sum()) for name in VERDICTS}
        facts = {"counts": counts, "asked": len(asked), "top": top, "explains": scores.explains}
        unmeasured = facts["not_measured"] = len(asked) - int(of[1]) if scores.explains else 0
        facts["not_ideal"] = int((~ideal_rows(scores)[at[asked]]).sum())
        said = {
            f"Of each the {top} largest gaps are looked at.": True,
            f"Of {len(asked) - of[0]:,} the scorer does not say the sides.": len(asked) > of[0],
            f"Of {unmeasured:,} the model measures nothing that would show the reason.": unmeasured,
            "Measures cannot be judged: the scorer does not say which steps make up a gap.": not scores.explains,
            f"Of those asked about, {facts['not_ideal']:,} are of segments that are not ideal.": facts["not_ideal"],
        }
        told = [f"{count:,} {name}" for name, count in counts.items() if count and name not in ASKED]
        title = f"{self.said}: {', '.join([*told, f'{len(asked):,} asked about'])}"
        title += f" (of {counts[NO_GAP]:,} no gap was seen, which is a miss)" if counts[NO_GAP] else ""
        wrong = columns["side_agrees"] == False  # noqa: E712 - compared one by one
        missed = {name: values[wrong] for name, values in columns.items()}
        heading = f"{int(wrong.sum()):,} whose reason the score did not name"
        hide, points = ("root_cause", "verdict", "side_agrees", "measure_in_top"), ("required_gap", "experience_gap")
        formats = dict.fromkeys(("share", "low", "high", "by_chance"), "percent") | dict.fromkeys(points, "points")
        parts = {"answers": Listing("", table, like=self.table, formats=formats)}
        parts["missed"] = Listing(heading, missed, like=self.table, formats=formats, hide=hide, first=5)
        form: dict[str, Any] = {"like": self.table, "same_rows": True, "show": (), "facts": facts, "parts": parts}
        return Listing(f"{title}.", columns, notes=[note for note, holds in said.items() if holds], **form)

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
        remedies = {name: self.catalogue[name].remedy or None for name in removed}
        held = {"customer" if "customer" in every else "row": every.get("customer", self.row)}
        held |= {name: every[name] for name in ("entry", "stated", "found", "basis") if name in every}
        held |= {"left": date} if "date" in every else {}
        held |= {"removed": days} if isinstance(remedied, Mapping) else {}
        held |= {} if value is None else {"value": value}
        held["remedy"] = objects([remedies.get(name) for name in ids])
        notes = [f"{name}: {remedy}" for name, remedy in remedies.items() if remedy]
        if passed:
            earlier = f"{counted(passed, 'earlier loss', 'earlier losses')} {'is' if passed == 1 else 'are'} not listed"
            notes.append(f"{earlier}: the customer came back since, and left again later.")
        if undated:
            notes.append(f"{undated:,} more left for such a cause on a day that is unknown.")
        title = f"{counted(len(rows), 'lost customer')} left for a cause since removed: {', '.join(removed)}"
        form: dict[str, Any] = {"hide": ("remedy",), "formats": {"stated": shorten, "found": shorten}}
        columns = {name: values[rows] for name, values in held.items()}
        return Listing(title, columns, like=self.table, notes=notes, **form)

    def _removed(self, remedied: Iterable[str] | Mapping[str, Any]) -> dict[str, Any]:
        """Return id -> when the cause was removed, NaT where no day was given."""
        listed, ids = [remedied] if isinstance(remedied, str) else remedied, self.catalogue.ids
        given = dict(listed) if isinstance(listed, Mapping) else dict.fromkeys(listed, NAT)
        checks = Checks("win_back")
        if not given:
            checks.problem("unknown-entry", "name at least one entry whose cause is removed")
        if isinstance(remedied, Mapping) and "date" not in self.columns:
            message = "the ledger knows no day of leaving; name its column with date= when you make it"
            checks.problem("missing-column", f"{message}, or list ids alone", "date")
        for name, day in given.items():
            if name not in ids:
                checks.problem("unknown-entry", f"{name!r:.60} is no entry", value=name, options=ids)
            when = None if day is NAT else as_date(day)
            if day is not NAT and (when is None or when is False):
                message = f"{name!r:.60}: the day must be a date, or text such as '2026-01-31' (got {day!r:.60})"
                checks.problem("not-a-date", message, value=str(day))
            given[name] = NAT if when is None or when is False else np.datetime64(when, "us")
        checks.done()
        return given

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
        """The printed parts: the main groups, what could have been avoided, the entries, and texts without an entry."""
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
            said.append(f"The mapping names texts that are in no row: {', '.join(texts)}.")
        if self.set_aside:
            said.append(f"{counted(self.set_aside, 'row')} set aside, and in no count (ledger.problems):")
            said += [f"- {problem}" for problem in self.problems[:FIRST]]
        return said

    def __str__(self) -> str:
        return str(self.listing)

    def _repr_html_(self) -> str:
        return self.listing.html()


# Against the scores


def _sides(losses: Losses, scores: CustomerColumns, at: Array) -> tuple[dict[str, Array], float]:
    """Say of each loss whether the larger side of its gap is that of its root cause; and what share is so by chance."""
    sides = (scores.gap, scores.required_gap, scores.experience_gap)
    gap, required, experience = (np.append(values, np.nan)[at] for values in sides)
    cause = objects([SIDES.get(name) for name in losses.columns["root_cause"].tolist()])
    untold, event = losses.columns["entry"] == None, cause == None  # noqa: E711 - compared one by one
    tests = [at < 0, untold, event, np.isnan(gap), gap > 0]
    verdict = np.select(tests, [NOT_FOUND, UNKNOWN, EVENT, NEED_DATA, JUDGED], NO_GAP).astype(object)
    asked = np.isin(verdict.astype(str), ASKED)
    known = asked & (~(np.isnan(required) | np.isnan(experience)) | (gap <= 0))
    larger = np.where(required >= experience, "required", "experience").astype(object)
    side = np.where(known & (np.fmax(required, experience) > 0), larger, NOTHING)
    columns = {name: losses.columns[name] for name in ("customer", "entry", "root_cause")} | {"verdict": verdict}
    columns |= {"cause_side": np.where(asked, cause, NOTHING), "side": side}
    columns["side_agrees"] = np.where(known, side == cause, NOTHING)
    columns |= {"required_gap": required, "experience_gap": experience}
    chance = (
        [(cause[known] == one).mean() * (side[known] == one).mean() for one in SIDES.values()] if known.any() else []
    )
    return columns, float(sum(chance)) if chance else math.nan


def _top_gaps(
    entries: Array, scores: CustomerColumns, rows: Array, shows: Mapping[str, Names], top: int
) -> tuple[Array, Array, float]:
    """Return the names of the top gaps of some rows, and whether a measure of the entry is under them, with its chance.

    The second is null where the model has no measure of the entry; the chance is that each reason were another's.
    """
    steps, names = scores.model.steps, [measure.name for measure in scores.model.measures]
    known, code = np.unique(entries.astype(str), return_inverse=True)
    wanted = np.zeros((len(names), len(known)), dtype=bool)
    of = np.zeros((len(steps), len(names)), dtype=bool)
    for place, name in enumerate(names):
        wanted[place] = [name in shows[entry] for entry in known]
        of[:, place] = [step.measure.name == name for step in steps]
    part = next(scores.step_values(rows, "attribution"))
    order = np.argsort(-np.round(part, 12), axis=1, kind="stable")[:, :top]
    gaps = np.zeros(part.shape, dtype=bool)
    np.put_along_axis(gaps, order, np.take_along_axis(part > 0, order, axis=1), axis=1)
    # Of each row and each entry: whether the cell has a measure of it, and whether one is under the top gaps.
    has = (scores.applies[scores.cell[rows]] @ of @ wanted) & scores.explains
    hit = gaps @ of @ wanted
    own = np.arange(len(rows)), code.reshape(-1)
    share = (hit & has).sum(axis=0) / np.maximum(has.sum(axis=0), 1)
    found = share[own[1][has[own]]].tolist()
    listed = [[steps[place].name for place in line if gap[place]] for line, gap in zip(order, gaps, strict=True)]
    text = objects([", ".join(line) or None for line in listed])
    return text, np.where(has[own], hit[own], NOTHING), sum(found) / len(found) if found else math.nan


def _places(losses: Losses, scores: CustomerColumns, checks: Checks) -> NDArray[np.int64]:
    """Return the row of each lost customer in the scores, -1 where there is none."""
    column = scores.id_column
    if losses.everybody is None:
        message = "the ledger does not know who left; name the column with customer= when you make it"
        checks.problem("no-id", message)
    if column is None:
        message = "no column names the customers of the scores; score them with id=, so that they can be found again"
        checks.problem("no-id", message)
    if losses.everybody is None or column is None:
        return np.zeros(0, dtype=np.int64)
    rows: dict[Any, int] = {}
    lost, names = plain_values(losses.columns["customer"]), plain_values(scores.id)
    for row, name in enumerate(names):
        if isinstance(name, Hashable) and name is not None and rows.setdefault(name, row) != row:
            message = f"the scores hold customer {name!r:.60} in rows {rows[name]} and {row}; names are unique"
            checks.problem("repeated-id", message, column, name)
    if lost and rows and rows.keys().isdisjoint(lost):
        one, other = lost[0], next(iter(rows))
        message = f"no customer of the ledger is in the scores: {one!r:.40} in the ledger, {other!r:.40} in column"
        same = "are they the same customers?" if type(one) is type(other) else "make both the same type"
        checks.problem("no-common-id", f"{message} {column!r} of the scores; {same}", column, one)
    return np.array([rows.get(name, -1) for name in lost], dtype=np.int64)


def _shows(
    losses: Losses, scores: CustomerColumns, given: Mapping[str, Iterable[str]], checks: Checks
) -> dict[str, Names]:
    """Return id of an entry -> measures that would show it."""
    shows = {entry.id: frozenset(measure.name for measure in entry.measures) for entry in losses.catalogue}
    known = [measure.name for measure in scores.model.measures]
    for name, listed in given.items():
        named = frozenset([listed] if isinstance(listed, str) else listed)
        if name not in shows:
            message = f"measures: {name!r:.60} is no entry"
            checks.problem("unknown-entry", message, value=name, options=losses.catalogue.ids)
        for measure in sorted(named.difference(known)):
            message = f"measures: the model has no measure {measure!r:.60}"
            checks.problem("unknown-measure", message, value=measure, options=known)
        shows[name] = shows.get(name, named) | named
    return shows
