"""The ledger as tables for people: plain text, and HTML."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.churn.tally import Avoidable, Part
from outcomegap.frames import html_table, text_table
from outcomegap.listing import as_column, counted, percent, shorten, span

if TYPE_CHECKING:
    from outcomegap.churn.ledger import Ledger

Array = NDArray[Any]
Block = tuple[str, list[str], list[list[Any]]]
#: How many entries, and texts that fit none, are shown.
SHOWN = 10


def ledger_text(ledger: Ledger) -> str:
    """Return what it comes down to, what could have been avoided, the entries, and what fits none."""
    parts = [title(ledger)]
    for heading, heads, rows in blocks(ledger):
        align = ["l", *("l" if head in ("nearest entries", "reason") else "r" for head in heads[1:])]
        parts.append(f"{heading}\n{text_table(heads, rows, align=align)}")
    return "\n\n".join([*parts, *notes(ledger)])


def ledger_html(ledger: Ledger) -> str:
    """Return the same as HTML; everything is escaped."""
    tables = "".join(html_table(heads, rows, caption=heading) for heading, heads, rows in blocks(ledger))
    said = "".join(f"<p>{html.escape(note)}</p>" for note in notes(ledger))
    return f"<p>{html.escape(title(ledger))}</p>{tables}{said}"


def title(ledger: Ledger) -> str:
    """Return one line: how many, on what basis, and the range that could have been avoided."""
    told, bases = [reading.told for reading in ledger._losses.counted], ledger._losses.basis
    found = sum(basis == "found" and says == "entry" for basis, says in zip(bases, told, strict=True))
    known = told.count("entry")
    basis = f"{known - found:,} by the stated reason, {found:,} by your own finding"
    aside = f"; {counted(ledger.set_aside, 'row')} set aside" if ledger.set_aside else ""
    return f"{ledger._losses.said}: {basis}, {len(ledger) - known:,} unknown{aside}"


def blocks(ledger: Ledger) -> list[Block]:
    """Return (heading, heads, rows) of each table that has rows."""
    valued = ledger._losses.value is not None
    sure = f"{100 * ledger.confidence:g} % interval"
    heads = ["losses", "share", sure, *(["value", "share of value", sure] if valued else [])]
    found: list[Block] = [
        ("Root causes", ["root cause", *heads], [[part.name, *numbers(part, valued=valued)] for part in ledger.causes]),
        ("Avoidable", ["avoidable", "losses"], _verdicts(ledger.avoidable)),
    ]
    entries = [[part.name, *numbers(part, valued=valued)] for part in ledger.entries[:SHOWN]]
    if entries:
        found.append(("Entries, the most frequent first", ["entry", *heads], entries))
    texts = [[shorten(row["text"]), row["losses"], row["nearest"] or "-"] for row in ledger.unmatched.rows()[:SHOWN]]
    if texts:
        found.append(("Reasons that fit no entry, not guessed", ["reason", "losses", "nearest entries"], texts))
    return found


def notes(ledger: Ledger) -> list[str]:
    """Return what could have been avoided, and what the tables leave out."""
    said = [avoidable_said(ledger.avoidable, ledger.confidence)]
    if ledger.avoidable.partly:
        said.append(only_unknown_said(ledger.avoidable, ledger.confidence))
    if ledger.customers < len(ledger):
        again = counted(int((np.bincount(ledger._losses.customer_codes) > 1).sum()), "customer")
        said.append(f"{again} left more than once; counts are of losses, and intervals take these as independent.")
    for name, rows in (("entries", len(ledger.entries)), ("unmatched", len(ledger.unmatched))):
        if rows > SHOWN:
            said.append(f"... and {rows - SHOWN:,} more: ledger.{name}.")
    value = ledger._losses.value
    lacking = 0 if value is None else int(np.isnan(value).sum())
    if lacking:
        said.append(f"The value of {counted(lacking, 'loss', 'losses')} is unknown, and in no sum of value.")
    if ledger.unused:
        texts = ", ".join(repr(shorten(text)) for text in ledger.unused[:SHOWN])
        said.append(f"The mapping names what stands in no row: {texts}{', ...' if len(ledger.unused) > SHOWN else ''}.")
    if ledger.set_aside:
        said.append(f"{counted(ledger.set_aside, 'row')} set aside, and in no count (ledger.problems):")
        said[-1] = "\n".join([said[-1], *(f"- {problem}" for problem in ledger.problems[:SHOWN])])
    return said


def avoidable_said(avoidable: Avoidable, confidence: float) -> str:
    """Return the avoidable share in words."""
    sure = f"{100 * confidence:g} % interval {span(*avoidable.interval)}"
    text = f"Avoidable: {span(avoidable.low, avoidable.high)} ({sure}); the range is from none to all of the unknown"
    text += " and of those avoidable in part."
    if not math.isnan(avoidable.value_low):
        text += f" Of the value lost: {span(avoidable.value_low, avoidable.value_high)}."
    return text


def only_unknown_said(avoidable: Avoidable, confidence: float) -> str:
    """Return in words the share in which only the unknown vary."""
    only = avoidable.only_unknown
    sure = f"{100 * confidence:g} % interval {span(*only.interval)}"
    share = f"{span(only.low, only.high)} ({sure})"
    return f"Counting what is avoidable in part as avoidable: {share}, from none to all of the unknown."


def numbers(part: Part, *, valued: bool) -> list[Any]:
    """Return what a table says of a part, after its name."""
    row: list[Any] = [f"{part.count:,}", percent(part.share), span(part.low, part.high)]
    if valued:
        row += [f"{part.value:,.0f}", percent(part.value_share), span(part.value_low, part.value_high)]
    return row


def _verdicts(avoidable: Avoidable) -> list[list[Any]]:
    return [[name, f"{getattr(avoidable, name):,}"] for name in ("yes", "partly", "no", "unknown")]


def part_columns(name: str, parts: Sequence[Part]) -> dict[str, Array]:
    """Return parts as columns of a frame."""
    columns: dict[str, Array] = {name: as_column([part.name for part in parts])}
    for field in ("count", "named"):
        columns[field] = np.array([getattr(part, field) for part in parts], dtype=np.int64)
    for field in ("share", "low", "high", "value", "value_share", "value_low", "value_high"):
        columns[field] = np.array([getattr(part, field) for part in parts], dtype=np.float64)
    return columns
