"""The ledger: every loss under a root cause, with the stated reason and your own finding side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn import ledger_lists, ledger_text
from outcomegap.churn.collection import Catalogue
from outcomegap.churn.concentrated import Concentration, concentration_of
from outcomegap.churn.losses import Losses, read_losses
from outcomegap.churn.tally import Avoidable, Part, Tally
from outcomegap.errors import DataError, Problem
from outcomegap.listing import Listing, as_column
from outcomegap.stats import z_of

if TYPE_CHECKING:
    from datetime import date as Date  # noqa: N812 - a type beside an argument of that name
    from typing import Literal

    from outcomegap.churn.against import Against
    from outcomegap.churn.ledger_groups import LedgerGroups
    from outcomegap.scoring.views import ScoreViews

Array = NDArray[Any]


class Ledger:
    """Every loss under the root causes of churn.

    For each the reason that was stated and the finding of your own look are both kept. The finding counts wherever
    one was written down, else the stated reason does: who states a price may never have been set up. What says
    nothing (empty, "don't know", "unknown": `outcomegap.churn.UNKNOWN_WORDS`) and what fits no entry of the catalogue
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
    confidence
        Of every interval.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, the mapping and what they hold.

    Examples
    --------
    >>> ledger = Ledger({"who": ["A", "B", "C", "D", "E"],
    ...                  "why": ["died", "bugs", "slow support", "", "moved on"]}, customer="who", stated="why")
    >>> {part.name: part.count for part in ledger.causes}
    {'customer_event': 1, 'required_outcome': 1, 'appropriate_experience': 1, 'unknown': 2}
    >>> ledger.avoidable.low, ledger.avoidable.high
    (0.4, 0.8)
    >>> [(row["text"], row["nearest"].split(", ")[0]) for row in ledger.unmatched]
    [('moved on', 'moved-away')]
    """

    def __init__(
        self,
        frame: Any,
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
        z_of(confidence)
        self._losses: Losses = read_losses(frame, names, mapping, catalogue, as_of=as_of, on_bad=on_bad)
        self.confidence = confidence
        self._tally = Tally(self._losses.counted, self._losses.value, confidence)

    def __len__(self) -> int:
        return len(self._losses)

    def __repr__(self) -> str:
        return f"<Ledger of {self._losses.said}>"

    @property
    def catalogue(self) -> Catalogue:
        """What reasons were looked up in."""
        return self._losses.book

    @property
    def unused(self) -> tuple[str, ...]:
        """Texts of the mapping that stand in no row: slips of the pen, or reasons nobody gave this time."""
        return self._losses.unused

    @property
    def customers(self) -> int:
        """How many customers were lost, once or more often; where no column names them, as many as there are losses."""
        return self._losses.customers

    @property
    def set_aside(self) -> int:
        """How many rows are set aside, and in no count."""
        return self._losses.set_aside

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with rows set aside."""
        return self._losses.problems

    # What it comes down to

    @cached_property
    def causes(self) -> tuple[Part, ...]:
        """The losses under the three root causes, and unknown apart; each is counted once."""
        return self._tally.causes()

    @cached_property
    def avoidable(self) -> Avoidable:
        """How many losses could have been avoided, as a range.

        From `low` to `high` the unknown vary, and those who could be kept in part; in `only_unknown` the unknown alone.
        """
        return self._tally.avoidable()

    @cached_property
    def entries(self) -> tuple[Part, ...]:
        """The losses by entry of the catalogue, the most frequent first; the unknown are in none."""
        return self._tally.entries()

    @property
    def lost_value(self) -> float:
        """What was lost altogether, as far as it is known; NaN without `value`."""
        return self._tally.lost_value

    def by(self, *names: str) -> LedgerGroups:
        """Count losses in groups.

        Parameters
        ----------
        *names
            One or more of ``"segment"``, ``"stage"``, ``"phase"``, ``"month"`` (of leaving), ``"root_cause"``,
            ``"entry"``, ``"avoidable"``, ``"basis"``. Months in which nobody left stand between the first and the last
            with nobody in them, beside each group of the other names that there is.

        Raises
        ------
        DataError
            If a name is none of those, or its column was not given.

        Examples
        --------
        >>> ledger = Ledger({"why": ["bugs", "died", "bugs"], "plan": ["pro", "pro", "basic"]}, stated="why",
        ...                 segment="plan")
        >>> [(group.name, group.avoidable.low) for group in ledger.by("segment")]
        [('basic', 1.0), ('pro', 0.5)]
        """
        from outcomegap.churn.ledger_groups import groups_of

        return groups_of(self, names)

    def concentration(self) -> Concentration:
        """Return how much hangs on single customers of those lost; `outcomegap.churn.concentration` takes any list.

        What a customer was worth at each loss is summed.
        """
        return concentration_of(self._losses.value, self._losses.customer, self._losses.customer_codes)

    # What people wrote

    @cached_property
    def unmatched(self) -> Listing:
        """Texts that fit no entry, the most frequent first, with the nearest entries; put them into `mapping`.

        Texts that differ in case, punctuation and spaces alone are one, in the spelling that is most frequent, as
        `mapping` takes them. Where nothing is near, nothing is suggested; ``"unknown"`` is suggested for what is
        likely a slip of "not known". Where there are thousands of texts, the nearest entries are looked for at the
        most frequent only; a note says so.
        """
        return ledger_lists.unmatched(self)

    @cached_property
    def differ(self) -> Listing:
        """Where the finding is another entry than the stated reason: both, and how often, the most frequent first."""
        return ledger_lists.differ(self)

    # Against the score, and back

    def against(
        self, scores: ScoreViews, *, top: int = 3, measures: Mapping[str, Iterable[str]] | None = None
    ) -> Against:
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

        Raises
        ------
        DataError
            If customers cannot be matched, none of them is in the scores, or an argument is none that serves.
        """
        from outcomegap.churn.judging import against

        return against(self, scores, top=top, measures=measures)

    def win_back(self, remedied: Iterable[str] | Mapping[str, Any]) -> Listing:
        """List who left for a cause that has since been removed, the most valuable first.

        Parameters
        ----------
        remedied
            Ids of entries whose cause is removed; or id -> the day it was: then only those who left before or on that
            day are listed, and those whose day of leaving is unknown are counted in a note. Of a customer who left
            more than once the last loss counts.

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
        from outcomegap.churn.win_back import win_back

        return win_back(self, remedied)

    # Out

    @cached_property
    def columns(self) -> dict[str, Array]:
        """What is known of each loss, as columns: see `to_frame`; without rows set aside."""
        return ledger_lists.columns_of(self._losses, None if self._losses.date is None else self.months)

    @cached_property
    def months(self) -> Array:
        """The month in which each left, such as ``"2026-01"``; None where the day is unknown."""
        if self._losses.date is None:
            raise DataError("the ledger knows no month of leaving; name the column of the day with date=")
        days = self._losses.date
        return as_column([None if np.isnat(day) else str(day.astype("M8[M]")) for day in days])

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
        return self._losses.whole.build(ledger_lists.every_row(self._losses, self.columns))

    def rows(self) -> list[dict[str, Any]]:
        """Return the same as a dict of plain Python values a loss."""
        return Listing("", ledger_lists.every_row(self._losses, self.columns), like=self._losses.table).rows()

    def causes_frame(self) -> Any:
        """Return a row a root cause with count, share and interval, the same kind of frame that came in."""
        return self._losses.table.build(ledger_text.part_columns("root_cause", self.causes), index_like=False)

    def entries_frame(self) -> Any:
        """Return a row an entry with count, share and interval, the same kind of frame that came in."""
        return self._losses.table.build(ledger_text.part_columns("entry", self.entries), index_like=False)

    def __str__(self) -> str:
        return ledger_text.ledger_text(self)

    def _repr_html_(self) -> str:
        return ledger_text.ledger_html(self)
