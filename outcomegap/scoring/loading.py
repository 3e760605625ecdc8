"""Scores out of a file: scored again by the model in it, and compared with what was saved."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import DataError, ModelError, Problem
from outcomegap.files import loads
from outcomegap.frames import make_frame, wrap
from outcomegap.frames.arrays import plain_values
from outcomegap.model import Curve, CustomGate, Join, OutcomeModel
from outcomegap.scoring.customers import AXES, Prepared
from outcomegap.scoring.groups import names_of
from outcomegap.scoring.overrides import BLANK, Override
from outcomegap.scoring.saved import FORM, HEADER, ROUNDING, SCORED, SavedScores, suffix_of, undamaged
from outcomegap.scoring.scorer import Scorer
from outcomegap.scoring.scores import Scores

Array = NDArray[Any]


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
    saved = SavedScores.read(file)
    with undamaged(file, "its header cannot be read: "):
        form, fingerprint, dtype, name, problems, overrides, text = (saved.header[key] for key in HEADER)
        if form != FORM or dtype not in ROUNDING or not isinstance(name, (str, type(None))) or type(text) is not str:
            raise ValueError(f"form {form!r:.40}, precision {dtype!r:.40}, id {name!r:.40}")
        known = tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in problems)
    model = saved_model(file, text, {"curves": curves, "gates": gates, "joins": joins}, "load_scores")
    if model.fingerprint != fingerprint:
        message = f"{file}: the model in it has the fingerprint {model.fingerprint}, the file says {fingerprint!r:.40}"
        raise DataError(f"{message}; it was changed, or a curve of your own is not the one it was scored with")
    with undamaged(file):
        batch = _batch(saved, model)
        if (name is not None) != ("id" in saved.group("customer")):
            raise ValueError("it does not say what names the customers")
    frame = make_frame(_frame_columns(saved, name), "pyarrow" if suffix_of(file) == ".parquet" else "dict")
    scorer = Scorer(model, dtype=dtype)
    scores = Scores(scorer, wrap(frame), Prepared(batch, known), scorer.engine.score(batch), name)
    with undamaged(file):
        for each in SCORED:
            if not _same(saved.group("scores")[each], getattr(scores, each), ROUNDING[dtype]):
                raise ValueError(f"{each!r} in the file is not what its model gives")
    with undamaged(file, "its overrides cannot be read: "):
        return scores if overrides is None else _overridden(scores, overrides)


def saved_model(file: Path, text: str, own: Mapping[str, Any], asked: str) -> OutcomeModel:
    """Return the model whose text stands in a file, with curves, gates and joins of the caller's own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it was told of what its file does not use when it was loaded first
            return loads(text, **own)
    except (ModelError, TypeError, AttributeError) as error:
        hand = f"hand curves of your own over: {asked}(path, curves=...); so too gates= and joins="
        raise DataError(f"{file}: the model in it cannot be read ({hand}): {error}") from error


def _frame_columns(saved: SavedScores, name: str | None) -> dict[str, Array]:
    """Return the columns of the frame; what was one column and stands in several groups is one column again."""
    customer = saved.group("customer")
    columns = {} if name is None else {name: customer["id"]}
    axes = {axis: customer[axis] for axis in AXES if axis in customer}
    for group in (*map(saved.group, ("measures", "own", "kept")), axes):
        columns |= {key: column for key, column in group.items() if key not in columns}
    return columns


def _batch(saved: SavedScores, model: OutcomeModel) -> Batch:
    """Return what the customers were scored by."""
    columns, own = (
        tuple(np.ascontiguousarray(saved.group(group)[name]) for name in names)
        for group, names in (("measures", [measure.name for measure in model.measures]), ("own", model.columns))
    )
    if any(column.dtype.kind != "f" for column in (*columns, *own)):
        raise ValueError("a measure holds no numbers")
    customer = saved.group("customer")
    axes, aside = [axis for axis in AXES if names_of(model, axis)], customer["set_aside"]
    number = {tuple(getattr(cell, axis) for axis in axes): at for at, cell in enumerate(model.cells)}
    places = zip(*(customer[axis].tolist() for axis in axes), strict=True) if axes else [()] * len(aside)
    found = np.array([number.get(place, SET_ASIDE) for place in places], dtype=np.int32)
    if aside.dtype.kind != "b" or ((found == SET_ASIDE) & ~aside).any():
        raise ValueError("a customer belongs to a cell that its model does not have")
    cells = np.where(aside, SET_ASIDE, found).astype(np.int32)
    return Batch(columns, own, tuple(not np.isnan(column).any() for column in columns), cells)


def _overridden(scores: Scores, overrides: Mapping[str, Any]) -> Scores:
    ids = dict(enumerate(plain_values(scores.id)))
    said = [(each["row"], {name: each[name] for name in BLANK}) for each in overrides["said"]]
    if any(type(row) is not int for row, _ in said):
        raise ValueError("a row is no whole number")
    return scores.with_overrides([Override(ids[row], **each) for row, each in said], as_of=overrides["as_of"])


def _same(was: Array, now: Array, rounding: float) -> bool:
    if len(was) != len(now) or now.dtype.kind not in "fiu":
        return len(was) == len(now)  # states hang on thresholds, where rounding may tip them
    return was.dtype.kind in "fiu" and bool(np.allclose(was, now, rtol=0.0, atol=rounding, equal_nan=True))
