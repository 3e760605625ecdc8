"""Gates, join rules, curves and scorers that go by a name: handed over by the caller, or offered by a plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from outcomegap.errors import ModelError, hint
from outcomegap.model import gate as numeric
from outcomegap.model.custom import Curve, CustomGate, Join, require
from outcomegap.model.model import NAMED_JOINS
from outcomegap.model.step import NAMED, CustomCurve, Knots, Threshold

#: By what there is: the pieces that each must have, names that a file may write as well, further names that are taken.
KNOWN: Mapping[str, tuple[type[Any], tuple[str, ...], tuple[str, ...]]] = {
    "gate": (CustomGate, (), numeric.TAKEN),
    "join": (Join, (*NAMED_JOINS, "weighted"), ()),
    "curve": (Curve, tuple(NAMED), ()),
}


@attrs.define
class Plugins:
    """Objects of one kind, by name. A plug-in is loaded only when a file names what it offers.

    Parameters
    ----------
    what
        ``"gate"``, ``"join"``, ``"curve"`` or ``"scorer"``; entry points stand in ``outcomegap.gates`` and so on.
    protocol
        The pieces that each must have.
    built_in
        Names that a file may write as well, and that are taken.
    taken
        Further names that none of one's own may have.
    given
        What the caller hands over.
    """

    what: str
    protocol: type[Any]
    built_in: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    given: Mapping[str, Any] = attrs.field(factory=dict)
    _loaded: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of(cls, what: str, given: Mapping[str, Any] | None = None) -> Plugins:
        """Gates, joins or curves: those handed over, and those that packages offer."""
        found = cls(what, *KNOWN[what])
        if given is not None and not isinstance(given, Mapping):
            message = f"is a mapping of names to og.{found.protocol.__name__} objects"
            raise ModelError.of(f"{what}s", f"{what}s", message)
        found.given = {name: found.looked_at(name, value) for name, value in (given or {}).items()}
        return found

    def find(self, name: str, where: str) -> Any:
        """Return the object of that name.

        Raises
        ------
        ModelError
            If there is none, two packages offer one, or the plug-in that offers it fails.
        """
        if name in self.given:
            return self.given[name]
        if name not in self._loaded:
            self._loaded[name] = self._plugged_in(name, where)
        return self._loaded[name]

    def installed(self) -> tuple[str, ...]:
        """Return the names that installed plug-ins offer; none of them is loaded."""
        from importlib.metadata import entry_points

        return tuple(sorted(entry_points(group=f"outcomegap.{self.what}s").names))

    def looked_at(self, name: object, value: Any) -> Any:
        """Return what stands for an object of that name, or say why it is none."""
        where = f"{self.what}s[{name!r:.60}]"
        if not isinstance(name, str) or name in (*self.built_in, *self.taken):
            message = f"the name of a {self.what} is text, and none of the built-in names"
            raise ModelError.of(f"{self.what}s", where, message)
        if self.what == "curve" and type(value) in (Knots, Threshold):  # they have no other name in a file
            return value
        require(self.protocol, value, where)
        if value.name != name:
            message = f"this {self.what} is called {value.name!r:.60}; use one name"
            raise ModelError.of(f"{self.what}s", where, message)
        return CustomCurve(value, where) if self.what == "curve" and not isinstance(value, CustomCurve) else value

    def _plugged_in(self, name: str, where: str) -> Any:
        from importlib.metadata import entry_points

        handed = "" if self.what == "scorer" else f"hand yours over: og.load(..., {self.what}s=...)"
        # Two that name one object are one offer.
        offers = {entry.value: entry for entry in entry_points(group=f"outcomegap.{self.what}s", name=name)}
        if not offers:
            near = hint(name[:100], dict.fromkeys([*self.built_in, *self.given, *self.installed()]))
            package = f"install a package that offers it (entry point outcomegap.{self.what}s)"
            message = f"no {self.what} {name!r:.100}{near}; {handed}{', or ' if handed else ''}{package}"
            raise ModelError.of(f"unknown-{self.what}", where, message)
        if len(offers) > 1:
            packages = {value: getattr(entry.dist, "name", "a package") for value, entry in offers.items()}
            told = ", ".join(sorted(f"{package} ({value})" for value, package in packages.items()))
            message = f"{len(offers)} installed packages offer a {self.what} {name!r}: {told}; keep one of them"
            raise ModelError.of("duplicate-name", where, message + (f", or {handed}" if handed else ""))
        ((path, entry),) = offers.items()
        try:
            value = entry.load()
            # A plug-in may offer the class; a file has nothing to say that it could be made of.
            value = value() if isinstance(value, type) else value
        except Exception as error:
            message = f"the plug-in that offers {self.what} {name!r} ({path}) fails to load: {error}"
            raise ModelError.of(self.what, where, message) from error
        return self.looked_at(name, value)
