"""Saved scores: one file with the model and all that is needed to score again. Nothing in a file is ever run.

A file holds a header (what is said once: `HEADER`) and groups of columns, all of one length: ``customer`` (``id``,
``segment``, ``stage`` and ``goal`` as far as there are such, ``set_aside``), ``measures``, ``own`` (the columns of the
customers' own floors and targets), ``kept`` (other columns of the frame) and ``scores`` (`SCORED`). In Parquet each
group is a column of structs, so that SQL reads it as ``scores.desired``, and the header stands in the metadata; JSON
holds each column with its type and values, and a digest of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.engines.numpy_blocks import SET_ASIDE, Batch
from outcomegap.errors import DataError, EngineError, ModelError, Problem
from outcomegap.files import dumps, loads
from outcomegap.frames import make_frame, wrap
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import replacing
from outcomegap.model import Cell, Curve, CustomGate, Join, OutcomeModel
from outcomegap.scoring.groups import AXES, groups_of, names_of
from outcomegap.scoring.matching import id_problems
from outcomegap.scoring.overrides import FIELDS, Override
from outcomegap.scoring.prepare import Prepared
from outcomegap.scoring.scorer import Scorer

if TYPE_CHECKING:
    from outcomegap.scoring.scores import Scores

Array = NDArray[Any]
SUFFIXES = (".parquet", ".json", ".json.gz")
#: Number of the form that is written, and what the header of such a file says.
FORM = 1
HEADER = ("form", "fingerprint", "dtype", "id", "problems", "overrides", "model")
#: What is saved of the scores; on loading they are scored again and compared.
SCORED = (
    *("state", "point_state", "desired", "gap", "required", "experience", "required_gap", "experience_gap"),
    *("low", "high", "required_low", "required_high", "experience_low", "experience_high"),
    *("coverage", "required_coverage", "experience_coverage", "met", "steps"),
)
#: How far scores may lie from those in the file: an equal model that lists its gates in another order adds up in
#: another order. By the precision they were computed in.
ROUNDING = {"float64": 1e-12, "float32": 1e-5}
#: Where the header stands, and types of columns that a JSON file may name.
KEY = "outcomegap"
TYPE = re.compile(r"object|bool|float(16|32|64)|u?int(8|16|32|64)|[mM]8\[\d*[A-Za-z]{1,2}\]")
#: What an override says, beside the row of its customer.
SAID = FIELDS[1:]
#: What reading something else than was written may raise.
WRONG = (ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, RecursionError)


@attrs.frozen(eq=False)
class SavedScores:
    """What one file holds: plain data, and columns by group."""

    header: dict[str, Any]
    groups: Mapping[str, Mapping[str, Array]]

    def group(self, name: str) -> Mapping[str, Array]:
        """Return the columns of a group; none where it is empty."""
        return self.groups.get(name, {})

    def write(self, path: Path) -> None:
        """Write a file; one that exists is replaced once the new one is whole."""
        suffix = suffix_of(path)
        with replacing(path, None) as file:
            self._write_parquet(file) if suffix == ".parquet" else self._write_json(file)

    @classmethod
    def read(cls, path: Path) -> SavedScores:
        """Read a file."""
        suffix = suffix_of(path)
        try:
            with _undamaged(path):
                saved = _read_parquet(path) if suffix == ".parquet" else _read_json(path, packed=suffix == ".json.gz")
                if len({len(column) for columns in saved.groups.values() for column in columns.values()}) > 1:
                    raise ValueError("its columns differ in length")
        except FileNotFoundError as error:
            raise DataError(f"{path}: there is no such file") from error
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
        return saved

    def _write_json(self, file: IO[bytes]) -> None:
        columns = {
            group: {name: _to_json(f"{group}.{name}", column) for name, column in columns.items()}
            for group, columns in self.groups.items()
        }
        data = {KEY: self.header | {"digest": digest_of(columns)}, "columns": columns}
        file.write(json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass") + b"\n")

    def _write_parquet(self, file: IO[bytes]) -> None:
        pa, parquet = _pyarrow()
        structs: dict[str, Any] = {}
        for group, columns in self.groups.items():
            arrays = []
            for name, column in columns.items():
                try:
                    arrays.append(pa.array(column, from_pandas=True))
                except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
                    message = (
                        f"column '{group}.{name}' cannot be saved: {error}; make its values one type, such as text"
                    )
                    raise DataError(message) from error
            if arrays:
                structs[group] = pa.StructArray.from_arrays(arrays, names=list(columns))
        metadata = {KEY: json.dumps(self.header, allow_nan=False)}
        parquet.write_table(pa.table(structs).replace_schema_metadata(metadata), file, write_page_checksum=True)


def suffix_of(path: Path) -> str:
    """Return which of `SUFFIXES` a path has."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise DataError(f"{path}: saved scores are a file that ends in {', '.join(SUFFIXES)}")


