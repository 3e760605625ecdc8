"""A look ahead as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.frames import Table, html_table, text_table
from outcomegap.frames.arrays import objects
from outcomegap.listing import as_column, counted
from outcomegap.scoring.states import STATES

if TYPE_CHECKING:
    from outcomegap.journey.ahead import LookAhead

Array = NDArray[Any]
#: How many customers the text names.
SHOWN = 10


@attrs.frozen
class Move:
    """The customers of one segment who would go from one stage to another.

    Parameters
    ----------
    segment, ideal
        The segment; None stands for all ideal segments together.
    stage, to
        Where they are, and where they would be; None where it differs.
    customers
        How many there are.
    need_data
        Of how many D is unknown now or then; they are in no mean.
    desired_now, desired_then, drop, structure
        Means over the others; NaN where there are none.
    states_now, states_then
        State -> how many there are.
    raised
        The step that takes most on average, and `raised_part`, how much; None where none takes anything.
    first_missing
        The step that most often would be missing first, and for how many, `first_missing_customers`.
    """

    segment: str | None
    ideal: bool
    stage: str | None
    to: str | None
    customers: int
    need_data: int
    desired_now: float
    desired_then: float
    drop: float
    structure: float
    states_now: dict[str, int]
    states_then: dict[str, int]
    raised: str | None
    raised_part: float
    first_missing: str | None
    first_missing_customers: int


@attrs.frozen(eq=False, repr=False)
class Moves(Sequence[Move]):
    """A sequence of `Move`, those of ideal segments first.

    Attributes
    ----------
    items
        The moves.
    total
        All customers of ideal segments; the others stand apart, in no total.
    """

    items: tuple[Move, ...]
    total: Move
    table: Table

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int) -> Move: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Move]: ...

    def __getitem__(self, place: int | slice) -> Move | Sequence[Move]:
        return self.items[place]

    def to_frame(self) -> Any:
        """Return a row a move, the same kind of frame that was scored; states as ``failing_now``, ``failing_then``."""
        columns: dict[str, Any] = {}
        for field in attrs.fields(Move):
            values = [getattr(move, field.name) for move in self]
            if field.name.startswith("states_"):
                when = field.name.removeprefix("states")
                for state in STATES:
                    columns[f"{state}{when}"] = np.array([value[state] for value in values], dtype=np.int64)
            elif field.name in ("segment", "stage", "to", "raised", "first_missing"):
                columns[field.name] = as_column(values) if any(v is None for v in values) else objects(values)
            else:
                columns[field.name] = np.array(values)
        return self.table.build(columns, index_like=False)

    def __str__(self) -> str:
        heads, rows = _shown(self)
        return text_table(heads, rows, align=["l", "l", *["r"] * 5, "l", "l"]) if rows else ""

    def _repr_html_(self) -> str:
        return html_table(*_shown(self), caption="With today's measures at a later stage")

    def __repr__(self) -> str:
        return f"<Moves: {len(self)}, {self.total.customers} customers of ideal segments>"


def moves_of(ahead: LookAhead) -> Moves:
    """Group customers by segment and stage; what `LookAhead.moves` is."""
    model = ahead.now.model
    ideal = {segment.name: segment.ideal for segment in model.segments}
    pairs = list(zip(ahead.now.cell.tolist(), ahead.then.cell.tolist(), strict=True))
    keys = [(model.cells[a].segment, model.cells[a].stage, model.cells[b].stage) for a, b in pairs]
    known = sorted(dict.fromkeys(keys), key=lambda key: (not ideal.get(key[0], True), *_place(ahead, key)))
    code = {key: number for number, key in enumerate(known)}
    codes = np.array([code[key] for key in keys], dtype=np.int64)
    listed = [
        _move(ahead, np.flatnonzero(codes == number), key, ideal=ideal.get(key[0], True))
        for key, number in code.items()
    ]
    good = np.array([ideal.get(key[0], True) for key in keys], dtype=bool)
    total = _move(ahead, np.flatnonzero(good), (None, None, None), ideal=True)
    return Moves(tuple(listed), total, ahead._everyone.table)


def ahead_text(ahead: LookAhead) -> str:
    """Return what happens by segment and stage, who falls first, and who stands apart."""
    total = ahead.moves.total
    parts = [
        f"{ahead.now.model.name}: {counted(len(ahead), 'customer')} looked at at a later stage, with today's measures",
        str(ahead.moves),
    ]
    failing = total.states_now["failing"], total.states_then["failing"]
    said = f"Ideal segments: D {total.desired_now:.3g} now, {total.desired_then:.3g} then; "
    parts.append(f"{said}failing {failing[0]:,} now, {failing[1]:,} then.")
    rows = [row for row in ahead.order().tolist() if ahead.drop[row] > 0 and ahead.ideal[row]][:SHOWN]
    if rows:
        heads = ["customer", "from", "to", "D now", "D then", "state then", "missing first", "stands at"]
        names = ("cell_now", "cell_then", "desired_now", "desired_then", "state_then", "first_missing", "stands")
        table = [[str(ahead.id[row]), *(ahead.columns[name][row] for name in names)] for row in rows]
        parts.append(f"In order of need then, of ideal segments\n{text_table(heads, table)}")
    reasons: dict[str, int] = {}
    for why in ahead.apart.columns["why"].tolist():
        reasons[why] = reasons.get(why, 0) + 1
    if reasons:
        parts.append("Apart: " + ", ".join(f"{count:,} {why}" for why, count in reasons.items()) + ".")
    return "\n\n".join(part for part in parts if part)


def _place(ahead: LookAhead, key: tuple[str, str, str]) -> tuple[int, int]:
    model = ahead.now.model
    return model.segment_names.index(key[0]), model.stage_names.index(key[1])


def _move(ahead: LookAhead, rows: Array, key: tuple[str | None, ...], *, ideal: bool) -> Move:
    known = rows[~np.isnan(ahead.drop[rows])]
    parts = ahead.by_step[known].mean(axis=0) if len(known) else np.zeros(len(ahead.steps))
    most = int(np.round(parts, 12).argmax()) if len(parts) else 0
    raised = ahead.steps[most] if len(parts) and parts[most] > 1e-12 else None
    first = [name for name in ahead.first_missing[rows].tolist() if name is not None]
    often = max(dict.fromkeys(first), key=first.count, default=None)
    return Move(
        segment=key[0],
        ideal=ideal,
        stage=key[1],
        to=key[2],
        customers=len(rows),
        need_data=len(rows) - len(known),
        desired_now=_mean(ahead.now.desired[known]),
        desired_then=_mean(ahead.then.desired[known]),
        drop=_mean(ahead.drop[known]),
        structure=_mean(ahead.structure[known]),
        states_now=_states(ahead.now.state[rows]),
        states_then=_states(ahead.then.state[rows]),
        raised=raised,
        raised_part=float(parts[most]) if raised is not None else 0.0,
        first_missing=often,
        first_missing_customers=first.count(often) if often is not None else 0,
    )


def _states(names: Array) -> dict[str, int]:
    listed = names.tolist()
    return {state: listed.count(state) for state in STATES}


def _mean(values: Array) -> float:
    return float(values.astype(np.float64).mean()) if len(values) else float("nan")


def _shown(moves: Moves) -> tuple[list[str], list[list[Any]]]:
    heads = ["segment", "from -> to", "customers", "D now", "D then", "failing now", "failing then"]
    heads += ["raised most", "missing first"]
    rows: list[list[Any]] = []
    for move in moves:
        apart = "" if move.ideal else " (not ideal)"
        raised = "-" if move.raised is None else f"{move.raised} ({move.raised_part:.3g})"
        first = "-" if move.first_missing is None else f"{move.first_missing} ({move.first_missing_customers:,})"
        numbers = [move.customers, move.desired_now, move.desired_then]
        failing = [move.states_now["failing"], move.states_then["failing"]]
        rows.append([f"{move.segment}{apart}", f"{move.stage} -> {move.to}", *numbers, *failing, raised, first])
    return heads, rows
