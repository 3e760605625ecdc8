"""What people may bring of their own: a curve, a gate on numbers, and a rule that joins the two parts.

These are protocols, not base classes: any object with these few pieces will do. It is looked at where it is given:
missing pieces are named, all at once, and what it computes is probed on a small grid (`outcomegap.model.probe`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from outcomegap.errors import Finding, ModelError

Array = NDArray[Any]


@runtime_checkable
class Curve(Protocol):
    """What a curve must offer.

    ``name`` is what a model file calls it, ``value`` maps an array of progress to attainment, ``slope`` is its
    derivative (one-sided where it has a corner). It may also have ``sql`` and ``scalar_text``, as in `curve`. What is
    missing stays missing, whatever ``value`` makes of NaN.

    Examples
    --------
    >>> class Late:
    ...     name = "late"
    ...     def value(self, z):
    ...         return z**3
    ...     def slope(self, z):
    ...         return 3 * z**2
    >>> isinstance(Late(), Curve)
    True
    """

    @property
    def name(self) -> str:
        """What a model file calls it."""

    def value(self, z: Array) -> Array:
        """Attainment for progress `z` in [0, 1], one number a customer; `z` may not be changed."""

    def slope(self, z: Array) -> Array:
        """Derivative of the attainment by `z`."""


@runtime_checkable
class CustomGate(Protocol):
    """What a gate of your own must offer; `Numeric` puts it into a model.

    It maps the values of its children to its own value, customer by customer: each child is an array with one number
    in [0, 1] a customer. It never falls in any child, is 0 where all children are 0 and 1 where all are 1. It must be
    an object that `pickle` can store if scorers are to be sent to other processes.

    It may also have ``scalar_text``, the same formula as a Python expression of ``{0}``, ``{1}``, ..., by which one
    customer is scored without arrays: it is held to the arrays where the gate is defined. And ``sql``, the same as an
    SQL expression, for an engine of your own; none of this library's reads it yet, and only
    `outcomegap.testing.check_gate` looks whether it says the same. Since the gate never falls, its value at the bounds
    of its children bounds it; it has nothing to say of that itself.

    Examples
    --------
    >>> import numpy as np
    >>> class Hardest:
    ...     name = "hardest"
    ...     multilinear = False
    ...     def forward(self, children):
    ...         return np.minimum.reduce(children)
    ...     def gradient(self, children, out):
    ...         ties = sum((child == out).astype(float) for child in children)
    ...         return [(child == out) / ties for child in children]
    >>> isinstance(Hardest(), CustomGate)
    True
    """

    @property
    def name(self) -> str:
        """What a model file calls it."""

    @property
    def multilinear(self) -> bool:
        """Whether its value is linear in each child, all others held fixed: then attribution stays exact."""

    def forward(self, children: Sequence[Array]) -> Array:
        """Value in [0, 1] of each customer; `children` holds one array a child, and none of them may be changed."""

    def gradient(self, children: Sequence[Array], out: Array) -> Sequence[Array]:
        """Derivative by each child (one-sided, or between both, where it has a corner); `out` is the value."""


@runtime_checkable
class Join(Protocol):
    """How R and E become D, and how 1 - D divides between them.

    Each method takes arrays of R and E, one number in [0, 1] a customer. D never falls in either, is 0 where both
    are 0 and 1 where both are 1, and has finite slopes everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> class Geometric:
    ...     name = "geometric"
    ...     def desired(self, r, e):
    ...         return np.sqrt(r * e)
    ...     def slopes(self, r, e):
    ...         return np.sqrt(e / np.maximum(r, 1e-12)) / 2, np.sqrt(r / np.maximum(e, 1e-12)) / 2
    ...     def parts(self, r, e):
    ...         return 1 - np.sqrt(r), np.sqrt(r) - np.sqrt(r * e)
    >>> isinstance(Geometric(), Join)
    True
    """

    @property
    def name(self) -> str:
        """What a model file calls it."""

    def desired(self, r: Array, e: Array) -> Array:
        """D in [0, 1] of each customer."""

    def slopes(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Derivatives of D by R and by E (one-sided, or between both, where it has a corner)."""

    def parts(self, r: Array, e: Array) -> tuple[Array, Array]:
        """Required gap and experience gap: together 1 - D, none below 0; the first 0 at R = 1, the second at E = 1."""


def require(protocol: type[Any], value: object, where: str) -> None:
    r"""Make sure that an object has every piece of a protocol.

    Parameters
    ----------
    protocol
        `Curve`, `CustomGate`, `Join`, or another.
    value
        The object.
    where
        What the error calls its place.

    Raises
    ------
    ModelError
        That names every piece that is missing or cannot be called, all at once.

    Examples
    --------
    >>> try:
    ...     require(Join, object(), "desired outcome 'sales'.join")
    ... except ModelError as error:
    ...     print(*error.findings, sep="\n")
    error: desired outcome 'sales'.join: has no name: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method desired: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method slopes: an og.Join needs name, desired, slopes, parts [pieces]
    error: desired outcome 'sales'.join: has no method parts: an og.Join needs name, desired, slopes, parts [pieces]
    """
    found = [Finding("pieces", where, message) for message in _missing(protocol, value)]
    if found:
        raise ModelError.all(f"this is no og.{protocol.__name__}", found)


def pieces(protocol: type[Any]) -> dict[str, Any]:
    """Return the public members of a protocol, by name: functions and properties."""
    members = {name: member for kind in reversed(protocol.__mro__) for name, member in vars(kind).items()}
    return {name: member for name, member in members.items() if not name.startswith("_")}


def _missing(protocol: type[Any], value: object) -> Iterator[str]:
    members = pieces(protocol)
    needs = f"an og.{protocol.__name__} needs {', '.join(members)}"
    if isinstance(value, type):
        yield f"is the class {value.__name__}; hand an object over, such as {value.__name__}(...): {needs}"
        return
    for name, member in members.items():
        method = not isinstance(member, property)
        if not hasattr(value, name):
            yield f"has no {'method ' if method else ''}{name}: {needs}"
        elif method and not callable(getattr(value, name)):
            yield f"has a {name} that cannot be called: {needs}"