@contextmanager
def _undamaged(path: Path, what: str = "") -> Iterator[None]:
    """Say of whatever cannot be read within that the file is damaged."""
    try:
        yield
    except (*WRONG, zlib.error) as error:
        message = f"{path}: this is no file of saved scores, or it is damaged: {what}{error}"
        raise DataError(message, [Problem("damaged", message)]) from error


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        message = "Parquet files need pyarrow: install the extra outcomegap[parquet], or save as .json.gz"
        raise EngineError(message) from error
    return pa, parquet


def _read_parquet(path: Path) -> SavedScores:
    pa, parquet = _pyarrow()
    with path.open("rb") as raw, parquet.ParquetFile(raw, page_checksum_verification=True) as file:
        table = file.read()
    groups: dict[str, dict[str, Array]] = {}
    for field in table.schema:
        if not pa.types.is_struct(field.type):
            raise ValueError(f"column {field.name!r} is no group of columns")
        names = [inner.name for inner in field.type]
        view = wrap(pa.table(table.column(field.name).combine_chunks().flatten(), names=names))
        groups[field.name] = {name: view.values(name) for name in names}
    return SavedScores(json.loads((table.schema.metadata or {})[KEY.encode()]), groups)


def _read_json(path: Path, *, packed: bool) -> SavedScores:
    raw = path.read_bytes()
    data = json.loads((gzip.decompress(raw) if packed else raw).decode("utf-8", "surrogatepass"))
    header, columns = dict(data[KEY]), data["columns"]
    if digest_of(columns) != header.pop("digest", None):
        raise ValueError("its columns are not those that were saved")
    groups = {group: {name: _from_json(each) for name, each in inner.items()} for group, inner in columns.items()}
    return SavedScores(header, groups)


