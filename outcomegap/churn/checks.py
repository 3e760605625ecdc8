"""Collect what is wrong with a described thing, and say it all at once."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeGuard

import numpy as np

from outcomegap.errors import Finding, ModelError, hint

Pairs = tuple[tuple[str, str], ...]
_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class Checks:
    """Takes values, returns them in their final form, and notes what is wrong with each.

    Parameters
    ----------
    where
        Path of the thing described; findings name ``where.field``.

    Examples
    --------
    >>> checks = Checks("entries.budget")
    >>> checks.one_of("owner", "vender", ("vendor", "customer", "joint"))
    'vender'
    >>> print(checks.findings[0])
    error: entries.budget.owner: 'vender' is none of them (did you mean 'vendor'?) [unknown-value]
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.findings: list[Finding] = []

    def note(self, rule: str, field: str, message: str) -> None:
        """Note one thing that is wrong."""
        self.findings.append(Finding(rule, f"{self.where}.{field}" if field else self.where, message))

    def identifier(self, field: str, value: object) -> str:
        """Take a short lower-case name such as ``cash-squeeze``."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            message = f"must be lower-case words joined by '-' or '_', such as 'cash-squeeze' (got {value!r:.60})"
            self.note("identifier", field, message)
        return str(value)

    def text(self, field: str, value: object, *, blank: bool = False) -> str:
        """Take text; `blank` allows it to be empty."""
        if not isinstance(value, str):
            self.note("text", field, f"must be text (got {value!r:.60})")
        elif not blank and not value.strip():
            self.note("text", field, "must not be blank")
        return str(value)

    def one_of(self, field: str, value: object, options: Collection[str]) -> str:
        """Take one of some names."""
        if not among(value, options):
            self.note("unknown-value", field, f"{value!r:.60} is none of them{hint(value, options)}")
        return str(value)

    def words(self, field: str, value: object) -> tuple[str, ...]:
        """Take a list of texts, none blank, none twice."""
        if isinstance(value, (str, Mapping)) or not isinstance(value, Iterable):
            self.note("list", field, f"must be a list of texts (got {value!r:.60})")
            return ()
        found = tuple(value)
        bad = [item for item in found if not isinstance(item, str) or not item.strip()]
        if bad:
            self.note("list", field, f"lists texts that are not blank, not {bad[0]!r:.60}")
        kept = tuple(str(item) for item in found)
        if len(set(kept)) != len(kept):
            twice = next(item for item in kept if kept.count(item) > 1)
            self.note("repeated", field, f"names {twice!r} twice")
        return kept

    def some_of(self, field: str, value: object, options: Collection[str], *, empty: bool = True) -> tuple[str, ...]:
        """Take a list of names out of some; `empty` allows none."""
        found = self.words(field, value)
        for item in found:
            if item not in options:
                self.note("unknown-value", field, f"{item!r:.60} is none of them{hint(item, options)}")
        if not found and not empty and not any(f.where == f"{self.where}.{field}" for f in self.findings):
            self.note("list", field, f"must name at least one of {', '.join(options)}")
        return found

    def texts_by(self, field: str, value: object, what: str) -> Pairs:
        """Take a table of texts, one or more, as pairs in its order; `what` says what a key is."""
        items = value.items() if isinstance(value, Mapping) else _pairs(value)
        if not items:
            self.note("table", field, f"must be a table of at least one {what} and its text (got {value!r:.60})")
            return ()
        for key, text in items:
            if not isinstance(key, str) or not key.strip():
                self.note("table", field, f"{key!r:.60} is no {what}")
            else:
                self.text(f"{field}.{key}", text)
        return tuple((str(key), str(text)) for key, text in items)

    def days(self, field: str, value: object) -> float | None:
        """Take a positive finite number of days, or None for no limit."""
        if value is None:
            return None
        number = number_of(value)
        if number is None or number <= 0:
            self.note("days", field, f"must be a positive number of days, or left out for no limit (got {value!r:.60})")
            return None
        return number

    def keys(
        self, field: str, table: Mapping[str, Any], known: Collection[str], required: Collection[str] = ()
    ) -> None:
        """Note keys that mean nothing, and keys that are lacking."""
        prefix = f"{field}." if field else ""
        for key in table:
            if key not in known:
                self.note("unknown-key", f"{prefix}{key}", f"no such key{hint(key, known)}")
        for key in required:
            if key not in table:
                self.note("missing-key", f"{prefix}{key}", "is required and not there")

    def done(self, what: str) -> None:
        """Raise one ModelError if anything is wrong."""
        if self.findings:
            raise ModelError.all(what, self.findings)


def among(value: object, options: Collection[str]) -> TypeGuard[str]:
    """Tell whether a value is one of some names, whatever else it may be.

    Examples
    --------
    >>> among("yes", ("yes", "no")), among(["yes"], ("yes", "no")), among(None, ())
    (True, False, False)
    """
    return isinstance(value, str) and value in options


def number_of(value: object) -> float | None:
    """Return a finite number, of Python or NumPy, as a float; None for all else, truth values too.

    Examples
    --------
    >>> number_of(3), number_of(np.int64(3)), number_of(True), number_of("3"), number_of(10**400)
    (3.0, 3.0, None, None, None)
    """
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def whole_of(value: object, least: int = 0) -> int | None:
    """Return a whole number, of Python or NumPy, that is `least` or more; None for all else, truth values too.

    Examples
    --------
    >>> whole_of(3), whole_of(np.int64(3)), whole_of(3.0), whole_of(True), whole_of(-1)
    (3, 3, None, None, None)
    """
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, (int, np.integer)):
        return None
    return int(value) if value >= least else None


def _pairs(value: object) -> tuple[tuple[Any, Any], ...]:
    if not isinstance(value, tuple) or any(not isinstance(item, tuple) or len(item) != 2 for item in value):
        return ()
    return value
