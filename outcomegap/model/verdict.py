"""A verdict: how far a score was checked against what customers then did; a model carries the last one."""

from __future__ import annotations

from typing import ClassVar

import attrs

from outcomegap.model.declaration import (
    FILLED,
    Choice,
    Described,
    FrozenMap,
    Number,
    Table,
    about,
    declare,
    given,
)

#: Whether outcome rates rise from failing over tolerating to successful, and what is said of it in a line.
SAID = {
    "apart": "states are in order",
    "in order": "states are in order, but too close to be sure",
    "too close": "states are too close to tell their order",
    "not in order": "states are not in order",
    "unknown": "customers are in one state alone",
}
#: The area under the curve of a score that says nothing, and what is said of one whose interval reaches it.
CHANCE, NO_BETTER = 0.5, "it is not shown to rank better than chance"
#: From this expected calibration error on, the score is no probability of the outcome.
OFF = 0.1
NOBODY = "Nobody has checked this score against what customers did."
ANOTHER = "The check of this score was of another version of this model; nobody has checked this one."


@attrs.frozen(kw_only=True)
class Verdict(Described):
    """What a check of a score against outcomes found.

    Parameters
    ----------
    fingerprint
        The fingerprint of the model that was checked.
    data
        The name of the data.
    outcome
        What counts as the good outcome: ``"satisfaction = satisfied"``.
    customers
        How many customers it was checked on.
    date
        The day of the check, ISO 8601.
    figures
        Name -> number: ``auc``, ``auc_low``, ``auc_high``, ``brier``, ``ece``, ``lift``, ``capture``, ``plain_mean``
        (the area under the curve of a plain mean of the attainments), ``leaking`` (how many measures may be known only
        after the outcome) and others.
    states
        Whether the good outcome is more frequent among tolerating than among failing customers, and most among
        successful ones: ``"apart"`` (their intervals too), ``"in order"``, ``"too close"``, ``"not in order"``
        (with intervals apart), or ``"unknown"`` (all are in one state).

    Examples
    --------
    >>> found = Verdict(fingerprint="5f", data="2026.csv", outcome="stays", customers=20_000, date="2026-06-30",
    ...                 figures={"auc": 0.626, "plain_mean": 0.81}, states="not in order")
    >>> str(found).partition(": ")[2]
    'AUC 0.626, a plain mean of attainments 0.810; states are not in order.'
    """

    place: ClassVar[str] = "validation"

    fingerprint: str = attrs.field(metadata=about(FILLED, "The fingerprint of the model that was checked."))
    data: str = declare(FILLED, "The name of the data.", "the data")
    outcome: str = declare(FILLED, "What counts as the good outcome.", "the outcome")
    customers: int = attrs.field(metadata=about(Number(low=1, whole=True), "On how many customers it was checked."))
    date: str = attrs.field(metadata=about(FILLED, "The day of the check, ISO 8601."))
    figures: FrozenMap[float] = attrs.field(
        converter=given, metadata=about(Table(Number()), "The figures found: auc, brier, ece and others.")
    )
    states: str = declare(Choice(tuple(SAID)), "Whether outcome rates rise from state to state.", "unknown")

    def __str__(self) -> str:
        auc, plain = self.figures.get("auc"), self.figures.get("plain_mean")
        told = [] if auc is None else [f"AUC {auc:.3f}"]
        if auc is not None and plain is not None and plain > auc:
            told = [f"{told[0]}, a plain mean of attainments {plain:.3f}"]
        if self.figures.get("auc_low", 1.0) <= CHANCE:
            told.append(NO_BETTER)
        if self.figures.get("ece", 0.0) > OFF:
            told.append(f"it is no probability of the outcome (ECE {self.figures['ece']:.3f})")
        if leaking := self.figures.get("leaking"):
            told.append(f"{leaking:.0f} measure{'s' if leaking > 1 else ''} may be known only afterwards")
        some = f"{self.customers:,} customer{'s' if self.customers != 1 else ''}"
        return f"Checked on {some} of {self.data} on {self.date}: {'; '.join([*told, SAID[self.states]])}."


def how_checked(verdict: Verdict | None, fingerprint: str) -> str:
    """Return one line: how far the score of the model with that fingerprint was checked, or that nobody did.

    Examples
    --------
    >>> how_checked(None, "5f")
    'Nobody has checked this score against what customers did.'
    """
    if verdict is None:
        return NOBODY
    return str(verdict) if verdict.fingerprint == fingerprint else ANOTHER
