"""Asking the code of others: it is given nothing that it can change, and what is wrong with its answers is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import Finding, ModelError
from outcomegap.model.values import name_of

Array = NDArray[Any]
Verdict = tuple[str, str]  # rule, message
#: Code of others: takes arrays, one a child, or R and E, or progress.
Code = Callable[[list[Array]], Any]


class Unanswered(Exception):  # noqa: N818 - it reads as what happened
    """There is no answer that more could be said of; why is among the findings."""


class Asked:
    """A gate, join or curve that is tried out, and all that is found.

    Parameters
    ----------
    kind
        ``"gate"``, ``"join"`` or ``"curve"``.
    where
        What findings call its place.

    Examples
    --------
    >>> asked = Asked("curve", "curve 'odd'")
    >>> asked.numbers("value", lambda sides: sides[0] - 2 * sides[0][:1], [np.array([0.0, 0.5])]).tolist()
    [0.0, 0.5]
    >>> asked.look([("range", "leaves [0, 1]")])
    >>> [str(finding) for finding in asked.findings]
    ["error: curve 'odd': leaves [0, 1] [range]"]
    """

    def __init__(self, kind: str, where: str) -> None:
        self.kind, self.where = kind, where
        self.findings: list[Finding] = []

    def note(self, rule: str, message: str) -> None:
        """Keep one finding, once."""
        finding = Finding(rule, self.where, message)
        if finding not in self.findings:
            self.findings.append(finding)

    def name(self, name: object, ships: Collection[str]) -> None:
        """Look at the name: usable, and of nothing that ships."""
        try:
            name_of(self.kind, name)
        except ModelError as error:
            self.note("name", error.findings[0].message)
            return
        if name in ships:
            self.note("name", f"{name!r} is a {self.kind} that ships; call yours otherwise")

    def look(self, verdicts: Iterable[Verdict]) -> None:
        """Keep what a rule yields; it ends where the code gives no answer."""
        try:
            for rule, message in verdicts:
                self.note(rule, message)
        except Unanswered:
            pass

    def attempt(self, ask: Callable[[], Any]) -> Any:
        """Return what it asks for, or None where there is no answer."""
        try:
            return ask()
        except Unanswered:
            return None

    def numbers(self, what: str, code: Code, sides: Sequence[Array], *, single: bool = True) -> Array:
        """Return the one array that `code` makes of some arrays; where `single`, one number may stand for all."""
        return self._array(what, self._answer(what, code, sides), sides, single=single)

    def several(
        self, what: str, code: Code, sides: Sequence[Array], count: int, wanted: str, *also: Array
    ) -> list[Array]:
        """Return the `count` arrays that `code` makes of some arrays, and of what it is given beside them."""
        found = self._answer(what, lambda given: list(code(given)), [*sides, *also])
        if len(found) != count:
            self.note("shape", f"{what} returns {len(found)} arrays; {wanted}")
            raise Unanswered
        return [self._array(what, each, sides, single=True) for each in found]

    def side(self, number: int) -> str:
        """Return what an array is called: ``"child 2"``, ``"E"``."""
        return {"gate": f"child {number + 1}", "join": "RE"[number : number + 1], "curve": "z"}[self.kind]

    def point(self, point: Sequence[float]) -> str:
        """Return a point in words."""
        shown = ", ".join(f"{x:.4g}" for x in point[:6]) + (", ..." if len(point) > 6 else "")
        return {"gate": f"({shown})", "join": f"R, E = ({shown})", "curve": f"z = {shown}"}[self.kind]

    def at(self, sides: Sequence[Array], row: int) -> str:
        """Return the point that stands in a row."""
        return self.point([float(side[row]) for side in sides])

    def done(self, title: str) -> None:
        """Raise ModelError with all that was found."""
        if self.findings:
            raise ModelError.all(title, self.findings)

    def _answer(self, what: str, code: Code, sides: Sequence[Array]) -> Any:
        try:
            return code(sealed(sides))
        except Exception as error:  # noqa: BLE001 - it is the code of others
            refused = error
        try:
            found = code([np.array(side) for side in sides])
        except Exception as error:
            self.note("fails", f"{what} fails on numbers in [0, 1]: {error}")
            raise Unanswered from error
        # It can do without what was refused only by writing.
        self.note("untouched", f"{what} changes the arrays that it is given ({refused}); let it work on a copy")
        return found

    def _array(self, what: str, found: Any, sides: Sequence[Array], *, single: bool) -> Array:
        shape = sides[0].shape
        try:
            array = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError) as error:
            self.note("fails", f"{what} returns no array of numbers: {error}")
            raise Unanswered from error
        if array.shape != shape and not (single and array.shape == ()):
            self.note("shape", f"{what} returns shape {array.shape} for {shape[0]} numbers")
            raise Unanswered
        array = np.broadcast_to(array, shape)
        wrong = ~np.isfinite(array)
        if wrong.any():
            said = f"{what} returns values that are not finite"
            if not any(finding.message.startswith(said) for finding in self.findings):
                self.note("finite", f"{said}, the first at {self.at(sides, int(np.argmax(wrong)))}")
            raise Unanswered
        return array


def sealed(arrays: Sequence[Array]) -> list[Array]:
    """Return views that nobody can write to: what is given to the code of others stays as it is."""
    views = [np.asarray(array).view() for array in arrays]
    for view in views:
        view.setflags(write=False)
    return views
