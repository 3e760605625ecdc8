"""How raw values become a measure, or the name of a segment, stage or goal. Data only."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from outcomegap.errors import Finding
from outcomegap.model.frozenmap import FrozenMap
from outcomegap.model.source import Source, fault, is_number, number_map, numbers

#: Stands for any value, also an empty one, in a pattern over several columns.
ANY = "*"

Pattern = tuple[str, ...]
Patterns = FrozenMap[tuple[Pattern, ...]]
Bands = tuple[tuple[str, float | None, float | None], ...]


def as_tuple(value: Any) -> Any:
    """Turn a list into a tuple; leave everything else."""
    return tuple(value) if isinstance(value, list) else value


@attrs.frozen(kw_only=True)
class MeasureInput(Source):
    """Where one measure comes from.

    Parameters
    ----------
    column, start, end, table, aggregate, ...
        As in `Source`. Neither column nor dates: the column called like the measure.
    values
        What each text stands for: ``{"Yes": 2, "No": 0}``. Anything else in the column is an error.

    Examples
    --------
    >>> MeasureInput(column="Reply (h)", decimal=",").column
    'Reply (h)'
    """

    values: FrozenMap[float] | None = attrs.field(default=None, converter=numbers)

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything."""
        yield from Source.faults(self)
        if self.values is not None and self.dated:
            yield fault("values", "cannot map the time between two dates")
        yield from number_map("values", self.values)


def _patterns(value: Any) -> Any:
    """Return name -> patterns; a pattern is one text a column."""
    if not isinstance(value, Mapping):
        return value
    pairs = ((k, v if isinstance(v, (list, tuple)) else [v]) for k, v in value.items())
    return FrozenMap(
        {str(k): tuple(tuple(p) if isinstance(p, (list, tuple)) else (str(p),) for p in v) for k, v in pairs}
    )


def _bands(value: Any) -> Any:
    """Return (name, low, below) triples from the lowest to the highest; None is no limit."""
    if not isinstance(value, Mapping):
        return value
    made = [(str(name), *_band(limits)) for name, limits in value.items()]
    return tuple(sorted(made, key=lambda band: band[1] if is_number(band[1]) else -math.inf))


def _band(limits: Any) -> tuple[Any, Any]:
    if isinstance(limits, Mapping):
        unknown = set(limits) - {"from", "below"}
        return ("?", "?") if unknown or not limits else (_limit(limits.get("from")), _limit(limits.get("below")))
    if isinstance(limits, (list, tuple)) and len(limits) in (1, 2):
        return _limit(limits[0]), (_limit(limits[1]) if len(limits) == 2 else None)
    return ("?", "?")


def _limit(value: Any) -> Any:
    return float(value) if is_number(value) else value


