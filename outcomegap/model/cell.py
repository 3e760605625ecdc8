"""Segments, evolution stages, and the cells they make."""

from __future__ import annotations

import attrs

from outcomegap.model.declaration import ABOUT, Flag, Name, about, declare, settle

IN_DATA = about(Name(cell=True), "Its name in the customers' data.")
#: Name of the one implicit segment, and of the one implicit stage, of a model that declares none.
ALL = "all"


@attrs.frozen(kw_only=True)
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

    name: str = attrs.field(kw_only=False, metadata=IN_DATA)
    ideal: bool = declare(Flag(), "Whether these are customers the vendor is made for.", default=True)
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"segments.{self.name}")


@attrs.frozen(kw_only=True)
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

    name: str = attrs.field(kw_only=False, metadata=IN_DATA)
    description: str = declare(*ABOUT)

    def __attrs_post_init__(self) -> None:
        settle(self, f"stages.{self.name}")


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