def digest_of(columns: Mapping[str, Any]) -> str:
    """Return a digest of the columns of a JSON file, however it is laid out."""
    text = json.dumps(columns, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _to_json(name: str, column: Array) -> dict[str, Any]:
    """Return a column as JSON holds it; floats come back bit for bit."""
    kind = column.dtype.kind
    if kind in "mM":
        values = np.datetime_as_string(column).tolist() if kind == "M" else column.view(np.int64).tolist()
        return {"type": column.dtype.str.lstrip("<>="), "values": values}
    values = plain_values(column)
    if kind == "f":
        return {"type": column.dtype.name, "values": [str(v) if v in (math.inf, -math.inf) else v for v in values]}
    for value in values:
        if not isinstance(value, (str, int, type(None))) and not (isinstance(value, float) and math.isfinite(value)):
            message = f"column {name!r} holds {value!r:.60}, which JSON cannot; make it text, or save as .parquet"
            raise DataError(message)
    return {"type": column.dtype.name if kind in "iub" else "object", "values": values}


def _from_json(column: Mapping[str, Any]) -> Array:
    kind, values = column["type"], column["values"]
    if TYPE.fullmatch(kind) is None:
        raise ValueError(f"no type {kind!r:.40}")
    if kind == "object":
        return objects(values)
    if kind.startswith("float"):
        values = [math.nan if value is None else float(value) for value in values]
    return np.array(values, dtype=kind)


# Scores to a file


def save_scores(scores: Scores, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
    """Save scores; what `Scores.save` does."""
    file = Path(path)
    suffix_of(file)
    model, batch = scores.model, scores.batch
    header = (
        *(FORM, model.fingerprint, scores.scorer.engine.dtype.name, scores.id_column),
        *([problem.to_dict() for problem in scores.problems], _overrides(scores), dumps(model)),
    )
    groups = {
        "customer": _customer(scores),
        "measures": dict(zip([measure.name for measure in model.measures], batch.columns, strict=True)),
        "own": dict(zip(model.columns, batch.own, strict=True)),
        "kept": {name: scores.table.values(name) for name in _kept(scores, keep)},
        "scores": {name: getattr(scores, name) for name in SCORED},
    }
    SavedScores(dict(zip(HEADER, header, strict=True)), groups).write(file)
    for problem in id_problems(scores, file.name):
        # Not an error: the scores are whole, and whoever never compares them loses nothing.
        warnings.warn(f"saved, but change_since will refuse these scores: {problem}", UserWarning, stacklevel=3)


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
    checks = Checks("the scored frame lacks columns to keep", problems=scores.table.require(names))
    checks.done()
    return names


def _overrides(scores: Scores) -> dict[str, Any] | None:
    """Return overrides as plain data; one that has expired and whose customer is gone is left out."""
    if scores.as_of is None:
        return None
    place = {name: row for row, name in enumerate(plain_values(scores.id))} if scores.expired else {}
    rows = [*scores.overrides.items(), *((place[o.customer], o) for o in scores.expired if o.customer in place)]
    said = [{"row": row} | {name: getattr(override, name) for name in SAID} for row, override in rows]
    for each in said:
        each |= {"score": None if each["score"] is None else float(each["score"]), "until": each["until"].isoformat()}
    return {"as_of": scores.as_of.isoformat(), "said": said}


# Scores from a file


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
    from outcomegap.scoring.scores import Scores

    file = Path(path)
    saved = SavedScores.read(file)
    with _undamaged(file, "its header cannot be read: "):
        form, fingerprint, dtype, name, problems, overrides, text = (saved.header[key] for key in HEADER)
        if form != FORM or dtype not in ROUNDING or not isinstance(name, (str, type(None))) or type(text) is not str:
            raise ValueError(f"form {form!r:.40}, precision {dtype!r:.40}, id {name!r:.40}")
        known = tuple(Problem(**{**one, "rows": tuple(one["rows"])}) for one in problems)
    model = _model(file, text, fingerprint, {"curves": curves, "gates": gates, "joins": joins})
    with _undamaged(file):
        batch = _batch(saved, model)
        if (name is not None) != ("id" in saved.group("customer")):
            raise ValueError("it does not say what names the customers")
    frame = make_frame(_frame_columns(saved, name), "pyarrow" if suffix_of(file) == ".parquet" else "dict")
    scorer = Scorer(model, dtype=dtype)
    scores = Scores(scorer, wrap(frame), Prepared(batch, known), scorer.engine.score(batch), name)
    with _undamaged(file):
        for each in SCORED:
            if not _same(saved.group("scores")[each], getattr(scores, each), ROUNDING[dtype]):
                raise ValueError(f"{each!r} in the file is not what its model gives")
    with _undamaged(file, "its overrides cannot be read: "):
        return scores if overrides is None else _overridden(scores, overrides)


def _model(file: Path, text: str, fingerprint: object, own: Mapping[str, Any]) -> OutcomeModel:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it was told of what its file does not use when it was loaded first
            model = loads(text, **own)
    except ModelError as error:
        hand = "hand curves of your own over: load_scores(path, curves=...); so too gates= and joins="
        raise DataError(f"{file}: the model in it cannot be read ({hand}): {error}") from error
    if model.fingerprint != fingerprint:
        message = f"{file}: the model in it has the fingerprint {model.fingerprint}, the file says {fingerprint!r:.40}"
        raise DataError(f"{message}; it was changed, or a curve of your own is not the one it was scored with")
    return model


def _frame_columns(saved: SavedScores, name: str | None) -> dict[str, Array]:
    """Return the columns of the frame; what was one column and stands in several groups is one column again."""
    customer = saved.group("customer")
    columns = {} if name is None else {name: customer["id"]}
    axes = {axis: customer[axis] for axis in AXES if axis in customer}
    for group in (saved.group("measures"), saved.group("own"), saved.group("kept"), axes):
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
    number = {_place(cell, axes): position for position, cell in enumerate(model.cells)}
    places = zip(*(customer[axis].tolist() for axis in axes), strict=True) if axes else [()] * len(aside)
    found = np.array([number.get(place, SET_ASIDE) for place in places], dtype=np.int32)
    if aside.dtype.kind != "b" or ((found == SET_ASIDE) & ~aside).any():
        raise ValueError("a customer belongs to a cell that its model does not have")
    cells = np.where(aside, SET_ASIDE, found).astype(np.int32)
    return Batch(columns, own, tuple(not np.isnan(column).any() for column in columns), cells)


def _place(cell: Cell, axes: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(cell, axis) for axis in axes)


def _overridden(scores: Scores, overrides: Mapping[str, Any]) -> Scores:
    ids, said = plain_values(scores.id), []
    for each in overrides["said"]:
        if type(each["row"]) is not int or not 0 <= each["row"] < len(ids):
            raise ValueError(f"there is no row {each['row']!r:.60}")
        said.append(Override(ids[each["row"]], **{name: each[name] for name in SAID}))
    return scores.with_overrides(said, as_of=overrides["as_of"])


def _same(was: Array, now: Array, rounding: float) -> bool:
    if len(was) != len(now):
        return False
    if now.dtype.kind not in "fiu":
        return True  # states hang on thresholds, where rounding may tip them
    return was.dtype.kind in "fiu" and bool(np.allclose(was, now, rtol=0.0, atol=rounding, equal_nan=True))
