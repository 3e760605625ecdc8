"""Actions written in a file: plain data, every mistake at once with its path; nothing in it is ever run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from outcomegap.errors import DataError, Finding, ModelError, Problem, nearest
from outcomegap.files.formats import format_of, read_text
from outcomegap.files.reading import Key, Reading, join, read_table, show
from outcomegap.files.values import names, numeric, scalar
from outcomegap.invest.action import Action
from outcomegap.invest.checks import check_names, check_number, check_whole
from outcomegap.model import Column, OutcomeModel

T = TypeVar("T")


def load_actions(path: str | PathLike[str], model: OutcomeModel | None = None) -> list[Action]:
    r"""Load actions from a file; docs/invest shows what stands in it.

    Parameters
    ----------
    path
        A file that ends in ``.toml``, ``.json``, ``.yaml`` or ``.yml``, in UTF-8.
    model
        The model whose steps, measures and segments the actions name; None looks at those only in `plan`.

    Raises
    ------
    DataError
        With every mistake, each with its path, such as ``actions.coach.cost``.
    EngineError
        If YAML is asked for and its extra is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "actions.toml"
    >>> _ = path.write_text('[actions.coach]\nraises = { "calls made" = 1 }\ncost = 100')
    >>> [action.name for action in load_actions(path)]
    ['coach']
    """
    if not isinstance(path, (str, PathLike)):
        raise DataError(f"load_actions: path is the path of a file (got {path!r:.60})")
    if model is not None and not isinstance(model, OutcomeModel):
        raise DataError(f"load_actions: model is an og.OutcomeModel, or None (got {model!r:.60})")
    file = Path(path)
    try:
        data = format_of(file).parse(read_text(file))
    except ModelError as error:
        raise DataError.all(str(file), [_problem(finding) for finding in error.findings]) from error
    reading = Reading()
    if model is not None:
        reading.segments, reading.stages = model.segment_names, model.stage_names
    found = read_table(reading, "", data, {"actions": Key(partial(_actions, model), {}, required=True)})
    if reading.findings:
        raise DataError.all(str(file), [_problem(finding) for finding in reading.findings])
    actions: list[Action] = (found or {})["actions"]
    return actions


def _problem(finding: Finding) -> Problem:
    return Problem(finding.rule, f"{finding.where}: {finding.message}", column=finding.where)


def _actions(model: OutcomeModel | None, reading: Reading, where: str, raw: object) -> list[Action] | None:
    if not isinstance(raw, dict) or not raw:
        reading.note("type", where, f'must hold tables such as [actions."list workshop"] (got {show(raw)})')
        return None
    found = [_action(reading, join(where, name), name, item, model) for name, item in raw.items()]
    return [action for action in found if action is not None]


def _action(reading: Reading, where: str, name: str, raw: object, model: OutcomeModel | None) -> Action | None:
    keys = {
        "raises": Key(_raises, {}, required=True),
        "cost": Key(_cost, {}, required=True),
        "capacity": Key(_capacity, {}),
        "segments": Key(names, {}),
    }
    before = len(reading.findings)
    found = read_table(reading, where, raw, keys)
    if found is not None and "raises" in found and model is not None:
        for problem in check_names("raises", model, found["raises"]):
            reading.note(problem.rule, where, problem.message)
    for place, segment in enumerate(found.get("segments", ()) if found else ()):
        if reading.segments is not None and segment not in reading.segments:
            near = nearest(segment, reading.segments)
            meant = f" (did you mean {near!r}?)" if near else f" (known: {', '.join(map(repr, reading.segments))})"
            reading.note("unknown-segment", f"{where}.segments[{place}]", f"no segment {segment!r:.100}{meant}")
    if found is None or not {"raises", "cost"} <= set(found):
        return None
    try:
        return Action(name, **found)
    except DataError as error:
        if len(reading.findings) == before:
            reading.note("action", where, str(error))
        return None


def _raises(reading: Reading, where: str, raw: object) -> Mapping[str, Any] | None:
    if not isinstance(raw, dict) or not raw:
        reading.note("type", where, f'must name what is raised, such as {{ "list built" = 0.8 }} (got {show(raw)})')
        return None
    found = {name: numeric(reading, join(where, name), item) for name, item in raw.items()}
    return None if any(to is None for to in found.values()) else found


def _cost(reading: Reading, where: str, raw: object) -> float | Column | None:
    found = scalar(reading, where, raw)
    return found if isinstance(found, Column) else _checked(reading, where, lambda: check_number("it", found), found)


def _capacity(reading: Reading, where: str, raw: object) -> int | None:
    return _checked(reading, where, lambda: check_whole("it", raw, 0), raw)


def _checked(reading: Reading, where: str, make: Callable[[], T], raw: object) -> T | None:
    """Return what `make` makes, or None after noting why it cannot; nothing is said of what is noted already."""
    if raw is None:
        return None
    try:
        return make()
    except DataError as error:
        reading.note("number", where, str(error))
        return None