@attrs.frozen(kw_only=True)
class CellInput(Source):
    """Where segment, stage or goal comes from.

    Parameters
    ----------
    column, start, end, table, aggregate, ...
        As in `Source`. A column alone holds the names themselves.
    columns
        Several columns that decide together.
    values
        Name -> the raw values that mean it; with ``columns``, lists of one value a column, where ``"*"`` is any.
        A value beats a ``"*"``.
    bands
        Name -> ``[from, below]`` or ``[from]``: numbers, or the time between dates, cut into bands.
    otherwise
        The name for everything else, empty cells included. Left out, anything else is an error.

    Examples
    --------
    >>> CellInput(column="tenure_months", bands={"onboarding": [0, 3], "scaling": [3]}).bands
    (('onboarding', 0.0, 3.0), ('scaling', 3.0, None))
    """

    columns: tuple[str, ...] = attrs.field(default=(), converter=as_tuple)
    values: Patterns | None = attrs.field(default=None, converter=_patterns)
    bands: Bands | None = attrs.field(default=None, converter=_bands)
    otherwise: str | None = None

    @property
    def patterns(self) -> list[tuple[str, Pattern]]:
        """Every name with one pattern, those with the fewest ``"*"`` first: the first that fits wins."""
        pairs = [(name, pattern) for name, patterns in (self.values or {}).items() for pattern in patterns]
        return sorted(pairs, key=lambda pair: pair[1].count(ANY))

    def faults(self) -> Iterator[Finding]:
        """Yield everything that cannot mean anything."""
        yield from Source.faults(self)
        if not isinstance(self.columns, tuple) or not all(isinstance(c, str) for c in self.columns):
            yield fault("columns", f"must list columns (got {self.columns!r:.60})")
            return
        if sum((self.column is not None, bool(self.columns), self.dated, self.table is not None)) > 1 and not (
            self.table is not None and not self.columns
        ):
            yield fault("columns", "say one of column, columns, and start or end")
        if not (self.column or self.columns or self.dated or self.table):
            yield fault("column", "say where it comes from: column, columns, start or end, or table")
        if self.columns and self.values is None:
            yield fault("values", "several columns need values that say which combination means what")
        if (self.dated or self.table) and self.bands is None:
            yield fault("bands", "a number needs bands to become a name")
        if self.values is not None and self.bands is not None:
            yield fault("bands", "stands beside values; say one")
        if self.otherwise is not None and not isinstance(self.otherwise, str):
            yield fault("otherwise", f"must be a name (got {self.otherwise!r:.60})")
        yield from self._pattern_faults()
        yield from self._band_faults()

    def _pattern_faults(self) -> Iterator[Finding]:
        if self.values is None:
            return
        if not isinstance(self.values, FrozenMap) or not self.values:
            yield fault("values", f"must say name = [raw values] (got {self.values!r:.60})")
            return
        width = len(self.columns) or 1
        wrong = False
        for name, pattern in self.patterns:
            if len(pattern) != width or not all(isinstance(p, str) for p in pattern):
                wrong = True
                shown = f"a list of {width} texts, one a column" if self.columns else "text"
                yield fault(f"values.{name}", f"each raw value is {shown} (got {list(pattern)!r:.60})")
        if not wrong:
            yield from _ambiguous(self.patterns)

    def _band_faults(self) -> Iterator[Finding]:
        if self.bands is None:
            return
        if not isinstance(self.bands, tuple) or not self.bands:
            yield fault("bands", f"must say name = [from, below] (got {self.bands!r:.60})")
            return
        limits = []
        for name, low, below in self.bands:
            if not all(v is None or is_number(v) for v in (low, below)):
                yield fault(f"bands.{name}", "must be [from, below] or [from], numbers")
                return
            if low is None and below is None:
                yield fault(f"bands.{name}", "names no limit; otherwise stands for everything else")
            limits.append((-math.inf if low is None else low, math.inf if below is None else below, name))
            if not limits[-1][0] < limits[-1][1]:
                yield fault(f"bands.{name}", f"is empty: from {low} is not below {below}")
        limits.sort()
        for (_, below, one), (low, _, other) in itertools.pairwise(limits):
            if low < below:
                yield fault(f"bands.{other}", f"overlaps with {one!r}; a band ends where the next begins")


def _ambiguous(patterns: list[tuple[str, Pattern]]) -> Iterator[Finding]:
    """Yield a fault for two patterns that fit the same row, where neither says more than the other."""
    seen: dict[Pattern, str] = {}
    for name, pattern in patterns:
        if seen.setdefault(pattern, name) != name:
            yield fault(f"values.{name}", f"{_shown(pattern)} means {seen[pattern]!r} as well; say it once")
    loose = [(name, pattern) for name, pattern in patterns if ANY in pattern]
    for (one, a), (other, b) in itertools.combinations(loose, 2):
        same = one == other or a == b or a.count(ANY) != b.count(ANY)
        if not same and all(p == q or ANY in (p, q) for p, q in zip(a, b, strict=True)):
            both = tuple(q if p == ANY else p for p, q in zip(a, b, strict=True))
            if both not in seen:
                message = f"{_shown(a)} of {one!r} and {_shown(b)} fit the same rows; say what {_shown(both)} means"
                yield fault(f"values.{other}", message)


def _shown(pattern: Pattern) -> str:
    return repr(pattern[0]) if len(pattern) == 1 else repr(list(pattern))
