"""Success milestones: the customer's own steps, in order, each with what it is worth; and the vector they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import attrs

from outcomegap.checks import Checks, among, number_of
from outcomegap.errors import ModelError, hint

if TYPE_CHECKING:
    from outcomegap.journey.progress import Progress


# The converter says what may be given, for type checkers; the milestone itself looks closer.
def _event_given(value: str | None) -> str:
    return value  # type: ignore[return-value]


@attrs.frozen(repr=False)
class Milestone:
    """A step of the customer's own on the way to the desired outcome.

    Parameters
    ----------
    name
        The step in the customer's words.
    value
        What a customer who reaches it spends more, in any one currency and period; 0 or more.
    event
        The event that proves it; by default its name.
    due_days
        In how many days after the milestone before it (after the customer's first event for the first one) it is due;
        None for no limit.
    owner
        Who sees to it: ``"vendor"``, ``"customer"``, ``"joint"``, or any name.
    remedy
        What to do where it is late.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> Milestone("first campaign sent", 1_000)
    Milestone('first campaign sent', 1000.0)
    >>> Milestone("list imported", event="import", due_days=14, owner="customer", remedy="import it with them")
    Milestone('list imported', 0.0, event='import', due_days=14.0, owner='customer', remedy='import it with them')
    """

    name: str
    value: float = 0.0
    event: str = attrs.field(default=None, kw_only=True, converter=_event_given)
    due_days: float | None = attrs.field(default=None, kw_only=True)
    owner: str | None = attrs.field(default=None, kw_only=True)
    remedy: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        checks = Checks(
            "this milestone cannot be used",
            f"milestones.{self.name}" if isinstance(self.name, str) and self.name.strip() else "milestones",
        )
        checks.text("name", self.name)
        if self.event is None:
            object.__setattr__(self, "event", self.name)
        else:
            checks.text("event", self.event)
        number = number_of(self.value)
        if number is None or number < 0:
            checks.finding("value", "value", f"must be a finite number of 0 or more (got {self.value!r:.60})")
        else:
            object.__setattr__(self, "value", number)
        object.__setattr__(self, "due_days", checks.days("due_days", self.due_days))
        for field in ("owner", "remedy"):
            if getattr(self, field) is not None:
                checks.text(field, getattr(self, field))
        checks.done()

    def __repr__(self) -> str:
        said = {"event": None if self.event == self.name else self.event}
        said |= {field: getattr(self, field) for field in ("due_days", "owner", "remedy")}
        more = "".join(f", {field}={value!r}" for field, value in said.items() if value is not None)
        return f"Milestone({self.name!r}, {self.value!r}{more})"


class Milestones(Sequence[Milestone]):
    """Milestones in their order.

    Parameters
    ----------
    items
        `Milestone` objects, or names, one or more, each with its own name and event.
    per
        The period of their values, such as ``"year"``, for people to read; None where nothing is said of it.

    Raises
    ------
    ModelError
        With everything that is wrong.

    Examples
    --------
    >>> steps = Milestones([Milestone("first campaign", 1_000), Milestone("first sale", 5_000)])
    >>> len(steps), steps["first sale"].value, steps.after("first campaign").name, steps.after(None).name
    (2, 5000.0, 'first sale', 'first campaign')
    """

    def __init__(self, items: Iterable[Milestone | str], *, per: str | None = None) -> None:
        checks = Checks("these milestones cannot be used", "milestones")
        listed: tuple[Any, ...] = ()
        if isinstance(items, (str, Milestone)) or not isinstance(items, Iterable):
            checks.finding("milestones", "", f"lists og.journey.Milestone objects, in order (got {items!r:.60})")
        else:
            listed = tuple(Milestone(item) if isinstance(item, str) else item for item in items)
            if not listed:
                checks.finding("milestones", "", "names no milestone; give one or more")
        for item in listed:
            if not isinstance(item, Milestone):
                checks.finding("milestones", "", f"lists og.journey.Milestone objects, not {item!r:.60}")
        for field in ("name", "event"):
            found = [getattr(item, field) for item in listed if isinstance(item, Milestone)]
            for text in dict.fromkeys(found):
                if found.count(text) > 1:
                    checks.finding("repeated", field, f"two milestones have the {field} {text!r}")
        if per is not None:
            checks.text("per", per)
        checks.done()
        self.items: tuple[Milestone, ...] = listed
        self.per = per

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int | str) -> Milestone: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Milestone]: ...

    def __getitem__(self, place: int | str | slice) -> Milestone | Sequence[Milestone]:
        if isinstance(place, str):
            return self.items[self.place(place)]
        if isinstance(place, bool) or not isinstance(place, (int, slice)):
            raise ModelError.of("unknown-milestone", "milestones", f"a place is a name or a number (got {place!r:.60})")
        return self.items[place]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(item.name for item in self.items)

    def place(self, name: str | None) -> int:
        """Return the position of a milestone by name; -1 for None: none reached yet."""
        if name is None:
            return -1
        if not among(name, self.names):
            message = f"no milestone {name!r:.60}{hint(name, self.names)}"
            raise ModelError.of("unknown-milestone", "milestones", message)
        return self.names.index(name)

    def after(self, name: str | None) -> Milestone | None:
        """Return the milestone after one; after None the first; None after the last."""
        place = self.place(name) + 1
        return self.items[place] if place < len(self) else None

    def progress(
        self,
        events: Any,
        *,
        as_of: Any,
        customer: str = "customer",
        event: str = "event",
        time: str = "time",
    ) -> Progress:
        """Say which milestones each customer has reached, and which comes next.

        Parameters
        ----------
        events
            Any data frame, a row an event; customers are all who have one.
        as_of
            The moment of looking; later events are excluded and counted.
        customer, event, time
            What the columns are called.

        Raises
        ------
        DataError
            With everything that is wrong with the columns.
        """
        from outcomegap.journey.events import read_events
        from outcomegap.journey.progress import Progress

        return Progress(self, read_events("progress", events, as_of=as_of, customer=customer, event=event, time=time))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Milestones) and (self.items, self.per) == (other.items, other.per)

    def __hash__(self) -> int:
        return hash((self.items, self.per))

    def __repr__(self) -> str:
        return f"Milestones({list(self.names)})"


Shares = float | Mapping[str, float]
