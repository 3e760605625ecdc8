"""Segments, evolution stages, and the cells they make."""

from __future__ import annotations

import attrs

from outcomegap.errors import ModelError
from outcomegap.model.values import name_of, text_of

#: Name of the one implicit segment, and of the one implicit stage, of a model that declares none.
ALL = "all"


@attrs.frozen
class Segment:
    """A kind of customer with expectations of its own.

    Parameters
    ----------
    name
        Its name in the customers' data; holds no ``/`` and is neither ``*`` nor ``default``.
    ideal
        Whether these are customers the vendor is made for. The others stay out of totals and stand apart.
    description
        A sentence for readers.

    Examples
    --------
    >>> Segment("enterprise")
    Segment(name='enterprise', ideal=True, description='')
    """

    name: str
    ideal: bool = attrs.field(default=True, kw_only=True)
    description: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        name_of("segment", self.name, cell=True)
        text_of(f"segments.{self.name}", "description", self.description)
        if not isinstance(self.ideal, bool):
            raise ModelError.of("ideal", f"segments.{self.name}", f"ideal must be true or false (got {self.ideal!r})")


@attrs.frozen
class Stage:
    """A step in the customer's evolution; stages stand in order.

    Parameters
    ----------
    name
        Its name in the customers' data; holds no ``/`` and is neither ``*`` nor ``default``.
    description
        A sentence for readers.

    Examples
    --------
    >>> Stage("onboarding")
    Stage(name='onboarding', description='')
    """

    name: str
    description: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        name_of("stage", self.name, cell=True)
        text_of(f"stages.{self.name}", "description", self.description)


@attrs.frozen
class Cell:
    """One segment and stage, and goal where the model has several desired outcomes for one cell.

    Examples
    --------
    >>> str(Cell("enterprise", "scaling"))
    'enterprise/scaling'
    """

    segment: str
    stage: str
    goal: str | None = None

    def __str__(self) -> str:
        return f"{self.segment}/{self.stage}" + (f"/{self.goal}" if self.goal is not None else "")
