"""Curves as files write them: a name, ``{ step = 0.5 }`` or ``{ knots = [[0, 0], [1, 1]] }``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from outcomegap.errors import ModelError, hint
from outcomegap.files.plain import plain_number
from outcomegap.model.curve import NAMED, Curve, Knots, Linear, Smooth, Step, as_curve

#: Installed plug-ins offer curves under this entry-point group; one is loaded only when a file names it.
GROUP = "outcomegap.curves"
#: Curves that a file spells out, and hence needs no name for.
SPELLED = (Linear, Step, Smooth, Knots)


@attrs.define
class Curves:
    """The curves that a file may name: built in, handed over by the caller, or offered by a plug-in."""

    given: Mapping[str, Curve] = attrs.field(factory=dict)
    _loaded: dict[str, Curve] = attrs.field(factory=dict)

    @classmethod
    def of(cls, given: object) -> Curves:
        """Make one from what a caller hands over as ``curves=``."""
        if given is None:
            return cls()
        if not isinstance(given, Mapping):
            raise ModelError.of("curves", "curves", "is a mapping of names to og.curve objects")
        return cls({name: _given(name, value) for name, value in given.items()})

    def find(self, name: str, where: str) -> Curve:
        """Return the curve of that name."""
        for known in (NAMED, self.given, self._loaded):
            if name in known:
                return known[name]
        found = _plugged_in(name, where)
        if found is None:
            names = [*NAMED, *self.given]
            message = f"no curve {name!r:.100}{hint(name[:100], names)}; hand your own over: og.load(..., curves=...)"
            raise ModelError.of("unknown-curve", where, message)
        self._loaded[name] = found
        return found


def write_curve(curve: Curve, where: str) -> Any:
    """Return the written form of a curve."""
    kind = type(curve)
    if kind is Step and curve != NAMED["step"]:
        return {"step": plain_number(curve.at)}  # type: ignore[attr-defined]
    if kind is Knots:
        return {"knots": [[plain_number(item) for item in point] for point in curve.points]}  # type: ignore[attr-defined]
    if kind not in SPELLED and curve.name in NAMED:
        raise ModelError.of("curve", where, f"your own curve cannot be written as {curve.name!r}: rename it")
    return curve.name


def _given(name: object, value: object) -> Curve:
    where = f"curves[{name!r:.60}]"
    if not isinstance(name, str) or name in NAMED:
        raise ModelError.of("curves", where, "the name of a curve is text, and none of the built-in names")
    curve = as_curve(where, value)
    if not isinstance(curve, SPELLED) and curve.name != name:
        raise ModelError.of("curves", where, f"this curve is called {curve.name!r}; use one name")
    return curve


def _plugged_in(name: str, where: str) -> Curve | None:
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP, name=name):
        try:
            value = entry.load()
        except Exception as error:
            message = f"the plug-in that offers curve {name!r} ({entry.value}) fails to load: {error}"
            raise ModelError.of("curve", where, message) from error
        return _given(name, value)
    return None
