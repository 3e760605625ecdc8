"""Curves as files write them: a name, ``{ threshold = 0.5 }`` or ``{ knots = [[0, 0], [1, 1]] }``."""

from __future__ import annotations

from typing import Any

import attrs

from outcomegap.errors import ModelError
from outcomegap.files.plain import plain_number
from outcomegap.files.plugins import Plugins
from outcomegap.model.curve import NAMED, SHIPPED, CustomCurve, Knots, Threshold
from outcomegap.model.custom import Curve

#: Curves that a file spells out, and hence needs no name for.
SPELLED = SHIPPED


@attrs.define
class Curves(Plugins):
    """The curves that a file may name: built in, handed over by the caller, or offered by a plug-in.

    Plug-ins offer them under the entry-point group ``outcomegap.curves``.
    """

    @classmethod
    def of(cls, given: object = None) -> Curves:
        """Make one from what a caller hands over as ``curves=``."""
        return cls("curve", Curve, tuple(NAMED))._with(given)

    def find(self, name: str, where: str) -> Curve:
        """Return the curve of that name; as `Plugins.find`."""
        found: Curve = NAMED[name] if name in NAMED else super().find(name, where)
        return found

    def _taken_up(self, name: str, value: Any, where: str) -> Curve:
        # Knots, and a step at a place of its own, have no other name in a file.
        if type(value) in (Knots, Threshold) and value not in NAMED.values():
            return value  # type: ignore[no-any-return]
        if isinstance(value, (str, list, tuple)):
            message = f"must be a curve, such as og.curve({name!r:.60}, f) (got {value!r:.60})"
            raise ModelError.of("curves", where, message)
        found: Curve = super()._taken_up(name, value, where)
        return found if isinstance(found, CustomCurve) else CustomCurve(found, where)


def write_curve(curve: Curve, where: str) -> Any:
    """Return the written form of a curve."""
    kind = type(curve)
    if kind is Threshold and curve != NAMED["threshold"]:
        return {"threshold": plain_number(curve.at)}  # type: ignore[attr-defined]
    if kind is Knots:
        return {"knots": [[plain_number(item) for item in point] for point in curve.points]}  # type: ignore[attr-defined]
    if kind not in SPELLED and curve.name in NAMED:
        raise ModelError.of("curve", where, f"your own curve cannot be written as {curve.name!r}: rename it")
    return curve.name
