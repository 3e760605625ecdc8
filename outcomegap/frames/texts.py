"""Columns of text as numbers or moments, all at once by Polars (numbers by Python without it): the usual forms alone.

What stands in another form is NaN or NaT here, right or wrong: a reader looks at each such value by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from outcomegap.frames.arrays import Array, Column, Mask, as_texts, is_blank, values_of

#: How long a column of another library must be, for Polars to be loaded for it.
LONG = 10_000
#: A number as Python reads it.
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
#: A number as a machine writes it: nothing is lost by reading it, unlike ``007`` or ``1e5``.
PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")
#: So many texts of a column show what it holds, as a rule.
HEAD = 200
#: A number with a point, and one whose point may stand between thousands.
DECIMAL, GROUPED = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)"), re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
#: The shortest number that has an exponent too long to be usual: ``0e00000``.
EXPONENT = 7
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
) -> tuple[Array, Mask] | None:
    """Return the numbers of a column of text, but for the texts kept apart, and the rows with a text in no usual form.

    None where the column must be read one by one. `money` may stand before a number or behind it.
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
    unusual = "[eE]" if money else "[eE][+-]?[0-9]{5}"
    may_be = money or (texts.str.len_bytes().max() or 0) >= EXPONENT
    if may_be and texts.str.contains(unusual).any():
        plain = pl.when(plain.str.contains(unusual)).then(nothing).otherwise(plain)
    made = pl.DataFrame({"text": texts}).select(plain.cast(pl.Float64, strict=False).fill_null(np.nan))
    found: Array = made.to_series().to_numpy()
    found = np.where(np.isinf(found), np.nan, found) if np.isinf(found).any() else found
    return found, np.isnan(found) & texts.is_not_null().to_numpy()


def plain_numbers(column: Column) -> Array | None:
    """Return texts as numbers where every one is as a machine writes numbers; else None.

    Examples
    --------
    >>> plain_numbers(np.array(["12", "-0.5", None], dtype=object)), plain_numbers(np.array(["007"], dtype=object))
    (array([12. , -0.5,  nan]), None)
    """

    def plain(item: object) -> bool:
        return is_blank(item) or (isinstance(item, str) and PLAIN.fullmatch(item) is not None)

    if not all(map(plain, values_of(column[:HEAD]).tolist())):
        return None
    texts = _in_polars(column)
    if texts is None:
        items = values_of(column).tolist()
        filled = [item for item in items if not is_blank(item)]
        if not filled or not all(map(plain, filled)):
            return None
        whole = len(filled) == len(items) and not any("." in item for item in filled)
        numbers: Array = np.array([np.nan if is_blank(item) else float(item) for item in items])
    else:
        import polars as pl

        there = texts.filter(texts.str.contains(r"[^\s\x1c-\x1f]"))
        if not len(there) or not there.str.contains(f"^(?:{PLAIN.pattern})$").all():
            return None
        whole = len(there) == len(texts) and not there.str.contains(".", literal=True).any()
        numbers = texts.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    return numbers.astype(np.int64) if whole else numbers


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


def _by_python(column: Column, apart: Sequence[str]) -> tuple[Array, Mask] | None:
    """Read plain texts as numbers without Polars."""
    if len(column) < LONG or (items := values_of(column)).dtype != object:
        return None
    texts = items.tolist()
    if str not in set(map(type, texts)):
        return None
    usual = (type(text) is str and NUMBER.fullmatch(text) and text not in apart for text in texts)
    found = np.array([float(text) if fine else np.nan for text, fine in zip(texts, usual, strict=True)])
    found = np.where(np.isfinite(found), found, np.nan)
    return found, np.isnan(found)
