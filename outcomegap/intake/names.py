"""What raw values are called: their texts, the codes that they equal, and the names by which rows name others."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import SHOWN, Finding, folded, nearest
from outcomegap.frames import Table
from outcomegap.frames.arrays import Distinct, Mask, is_blank, objects
from outcomegap.intake.written import parse_number
from outcomegap.model.inputs import MIDNIGHT, Code, Key, parts_of

#: Stands between the texts of several columns that name something together.
BETWEEN = " / "
#: In such a text: slashes alone, which could be taken for what stands between.
_ALONE = re.compile(r"(?<![^ ])(/+)(?![^ ])")


class UnreadableError(ValueError):
    """Raised for a raw value without a known meaning; `near` is what is close to one of several that have one."""

    def __init__(self, message: str, near: tuple[str, Iterable[str]] | None = None, rule: str = "not-a-number") -> None:
        super().__init__(message)
        self.near = near
        self.rule = rule

    @property
    def suggestion(self) -> str | None:
        """The nearest value that has a meaning: looked for where it is shown."""
        return None if self.near is None else nearest(*self.near)


def text_of(value: object) -> str:
    """Return a raw value as the text it would be in a text file; 3.0 is ``3``, midnight is its day.

    Examples
    --------
    >>> text_of(3.0), text_of(True), text_of("Yes"), text_of(dt.datetime(2026, 1, 31))
    ('3', 'True', 'Yes', '2026-01-31')
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating, Decimal)) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    return value.isoformat().removesuffix(MIDNIGHT) if isinstance(value, dt.date) else str(value)


def number_of(code: Code) -> float | None:
    """Return the number that a code spells, or None."""
    try:
        return parse_number(code) if isinstance(code, str) else float(code)
    except ValueError:
        return None


class Wanted:
    """The raw values that equal one of some codes; an empty value is the code ``""``.

    Examples
    --------
    >>> wanted = Wanted((4.0, "true", "High", ""))
    >>> [wanted.codes_of(value) for value in ("4.0", True, "High", "high", None)]
    [[4.0], ['true'], ['High'], [], ['']]
    """

    def __init__(self, codes: Iterable[Code]) -> None:
        self.codes = tuple(codes)
        self._known: dict[tuple[str, object], list[Code]] = {}
        for code in self.codes:
            kind = "text" if isinstance(code, str) else "word" if isinstance(code, bool) else "number"
            key = None if is_blank(code) else str(code).casefold() if kind == "word" else code
            for known in ((kind, key), ("truth", str(code).casefold())):
                self._known.setdefault(known, []).append(code)
        self._numbers = any(kind == "number" for kind, _ in self._known)

    def codes_of(self, value: object) -> list[Code]:
        """Return the codes that a raw value equals."""
        if is_blank(value) or not self.codes:
            return self._known.get(("text", None), [])
        text = text_of(value)
        keys: list[tuple[str, object]] = [("text", text), ("word", text.casefold())]
        if isinstance(value, (bool, np.bool_)):
            keys = [("truth", text.casefold())]
        elif self._numbers:
            keys.append(("number", number_of(text)))
        return [code for key in keys for code in self._known.get(key, ())]

    def __contains__(self, value: object) -> bool:
        return bool(self.codes_of(value))

    def rows(self, raw: Distinct) -> Mask:
        """Return the rows of a column that hold one of them."""
        found: Mask = np.array([value in self for value in (*raw.values, None)])[raw.codes]
        return found

    def note(self, checks: Checks, where: str, column: str, raw: Distinct) -> None:
        """Note as findings the codes that no value equals, and values that only look like a code."""
        texts, doubts = list(map(text_of, raw.values)), list[tuple[str, str]]()
        fit = {str(code) for value in (*raw.values, None) for code in self.codes_of(value)}
        for code in [code for code in self.codes if str(code) not in fit][:SHOWN]:
            doubts.append(("no-row-fits", f"{code!r} fits no row{checks.hint(text_of(code), texts)}"))
        like = {folded(code): code for code in self.codes if isinstance(code, str)}
        for value, text in zip(raw.values, texts, strict=True) if like else ():
            if (meant := like.get(folded(text))) is not None and value not in self:
                message = f"{text!r} is not {meant!r}, from which it differs only in case, spaces or width"
                doubts.append(("written-alike", f"{message}; name both if you mean both"))
        for rule, message in doubts:
            said = Finding(rule, where, f"{column} = {message}", "warning")
            checks.findings.extend([] if said in checks.findings else [said])


