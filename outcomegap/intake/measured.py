"""One number a customer from any source: a column, the time between two dates, events, or two other measures."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

import attrs
import numpy as np

from outcomegap.checks import in_rows
from outcomegap.frames.arrays import Mask
from outcomegap.intake.raw_table import RawTable
from outcomegap.intake.reader import Numbers, Reader
from outcomegap.model.inputs import MeasureInput, Source


@attrs.define(eq=False)
class Measured:
    """What each source gives; each is read once, by its path.

    Parameters
    ----------
    sheet
        The customers' table.
    taken
        What sources over events give, by path.
    """

    sheet: RawTable
    taken: Mapping[str, Numbers]
    _known: dict[str, Numbers] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for name in TopologicalSorter(self.sheet.inputs.pairs).static_order():  # so that no chain is too long
            self.measure(name)

    def measure(self, name: str) -> Numbers:
        """Return the numbers of a measure."""
        source = self.sheet.inputs.measures.get(name) or MeasureInput()
        return self.of(f"measures.{name}", source, name, f"measure {name!r}")

    def of(self, path: str, source: Source, name: str, what: str) -> Numbers:
        """Return the numbers of a source; `name` is that of its column, unless it names one."""
        if path not in self._known:
            if source.pair is not None:
                self._known[path] = self._of_pair(path, source)
            elif source.table is not None:
                self._known[path] = self.taken.get(path, np.full(len(self.sheet), np.nan))
            else:
                self._known[path] = self.sheet.value(source, source.column or name, self._reader(source, name), what)
                self.sheet.note_ahead(source, what)
        return self._known[path]

    def coded(self, source: Source, name: str, what: str) -> int:
        """Return how many values of a column a mapping, or a code for missing, says the meaning of."""
        if source.dated or source.table is not None or source.pair is not None:
            return 0
        return self.sheet.numbers(source.column or name, self._reader(source, name), what).coded

    def _reader(self, source: Source, name: str) -> Reader:
        return Reader.of(source, self.sheet.inputs, self.sheet.home(source.column or name))

    def _of_pair(self, path: str, source: Source) -> Numbers:
        """Compare two measures; where they cannot be compared, the value is missing, and a finding says why."""
        one, other = source.pair or ("", "")
        first, second = self.measure(one), self.measure(other)
        with np.errstate(all="ignore"):
            if source.difference is not None:
                value = first - second
            else:
                value = first / second if source.ratio is not None else 100.0 * first / second - 100.0
            value = Reader.of(source, self.sheet.inputs).scaled(value)
        known = ~np.isnan(first) & ~np.isnan(second)
        neither = known & (first == 0) & (second == 0) & (source.difference is None)
        below = known & (second < 0) & (source.change is not None)
        lost = known & ~neither & (below | ~np.isfinite(value))
        if source.empty is None:
            self._tell(path, f"{one!r} and {other!r} are both 0: missing, unless empty says a number", neither)
        self._tell(path, f"nothing to compare with, as {other!r} is 0: missing", lost & (second == 0))
        self._tell(path, f"no change in percent from {other!r} below 0: missing", lost & below)
        self._tell(path, f"{one!r} and {other!r} give no finite number: missing", lost & ~below & (second != 0))
        value = np.where(lost, np.nan, value)
        return np.where(neither, np.nan if source.of_none is None else source.of_none, value)

    def _tell(self, path: str, message: str, rows: Mask) -> None:
        if rows.any():
            checks = self.sheet.checks
            said = message + in_rows(np.flatnonzero(rows), checks.names)
            checks.finding("not-comparable", path, said, "warning", int(rows.sum()))
