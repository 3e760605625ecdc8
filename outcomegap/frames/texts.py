"""Columns of text as numbers or moments, all at once by Polars (numbers by Python without it): the usual forms alone.

What stands in another form is NaN or NaT here, right or wrong: a reader looks at each such value by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from outcomegap.frames.arrays import Array, Column, as_texts, values_of

#: How long a column of another library must be, for Polars to be loaded for it.
LONG = 10_000
#: A number as Python reads it.
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
#: So many texts of a column show that its points stand before decimals, as a rule.
HEAD = 200
#: A number with a point, and one whose point may stand between thousands.
DECIMAL, GROUPED = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)"), re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
#: Marks that stand for themselves alone.
MARKS = frozenset(".,' ")
#: ISO 8601, with 0 in place of every digit.
ISO = {"0000-00-00": "%Y-%m-%d"}
ISO |= {f"0000-00-00{mark}00:00": f"%Y-%m-%d{mark}%H:%M" for mark in " T"}
FRACTIONS = {"": "", ".000": "%.3f", ".000000": "%.6f"}
ISO |= {
    f"0000-00-00{mark}00:00:00{zeros}{utc}": f"%Y-%m-%d{mark}%H:%M:%S{fraction}{utc}"
    for mark in " T"
    for zeros, fraction in FRACTIONS.items()
    for utc in ("", "Z", " UTC")
}
#: What a form says of a date, and of a date and time: every part once, and with nothing left out between.
PARTS = ("Ydm", "HMYdm", "HMSYdm")


def numbers_at_once(
    column: Column,
    decimal: str = ".",
    thousands: str | None = None,
    apart: Sequence[str] = (),
    money: str | None = None,
) -> Array | None:
    """Return the numbers of a column of text, but for the texts kept apart; None where it must be read one by one.

    `money` may stand before a number or behind it.
    """
    if decimal == thousands or not {decimal, thousands or " "} <= MARKS:
        return None
    texts = _in_polars(column)
    if texts is None:
        return _by_python(column, apart) if (decimal, thousands) == (".", None) else None
    import polars as pl

    text, nothing = pl.col("text"), pl.lit(None, dtype=pl.String)
    plain = pl.when(text.is_in(list(apart))).then(nothing).otherwise(text) if apart else text
    if money is not None:
        before = plain.str.starts_with(money)
        bare = pl.when(before).then(plain.str.strip_prefix(money)).otherwise(plain.str.strip_suffix(money))
        plain = bare.str.strip_chars(" ")
    if thousands is not None:
        mark, point = re.escape(thousands), re.escape(decimal)
        grouped = plain.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}(?:{point}[0-9]*)?$")
        plain = pl.when(grouped).then(plain.str.replace_all(thousands, "", literal=True)).otherwise(plain)
    if decimal != ".":
        own = plain.str.replace_all(decimal, ".", literal=True)
        plain = pl.when(plain.str.contains(".", literal=True)).then(nothing).otherwise(own)
    number = plain.cast(pl.Float64, strict=False)
    usual = number.is_finite() & ~plain.str.contains("[eE]" if money else "[eE][+-]?[0-9]{5}")
    made = pl.DataFrame({"text": texts}).select(pl.when(usual).then(number).otherwise(np.nan))
    found: Array = made.to_series().to_numpy()
    return found


def grouped(column: Column) -> bool:
    """Tell whether a column of text has points, and no number of it shows that they stand before decimals."""
    texts = _in_polars(column)
    if texts is None:
        items = values_of(column).tolist()
        listed = [text for text in items if type(text) is str and "." in text]
        return bool(listed) and not any(map(_is_decimal, listed))
    if any(map(_is_decimal, texts.head(HEAD).drop_nulls())):
        return False
    pointed = texts.filter(texts.str.contains(".", literal=True))
    decimal = pointed.str.contains(f"^{DECIMAL.pattern}$") & ~pointed.str.contains(f"^(?:{GROUPED.pattern})$")
    return len(pointed) > 0 and not decimal.any()


def _is_decimal(text: str) -> bool:
    return DECIMAL.fullmatch(text) is not None and GROUPED.fullmatch(text) is None


def moments_at_once(column: Column, form: str | None = None) -> Array | None:
    """Return the moments of a column of text in one form, by default that of ISO 8601 in which the first one stands.

    Only texts that the moment would be written as are read; None where Polars cannot read the column.
    """
    texts = _in_polars(column)
    if texts is None:
        return None
    if form is None:
        first = texts.drop_nulls().head(1).to_list()
        form = ISO.get(re.sub("[0-9]", "0", first[0])) if first else None
    parts = "".join(sorted(re.findall("%(.)", form or "")))
    if form is None or (parts not in PARTS and form not in ISO.values()):
        return np.full(len(texts), np.datetime64("NaT", "us"))
    moments = texts.str.to_datetime(form, time_unit="us", strict=False)
    usual = (moments.dt.strftime(form) == texts) & moments.dt.year().is_between(1, 9999)
    found: Array = moments.zip_with(usual.fill_null(value=False), moments.clear(len(texts))).to_numpy()
    return found


def _in_polars(column: Column) -> Any:
    """Return a column as text in Polars; None where it holds anything else, or is not worth it."""
    if not isinstance(column, np.ndarray) and column.implementation.is_polars():
        texts = as_texts(column)
        return None if texts is None else texts.to_native()
    if len(column) < LONG or find_spec("polars") is None:
        return None
    texts = as_texts(column)
    values = values_of(column) if texts is None else np.empty(0, dtype=object)
    if values.dtype != object:
        return None
    import polars as pl

    if texts is not None:
        return pl.Series(texts.to_native())
    try:
        return pl.Series([item if item == item else None for item in values.tolist()], dtype=pl.String)  # noqa: PLR0124
    except TypeError:  # not text alone
        return None


def _by_python(column: Column, apart: Sequence[str]) -> Array | None:
    """Read plain texts as numbers without Polars."""
    if len(column) < LONG or (items := values_of(column)).dtype != object:
        return None
    texts = items.tolist()
    if str not in set(map(type, texts)):
        return None
    usual = (type(text) is str and NUMBER.fullmatch(text) and text not in apart for text in texts)
    found = np.array([float(text) if fine else np.nan for text, fine in zip(texts, usual, strict=True)])
    return np.where(np.isfinite(found), found, np.nan)
