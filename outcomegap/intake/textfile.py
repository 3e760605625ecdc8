"""Text files: their encoding, the mark between their columns, their rows; one answer whatever library there is.

A large file is scanned by Polars if every line of the table is known to have as many cells as the heading. Any other
is read row by row, and one that is cut or broken is refused with its line.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import functools
import io
import itertools
import mmap
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import numpy as np

from outcomegap.intake import layout
from outcomegap.intake.layout import LOOKED, NoTableError, Row, Skip, Told

Data: TypeAlias = "bytes | mmap.mmap"

SEPARATORS = ",;\t|"
#: So many bytes are looked at in one go; a file no larger is read row by row.
PIECE = 1 << 21
#: So many bytes at either end hold the rows that are looked at.
ENDS = 1 << 20
#: The longest first.
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEP = re.compile(rb'"?sep=(.|\\t)"?\r?\n', re.IGNORECASE)


@attrs.frozen
class Text:
    """What a text file holds: the names of the columns, and the rows, or the bytes in which all of them stand."""

    names: list[str]
    separator: str
    rows: list[Row] | None
    start: int = 0
    end: int = 0

    def columns(self) -> dict[str, list[str | None]]:
        """Return the columns, None for an empty cell."""
        rows = self.rows or []
        return {name: [row.cells[place] or None for row in rows] for place, name in enumerate(self.names)}


def decoded(data: Data, encoding: str | None) -> Data:
    """Return a text in UTF-8, whatever it is in; a byte order mark goes before what is said."""
    mark, found = next(((mark, name) for mark, name in BOMS if data[:4].startswith(mark)), (b"", None))
    if found is None and codecs.lookup(encoding or "utf-8").name in ("utf-8", "ascii"):
        return data
    if found == "utf-8-sig":
        return data[len(mark) :]
    return data[:].decode(found or encoding or "utf-8").encode()


def read_text(data: Data, separator: str | None, skip: Skip, told: Told, *, at_once: bool) -> Text:
    """Find the table in a text in UTF-8.

    Parameters
    ----------
    data
        The text.
    separator, skip
        What is said of it: the mark between columns, and `skip_rows`.
    told
        Takes what is left out, and what is in doubt.
    at_once
        Whether a regular table may be left where it is, to be read by a library.

    Raises
    ------
    NoTableError
        If there is no heading, a row has more cells than the heading, or fewer, quotation marks do not fit together, or
        several marks may be meant.
    UnicodeDecodeError
        If it is not UTF-8.
    """
    begin = 0
    if said := _SEP.match(data[:16]):
        begin, separator = said.end(), separator or said[1].decode().replace("\\t", "\t")
    large = at_once and len(data) > PIECE
    head_bytes = data[begin : begin + ENDS] if large else data[begin:]
    if data.find(b"\0") >= 0:
        order = "utf-16-le" if head_bytes[1::2].count(0) > head_bytes[::2].count(0) else "utf-16-be"
        why = told.key("encoding", order) if 5 * head_bytes.count(0) > len(head_bytes) else "it is damaged"
        raise NoTableError(f"it holds NUL bytes, which no text in UTF-8 does: {why}")
    if separator is None:
        separator = _separator(head_bytes[:ENDS], told, whole=len(head_bytes) == len(data) - begin)
    line = 1 + bool(begin)
    if large:
        head = list(itertools.islice(_rows(head_bytes, separator, begin, line, whole=False), LOOKED + 1))
        if (text := _at_once(data, head, separator, skip, told)) is not None:
            return text
    names, body = layout.table_of(list(_rows(data[begin:], separator, begin, line)), skip, told)
    for row in body:
        _check_width(row, len(names), separator, told)
    return Text(names, separator, body)


def _at_once(data: Data, head: Sequence[Row], separator: str, skip: Skip, told: Told) -> Text | None:
    """Return where the rows of a large table stand; None where they must be read one by one."""
    mark, lines = separator.encode(), skip if isinstance(skip, tuple) else ()
    if len(head) <= LOOKED or len(mark) > 1 or any(line > head[-1].line for line in lines):
        return None
    last, from_ = head[-1].at, max(head[-1].at, len(data) - ENDS)
    from_ += data[from_:].find(b"\n") + 1 if from_ > last else 0
    if b'"' not in (piece := data[from_:]):  # each line is a row
        from_ += len(piece) - sum(map(len, piece.splitlines(keepends=True)[-LOOKED:]))
    quiet = attrs.evolve(told, notes=[], doubts=[], checks=attrs.evolve(told.checks, findings=[]))  # until all is known

    @functools.cache
    def frame(start: int, end: int) -> Any:
        wide = map(str, range(max(len(row.cells) for row in rows)))
        loose = {"truncate_ragged_lines": True, "ignore_errors": True}
        return scanned(data, list(wide), separator, rows[start].at, rows[end].at, loose).collect()

    def cells(start: int, end: int, place: int) -> Sequence[Any]:
        found: list[str | None] = frame(start, end).to_series(place).to_list()
        return found

    try:
        tail = [row for row in _rows(data[from_:], separator, from_, 1) if row.at > last]
        rows = [*head, *_from_the_end(tail[-LOOKED:])]
        names, body = layout.table_of(rows, skip, quiet, cells=cells)
    except (NoTableError, UnicodeError):  # its end may begin within a cell
        return None
    if len(names) < 2 or not body:
        return None
    start, end = body[0].at, next((row.at for row in rows if row.at > body[-1].at), len(data))
    between = sum(start <= row.at < end for row in rows)
    if between > len(body) or not _regular(data, start, end, mark, len(names) - 1):
        return None
    if any(_again(data, row.at, start, end) for row in rows if row.filled and row.at < start):
        return None  # a further heading, to be left out
    told.notes.extend(quiet.notes)
    told.checks.findings.extend(quiet.checks.findings)
    return Text(names, separator, None, start, end)


def _again(data: Data, at: int, start: int, end: int) -> bool:
    """Return whether a line above a table stands in it too."""
    line = data[at : data.find(b"\n", at, start)].rstrip(b"\r")
    return any(data.find(b"\n" + line + feed, start - 1, end) >= 0 for feed in (b"\n", b"\r\n"))


def scanned(
    source: Any, names: Sequence[str], separator: str, start: int, end: int, more: Mapping[str, bool] | None = None
) -> Any:
    """Return a regular table of text, which Polars reads when it is needed; `more` are further words to it."""
    polars = import_module("polars")
    form = {"has_header": False, "separator": separator, "null_values": "", **(more or {})}  # "" is an empty cell too
    form["schema"] = dict.fromkeys(names, polars.String)
    if isinstance(source, Path):
        return polars.scan_csv(source, skip_rows=1, **form)
    return polars.scan_csv(io.BytesIO(source[start:end]), **form)


def _from_the_end(rows: Sequence[Row]) -> list[Row]:
    """Return rows with their lines counted from the end, but for blank ones."""
    filled = [row.at for row in rows if row.filled]
    return [attrs.evolve(row, line=filled.index(row.at) - len(filled) if row.filled else 0) for row in rows]


def _rows(data: bytes, separator: str, at: int, line: int, *, whole: bool = True) -> Iterator[Row]:
    """Yield the rows of a text, blank ones too; of one that is not whole, those before the last line feed."""
    lines = data.splitlines(keepends=True)
    if not whole:
        lines.pop()
    reader = csv.reader((each.decode() for each in lines), delimiter=separator, strict=whole)
    begun = 0
    try:
        for cells in reader:
            yield Row(line + begun, cells, at)
            at += sum(map(len, lines[begun : reader.line_num]))
            begun = reader.line_num
    except csv.Error as error:
        why = f"line {line + begun}: {error}; the usual cause is a quotation mark that nothing closes"
        raise NoTableError(why) from error


def _check_width(row: Row, wide: int, separator: str, told: Told) -> None:
    """Refuse a row that does not fit the heading; empty cells may stand beyond it."""
    if len(row.cells) == wide or (len(row.cells) > wide and not any(row.cells[wide:])):
        return
    mark = "decimal comma" if separator == "," else f"{separator!r}"
    why = "is the end of the file missing?"
    if len(row.cells) > wide:
        why = f"the usual cause is a {mark} inside a cell: put such cells in quotes."
    what = f"line {row.line} has {len(row.cells)} cells, the heading {wide}"
    raise NoTableError(f"{what}; {why} If this line is no data, {told.skip([row])}")


def _separator(head: bytes, told: Told, *, whole: bool) -> str:
    """Return the mark that cuts most of the first lines into the same number of cells, the largest of equals."""
    fits: dict[str, tuple[int, int]] = {}
    for mark in SEPARATORS:
        wide: Counter[int] = Counter()
        with contextlib.suppress(NoTableError):  # the rows before it count; the error is told when all are read
            rows = itertools.islice(_rows(head, mark, 0, 1, whole=whole and len(head) < ENDS), LOOKED)
            wide.update(len(row.cells) for row in rows)
        fits[mark] = max(((many, cells) for cells, many in wide.items() if cells > 1), default=(0, 0))
    best = max(fits.values())
    likely = [mark for mark, fit in fits.items() if fit == best] if best[0] else [","]
    if len(likely) > 1:
        marks = " or ".join(map(repr, likely))
        raise NoTableError(f"{marks} may stand between its columns: {told.key('separator', likely[0])}")
    return likely[0]


def _regular(data: Data, start: int, end: int, separator: bytes, marks: int) -> bool:
    """Return whether every line has so many marks between its cells, and quotation marks stand around whole cells.

    It counts: where marks are not as many as they must be, some line is blank, cut or too long.
    """
    edges = np.isin(np.arange(256), [34, 10, 13, separator[0]])
    seen, lines, inside, before, decoder = 0, 0, False, 10, codecs.getincrementaldecoder("utf-8")()
    for at in range(start, end, PIECE):
        chunk = data[at : min(at + PIECE, end)]
        if not chunk.isascii() or decoder.getstate()[0]:
            decoder.decode(chunk, final=at + PIECE >= end)
        after = data[at + PIECE] if at + PIECE < end else 10
        if b"\r" in chunk and chunk.count(b"\r") != chunk.count(b"\r\n") + (chunk[-1] == 13 and after == 10):
            return False
        if not inside and b'"' not in chunk:
            seen, lines = seen + chunk.count(separator), lines + chunk.count(b"\n")
        else:
            codes = np.frombuffer(chunk, dtype=np.uint8)
            quotes = codes == 34
            within = ((np.cumsum(quotes, dtype=np.uint8) + inside) & 1).astype(bool)
            around = edges[np.frombuffer(bytes([before]) + chunk + bytes([after]), dtype=np.uint8)]
            if (quotes & np.where(within, ~around[:-2], ~around[2:])).any():
                return False
            seen += int(((codes == separator[0]) & ~within).sum())
            lines += int(((codes == 10) & ~within).sum())
            inside = bool(within[-1])
        before = chunk[-1]
    return not inside and seen == marks * (lines + (before != 10))


# Which encoding it may be in

#: Encodings: what to try, and the letters that text in them is made of, for the most part; the likeliest first.
LETTERS: dict[str, tuple[str, str]] = {
    "cp1252": ("cp1252", "äöüÄÖÜßéèêëàáâçñóòôúùíìîïåøæœ\u2019\u2013€ãõ"),
    "mac_roman": ("mac_roman", "äöüÄÖÜßéèêëàâçñóôùïå"),
    "cp850": ("cp850", "äöüÄÖÜßéèêëàâçñóôùïå"),
    "cp1254": ("cp1254", "ğışİĞŞöüçÖÜÇâî"),
    "cp1250": ("cp1250", "ąćęłńóśźżŁŚŻčďěňřšťůžáéíýČŘŠŽőűöüăâîşţ"),
    "cp949": ("euc_kr", "\uac00-\ud7a3"),
    "cp932": ("cp932", "\u3041-\u3093\u30a1-\u30fc\u4e00-\u9fa0"),
    "gb18030": ("gb2312", "\u4e00-\u9fa5"),
    "big5": ("big5", "\u4e00-\u9fa5"),
    "cp1251": ("cp1251", "оеаинтсрвлкмдпуыя"),
    "cp1253": ("cp1253", "αοιετσνηυρπκμλςάίόέή"),
    "cp1255": ("cp1255", "יוהלאתרשמנבדקחכסעפ"),
    "cp1256": ("cp1256", "اليمونترةبدسعفحك"),
    "cp874": ("cp874", "านรกอเงมยลวดท่้ัี"),
}
#: Encodings of Latin letters, where most letters are ASCII.
LATIN = ("cp1252", "mac_roman", "cp850", "cp1254", "cp1250")


def likely_encoding(data: bytes) -> str | None:
    """Return the encoding in which most of a text is made of the letters of a language; None where none fits.

    Examples
    --------
    >>> [likely_encoding(text.encode(code)) for text, code in (("Zoë Müller", "cp1252"), ("기본 고객", "cp949"))]
    ['cp1252', 'cp949']
    """
    lines = list(itertools.islice((line for line in data.splitlines() if not line.isascii()), 1000))
    if 2 * sum("\ufffd" not in line.decode(errors="replace") for line in lines) > len(lines):
        return "utf-8"
    some = b"\n".join(lines)
    runs = re.findall(rb"[\x80-\xff]+", some)
    alone = sum(len(run) < 3 for run in runs) * 2 > len(runs)
    scores: dict[str, float] = {}
    for name, (codec, letters) in LETTERS.items():
        with contextlib.suppress(UnicodeDecodeError):
            foreign = re.sub(r"[\0-\x7f]", "", some.decode(codec))
            share = len(re.findall(f"[{letters}]", foreign)) / max(len(foreign), 1)
            scores[name] = share * (1.0 if (name in LATIN) == alone or not codec.startswith("cp12") else 0.2)
    best = max(scores, key=scores.__getitem__, default=None)
    return best if best is not None and scores[best] > 0.5 else None