def matches(value: object, code: Code) -> bool:
    """Return whether a raw value equals a code; an empty one is ``""``."""
    return value in Wanted([code])


def name_of(value: object) -> str:
    """Return the text by which a raw value names something, without blanks; text files hold 3.0 where rows have none.

    Examples
    --------
    >>> name_of("3.0 "), name_of(3.0), name_of("3.1"), name_of("v3.0")
    ('3', '3', '3.1', 'v3.0')
    """
    text = text_of(value).strip()
    return text[:-2] if text.endswith(".0") and text[:-2].isdecimal() else text


def _are_names(values: list[Any]) -> bool:
    """Return whether each value is the text by which it names something; quickly, there may be millions."""
    texts = set(map(type, values)) <= {str} and list(map(str.strip, values)) == values
    return texts and not any(value.endswith(".0") for value in values)


def named_by(table: Table, key: Key) -> Distinct:
    """Return the text by which each row names something, without blanks around it; -1 where a part is empty.

    Several columns are joined by " / ". Where a value itself holds slashes alone, it gets one more of them, so that
    different values never become one text.

    Examples
    --------
    >>> from outcomegap.frames import wrap
    >>> table = wrap({"module": ["A", "A / B", None], "student": [7.0, 8.0, 9.0]})
    >>> named_by(table, ("module", "student"))
    Distinct(values=['A / 7', 'A // B / 8'], codes=array([ 0,  1, -1], dtype=int32))
    """
    raws = [table.distinct(column) for column in parts_of(key)]
    if len(raws) == 1 and _are_names(raws[0].values):
        return raws[0]
    texts, codes = list(map(name_of, raws[0].values)), raws[0].codes
    if len(raws) > 1:
        there = np.flatnonzero(np.all([raw.codes >= 0 for raw in raws], axis=0))
        together = np.zeros(len(there), dtype=np.int64)
        for raw in raws:
            pairs = together * len(raw.values) + raw.codes[there]
            _, first, together = np.unique(pairs, return_index=True, return_inverse=True)
        parts = [[_ALONE.sub(r"/\1", name_of(value)) for value in raw.values] for raw in raws]
        places = [raw.codes[there[first]].tolist() for raw in raws]
        each = [[part[code] for code in codes] for part, codes in zip(parts, places, strict=True)]
        texts = list(map(BETWEEN.join, zip(*each, strict=True)))
        codes = np.full(len(table), -1, dtype=np.int32)
        codes[there] = together
    numbers: dict[str, int] = {}  # 1 and "1" are one
    places = [numbers.setdefault(text, len(numbers)) for text in texts]
    return Distinct(list(numbers), np.array([*places, -1], dtype=np.int32)[codes])


def texts_of(table: Table, key: Key) -> list[str | None]:
    """Return what names something in each row, such as a column, as texts; None where empty."""
    named = named_by(table, key)
    texts: list[str | None] = objects([*named.values, None])[named.codes].tolist()
    return texts


def lacking(checks: Checks, names: Sequence[str], wanted: Iterable[str], what: str, table: str | None = None) -> bool:
    """Note the columns that a table does not have; tell whether there are any."""
    known = frozenset(names)
    lacks = [column for column in wanted if column not in known]
    for column in lacks:
        place = column if table is None else f"{table}.{column}"
        checks.problem("missing-column", f"{what}: there is no column {column!r}", place, column, options=names)
    return bool(lacks)
