"""Scores kept in a file, with the model and all that is needed to score again: a later process compares with them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import outcomegap
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import DataError, ModelError, Problem
from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.model import Cell, Curve, CustomGate, Join, OutcomeModel
from outcomegap.scoring.groups import AXES, groups_of, names_of
from outcomegap.scoring.matching import id_problems
from outcomegap.scoring.overrides import header_of, restored
from outcomegap.scoring.prepare import Prepared
from outcomegap.scoring.saved_files import Saved, damaged, frame_of, read, suffix_of, write
from outcomegap.scoring.scorer import DTYPES, Scorer

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
#: Number of the form that is written; a file with a higher one was saved by a newer version.
FORM = 1
#: What is saved of the scores; on loading they are scored again and compared.
SCORED = (
    *("state", "point_state", "desired", "gap", "required", "experience", "required_gap", "experience_gap"),
    *("low", "high", "required_low", "required_high", "experience_low", "experience_high"),
    *("coverage", "required_coverage", "experience_coverage", "met", "steps"),
)
#: How far scores of another version of this library may lie from those of this one.
ROUNDING = {"float64": 1e-12, "float32": 1e-5}


def save_scores(scores: Scores, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
    """Save scores; what `Scores.save` does."""
    file = Path(path)
    suffix_of(file)
    model, batch = scores.model, scores.batch
    header = {
        "form": FORM,
        "library": outcomegap.__version__,
        "name": model.name,
        "fingerprint": model.fingerprint,
        "dtype": scores.scorer.engine.dtype.name,
        "id": scores.id_column,
        "problems": [problem.to_dict() for problem in scores.problems],
        "overrides": header_of(scores),
        "model": dumps(model),
    }
    measures = [measure.name for measure in model.measures]
    groups = {
        "customer": _customer(scores),
        "measures": dict(zip(measures, batch.columns, strict=True)),
        "own": dict(zip(model.columns, batch.own, strict=True)),
        "kept": {name: scores.table.values(name) for name in _kept(scores, keep)},
        "scores": {name: getattr(scores, name) for name in SCORED},
    }
    write(file, Saved(header, groups))
    for problem in id_problems(scores, file.name):
        # Not an error: the scores are whole, and whoever never compares them loses nothing.
        message = f"saved, but change_since will refuse these scores: {problem}"
        warnings.warn(message, UserWarning, stacklevel=3)


def load_scores(
    path: str | PathLike[str],
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> Scores:
    """Load scores that `Scores.save` saved, in any process, and make sure that they still hold.

    The customers are scored again by the model in the file, and the scores compared with those in the file, within
    rounding (1e-12; in single precision 1e-5). Nothing in the file is ever run.

    Parameters
    ----------
    path
        A file that ends in ``.parquet``, ``.json`` or ``.json.gz``.
    curves, gates, joins
        Curves, gates and join rules of your own that the model uses, by name, as in `outcomegap.load`.

    Returns
    -------
    Scores
        They behave as they did before: `change_since`, `attribution`, `by`, `worklist`. Frames made of them are
        PyArrow tables where the file is Parquet, else dicts of arrays; they hold the id, the cells, all measures, and
        the columns that were kept.

    Raises
    ------
    DataError
        If the file is not there or damaged, its model is not the one whose fingerprint it bears (or a curve differs),
        or the scores in it are not those that its model gives.
    EngineError
        If the file is Parquet and pyarrow is not installed.

    Examples
    --------
    >>> import outcomegap as og, pathlib, tempfile
    >>> calls = og.SuccessGap("calls made", og.Measure("calls", low=0), floor=0, target=4)
    >>> reply = og.Expectation("support replies", og.Measure("reply_hours", low=0), floor=48, target=24)
    >>> sales, suits = og.RequiredOutcome("sales", needs=calls), og.AppropriateExperience("how", expects=reply)
    >>> scorer = og.Scorer(og.OutcomeModel("phone", desired_outcomes=[og.DesiredOutcome(sales, suits)]))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "june.json"
    >>> scorer.score({"id": ["Acme"], "calls": [1.0], "reply_hours": [24.0]}).save(path)
    >>> june = load_scores(path)
    >>> june.desired.tolist(), june.model == scorer.model
    ([0.25], True)
    """
    file = Path(path)
    saved = read(file)
    header = saved.header
    if not isinstance(header.get("form"), int) or not isinstance(header.get("model"), str):
        raise damaged(file, "its header is not whole")
    if header["form"] > FORM:
        raise DataError(
            f"{file}: was saved by a newer version, {header.get('library')}; this is {outcomegap.__version__}"
        )
    same_version = header.get("library") == outcomegap.__version__
    model = _model(file, header, {"curves": curves, "gates": gates, "joins": joins}, strict=same_version)
    if header.get("dtype") not in DTYPES:
        raise damaged(file, "it does not say in which precision it was scored")
    scores = _scores(file, saved, Scorer(model, dtype=header["dtype"]))
    # An equal model that lists its gates in another order adds up in another order: the last digit may differ.
    _compare(file, saved, scores, ROUNDING[header["dtype"]])
    try:
        overridden: Scores = restored(scores, header.get("overrides"))
    except (DataError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise damaged(file, f"its overrides cannot be read ({error})") from error
    return overridden


def _customer(scores: Scores) -> dict[str, Array]:
    """Return what names the customers, and where they belong, as far as the model tells."""
    columns = {} if scores.id_column is None else {"id": scores.id}
    axes = [axis for axis in AXES if names_of(scores.model, axis)]
    groups = groups_of(scores, axes)
    columns |= {axis: groups.columns[axis][groups.codes] for axis in axes}
    return columns | {"set_aside": scores.cell == SET_ASIDE}


def _kept(scores: Scores, keep: Sequence[str] | None) -> list[str]:
    if keep is None:
        inputs = scores.model.inputs
        keep = [name for name in (inputs.keep if inputs is not None else ()) if name in scores.table.names]
    names = list(dict.fromkeys([keep] if isinstance(keep, str) else keep))
    problems = scores.table.require(names)
    if problems:
        raise DataError.all("the scored frame lacks columns to keep", problems)
    return names


def _model(file: Path, header: dict[str, Any], own: Mapping[str, Any], *, strict: bool) -> OutcomeModel:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it was told of what its file does not use when it was loaded first
            model = loads(header["model"], **own)
    except ModelError as error:
        hand = "hand curves of your own over: load_scores(path, curves=...); so too gates= and joins="
        message = f"{file}: the model in it cannot be read ({hand})"
        raise DataError(f"{message}: {error}") from error
    if strict and model.fingerprint != header.get("fingerprint"):
        bears, has = str(header.get("fingerprint"))[:40], model.fingerprint
        message = f"{file}: the model in it has the fingerprint {has}, the file says {bears}"
        raise DataError(f"{message}; it was changed, or a curve of your own is not the one it was scored with")
    return model


def _scores(file: Path, saved: Saved, scorer: Scorer) -> Scores:
    """Score the customers in a file again."""
    from outcomegap.scoring.scores import Scores

    model = scorer.model
    columns = _numbers(file, saved.group("measures"), [measure.name for measure in model.measures])
    own = _numbers(file, saved.group("own"), model.columns)
    cells = _cells(file, saved.group("customer"), model)
    batch = Batch(columns, own, tuple(not np.isnan(column).any() for column in columns), cells)
    name = saved.header.get("id")
    if (name is not None) != ("id" in saved.group("customer")) or not isinstance(name, (str, type(None))):
        raise damaged(file, "it does not say what names the customers")
    table = wrap(frame_of(_frame_columns(saved, name), file))
    return Scores(scorer, table, Prepared(batch, _problems(file, saved.header)), scorer.engine.score(batch), name)


def _frame_columns(saved: Saved, name: str | None) -> dict[str, Array]:
    """Return the columns of the frame; what was one column and stands in several groups is one column again."""
    customer = saved.group("customer")
    columns = {} if name is None else {name: customer["id"]}
    axes = {axis: customer[axis] for axis in AXES if axis in customer}
    for group in (saved.group("measures"), saved.group("own"), saved.group("kept"), axes):
        columns |= {key: column for key, column in group.items() if key not in columns}
    return columns


def _numbers(file: Path, group: Mapping[str, Array], names: Sequence[str]) -> tuple[Array, ...]:
    for name in names:
        if name not in group or group[name].dtype.kind != "f":
            raise damaged(file, f"it holds no numbers for {name!r}")
    return tuple(np.ascontiguousarray(group[name]) for name in names)


def _cells(file: Path, customer: Mapping[str, Array], model: OutcomeModel) -> NDArray[np.int32]:
    axes = [axis for axis in AXES if names_of(model, axis)]
    aside = customer.get("set_aside")
    if aside is None or aside.dtype.kind != "b" or any(axis not in customer for axis in axes):
        raise damaged(file, "it does not say where the customers belong")
    number = {_place(cell, axes): position for position, cell in enumerate(model.cells)}
    places = zip(*(customer[axis].tolist() for axis in axes), strict=True) if axes else [()] * len(aside)
    found = np.array([number.get(place, SET_ASIDE) for place in places], dtype=np.int32)
    if ((found == SET_ASIDE) & ~aside).any():
        raise damaged(file, "a customer belongs to a cell that its model does not have")
    return np.where(aside, SET_ASIDE, found).astype(np.int32)


def _place(cell: Cell, axes: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(cell, axis) for axis in axes)


def _problems(file: Path, header: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        listed = header.get("problems", [])
        return tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in listed)
    except (AttributeError, KeyError, TypeError) as error:
        raise damaged(file, "the problems of its data cannot be read") from error


def _compare(file: Path, saved: Saved, scores: Scores, rounding: float) -> None:
    there = saved.group("scores")
    for name in SCORED:
        if name not in there:
            raise damaged(file, f"it holds no {name!r}")
        was, now = there[name], getattr(scores, name)
        if not _same(was, now, rounding):
            message = f"{file}: {name!r} in the file is not what its model gives; the file was changed or is damaged"
            raise DataError(message)


def _same(was: Array, now: Array, rounding: float) -> bool:
    if len(was) != len(now):
        return False
    if now.dtype.kind not in "fiu":
        return True  # states hang on thresholds, where rounding may tip them
    if was.dtype.kind not in "fiu":
        return False
    return bool(np.allclose(was, now, rtol=0.0, atol=rounding, equal_nan=True))
