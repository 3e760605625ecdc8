"""What must fit for a customer to have success potential, and who must do what where it does not fit yet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import attrs
import numpy as np

from outcomegap.checks import Checks, number_of
from outcomegap.churn.columns import as_date, as_text
from outcomegap.frames.arrays import is_null, plain
from outcomegap.journey.events import DAY
from outcomegap.model.values import Column

#: What may mean yes or no: a text, a number or a truth value.
Meant = str | bool | int | float
#: What has to fit.
FITS = ("technical", "functional", "resource", "competence", "experience", "cultural")


def _due_given(value: Any) -> int | Column:
    return value  # type: ignore[no-any-return]


def _values_given(value: Iterable[Meant] | None) -> tuple[Meant, ...] | None:
    return value  # type: ignore[return-value]


def _listed(value: Iterable[Accountability]) -> tuple[Accountability, ...]:
    return value  # type: ignore[return-value]


@attrs.frozen
class Accountability:
    """Who must do what by when, so that something fits.

    Parameters
    ----------
    who
        ``"vendor"``, ``"customer"``, ``"joint"``, or any name.
    what
        What they must do.
    by
        The day by whose end it must be done: a date, ISO 8601 text, or `outcomegap.column` for a day of each customer's
        own; where that is empty nothing has been agreed.
    done
        The column that says whether it is done (truth values; empty is not done); None where nobody keeps track.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> str(Accountability("customer", "names an administrator", by="2026-03-01").day)
    '2026-03-01'
    """

    who: str
    what: str
    by: int | Column = attrs.field(kw_only=True, converter=_due_given)
    done: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        checks = Checks(
            "this accountability cannot be used",
            f"accountabilities.{self.what}" if isinstance(self.what, str) else "accountabilities",
        )
        checks.text("who", self.who)
        checks.text("what", self.what)
        if self.done is not None:
            checks.text("done", self.done)
        if not isinstance(self.by, Column):
            when = as_date(self.by)
            if when is None or isinstance(when, bool):
                message = f"must be a day, such as '2026-01-31', or og.column(...) (got {self.by!r:.60})"
                checks.finding("not-a-date", "by", message)
            else:
                object.__setattr__(self, "by", when // DAY)
        checks.done()

    @property
    def day(self) -> Any:
        """The day, where it is one for all customers; None where each has its own."""
        return None if isinstance(self.by, Column) else np.datetime64(self.by, "D")


@attrs.frozen
class Fit:
    """One thing that must fit: a yes or no read off a column, and what was agreed where it is no.

    Parameters
    ----------
    name
        What people call it.
    kind
        What has to fit: ``"technical"``, ``"functional"``, ``"resource"``, ``"competence"``, ``"experience"`` or
        ``"cultural"``.
    column
        The column it is read off. Empty is unknown, always.
    yes, no
        What means yes, and what means no: texts, numbers or truth values; both or neither. Any other value is an error.
        ``yes=[False], no=[True]`` is for a column that must be false; 1 and 0 are true and false.
    at_least, at_most
        Bounds of a number that fits; equality fits. Without `yes`, `no` and bounds the column holds truth values.
    accountable
        `Accountability` objects: what was agreed that would turn a no into a yes.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> Fit("single sign-on", "technical", "sso", yes=["SAML", "OIDC"], no=["none"]).answer("OIDC")
    'yes'
    >>> Fit("is no trial", "resource", "is_trial", yes=[False], no=[True]).answer(False)
    'yes'
    >>> Fit("has the people", "resource", "admins", at_least=1).answer(None)
    'unknown'
    """

    name: str
    kind: str
    column: str
    yes: tuple[Meant, ...] | None = attrs.field(default=None, kw_only=True, converter=_values_given)
    no: tuple[Meant, ...] | None = attrs.field(default=None, kw_only=True, converter=_values_given)
    at_least: float | None = attrs.field(default=None, kw_only=True)
    at_most: float | None = attrs.field(default=None, kw_only=True)
    accountable: tuple[Accountability, ...] = attrs.field(default=(), kw_only=True, converter=_listed)

    def __attrs_post_init__(self) -> None:
        checks = Checks(
            f"fit {self.name!r:.60} cannot be used",
            f"fits.{self.name}" if isinstance(self.name, str) and self.name.strip() else "fits",
        )
        checks.text("name", self.name)
        checks.one_of("kind", self.kind, FITS)
        checks.text("column", self.column)
        for field in ("yes", "no"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, _values(checks, field, getattr(self, field)))
        for field in ("at_least", "at_most"):
            _bound(checks, field, getattr(self, field))
        self._together(checks)
        self._agreed(checks)
        checks.done()

    def _together(self, checks: Checks) -> None:
        if (self.yes is None) != (self.no is None):
            checks.finding("yes-and-no", "yes", "say which values are yes and which are no: both yes= and no=")
        elif self.yes and self.no:
            both = [value for value in self.no if _forms(value) & _meant(self.yes)]
            if both:
                checks.finding("yes-and-no", "no", f"{both[0]!r} says yes as well")
        bounded = self.at_least is not None or self.at_most is not None
        if bounded and (self.yes is not None or self.no is not None):
            checks.finding(
                "yes-and-no", "at_least", "asks for a number, and yes= and no= for certain values; use one of them"
            )
        both_ends = not checks.findings and self.at_least is not None and self.at_most is not None
        if both_ends and self.at_least > self.at_most:  # type: ignore[operator]
            checks.finding("bounds", "at_least", f"{self.at_least:g} is above at_most, {self.at_most:g}")

    def _agreed(self, checks: Checks) -> None:
        value: Any = self.accountable
        if isinstance(value, (str, Accountability)) or not isinstance(value, Iterable):
            message = f"lists og.journey.Accountability objects (got {value!r:.60})"
            checks.finding("accountable", "accountable", message)
            return
        listed = tuple(value)
        for one in listed:
            if not isinstance(one, Accountability):
                message = f"lists og.journey.Accountability objects, not {one!r:.60}"
                checks.finding("accountable", "accountable", message)
        object.__setattr__(self, "accountable", listed)

    def answer(self, value: Any) -> str | None:
        """Return ``"yes"``, ``"no"`` or ``"unknown"``; None for a value that means none of these."""
        value = None if is_null(value) else plain(value)
        if as_text(value) is None:
            return "unknown"
        if self.yes is not None and self.no is not None:
            forms = _forms(value)
            return "yes" if forms & _meant(self.yes) else "no" if forms & _meant(self.no) else None
        if self.at_least is None and self.at_most is None:
            return _truth(value)
        if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        high = math.inf if self.at_most is None else self.at_most
        low = -math.inf if self.at_least is None else self.at_least
        return "yes" if low <= number <= high else "no"

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        if self.yes is not None and self.no is not None:
            return f"one of {', '.join(map(repr, (*self.yes, *self.no)))}"
        if self.at_least is None and self.at_most is None:
            return "true or false"
        return "a number"


def _truth(value: Any) -> str | None:
    known = isinstance(value, (bool, int, float)) and value in (0, 1)
    return ("yes" if value else "no") if known else None


def _values(checks: Checks, field: str, value: object) -> tuple[Any, ...]:
    """Take what means one answer: texts, numbers and truth values."""
    if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
        checks.finding("list", field, f"must be a list of texts, numbers or truth values (got {value!r:.60})")
        return ()
    found = tuple(plain(one) for one in value)
    for one in found:
        known = isinstance(one, (str, bool)) or number_of(one) is not None
        if not known or as_text(one) is None:
            checks.finding("list", field, f"lists texts that are not blank, numbers or truth values, not {one!r:.60}")
            return ()
    twice = next((one for place, one in enumerate(found) if _forms(one) & _meant(found[:place])), None)
    if twice is not None:
        checks.finding("repeated", field, f"names {twice!r} twice")
    return found


def _forms(value: Any) -> set[str | float]:
    """Return what a value is known by: its text, and its number where it is one; true is 1."""
    text = as_text(value)
    forms: set[str | float] = set() if text is None else {text}
    number = float(value) if isinstance(value, (bool, Decimal)) else number_of(value)
    return forms if number is None else forms | {number}


def _meant(values: Iterable[Any]) -> set[str | float]:
    return set().union(*map(_forms, values))


def _bound(checks: Checks, field: str, value: object) -> None:
    if value is not None and number_of(value) is None:
        checks.finding("number", field, f"must be a finite number (got {value!r:.60})")
