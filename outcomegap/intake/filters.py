"""Which rows of a raw table are used, by the values of its columns; what is left out is counted in a note."""

from __future__ import annotations

from collections import Counter

import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import SHOWN
from outcomegap.frames import Table
from outcomegap.frames.arrays import Mask
from outcomegap.intake.names import Wanted, lacking, text_of
from outcomegap.intake.notes import Notes
from outcomegap.listing import counted
from outcomegap.model.inputs import TableInput


def rows_to_use(table: Table, name: str, said: TableInput, checks: Checks, notes: Notes) -> Mask | None:
    """Return which rows of a table to use; None if nothing is said of them.

    Rows that are left out are counted in a note, by value; a value that no row has is a finding.
    """
    rules = [("where", column, codes) for column, codes in said.where.items()]
    rules += [("leave_out", column, codes) for column, codes in said.leave_out.items()]
    if not rules or lacking(checks, table.names, [column for _, column, _ in rules], f"table {name!r}", name):
        return None
    used: Mask = np.ones(len(table), dtype=bool)
    told = []
    for key, column, codes in rules:
        raw = table.distinct(column)
        wanted, names = Wanted(codes), ["empty", *map(text_of, raw.values)]
        fits = wanted.rows(raw) == (key == "where")
        wanted.note(checks, f"tables.{name}.{key}.{column}", column, raw)
        counts = Counter(dict(enumerate(np.bincount(raw.codes[used & ~fits] + 1).tolist())))
        some = [f"{names[place]} ({count:,})" for place, count in counts.most_common() if count]
        told += [f"{column} = {', '.join(some[:SHOWN])}{', ...' if len(some) > SHOWN else ''}"] if some else []
        used &= fits
    if told:
        left = f"{len(used) - int(used.sum()):,} of {counted(len(used), 'row')} left out"
        notes.add(f"table {name!r}: {left}: {'; '.join(told)}")
    return used
