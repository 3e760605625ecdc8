"""Saved scores: files with the model and all data needed to score again; and customers matched by id.

Nothing in a file is ever run as code.

A file holds a header (`HEADER`) and groups of columns of one length: ``customer`` (``id``, ``segment``, ``stage`` and
``goal`` if there are such, ``set_aside``), ``measures``, ``own`` (the columns of the customers' own floors and
targets), ``kept`` (other columns of the frame) and ``scores`` (`SCORED`). In Parquet each group is a column of structs,
so that SQL reads it as ``scores.desired``, and the header is in the metadata. JSON holds each column with its type and
values, and a digest of them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import Checks
from outcomegap.engines.numpy_blocks import SET_ASIDE
from outcomegap.errors import DataError, EngineError, ModelError, Problem
from outcomegap.files import dumps, loads
from outcomegap.frames import wrap
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import counted
from outcomegap.model import OutcomeModel
from outcomegap.replacing import replacing
from outcomegap.scoring.columns import COLUMNS
from outcomegap.scoring.customers import AXES, axes_of
from outcomegap.scoring.groups import groups_of

if TYPE_CHECKING:
    from outcomegap.scoring.model_scores import ModelScores

Array = NDArray[Any]
Positions = NDArray[np.int64]
WHAT = "customers cannot be matched"
SUFFIXES = (".parquet", ".json", ".json.gz")
#: The version of the form that is written, and the fields of the header.
FORM = 1
HEADER = ("form", "fingerprint", "dtype", "id", "problems", "overrides", "model")
#: The scores that are saved; on loading, the customers are scored again and compared with them.
SCORED = tuple(COLUMNS)
#: Tolerance between the scores and those in the file, by precision: an equal model that lists its gates in another
#: order adds up in another order.
ROUNDING = {"float64": 1e-12, "float32": 1e-5}
#: The key of the header, and the kinds of columns that a JSON file may have.
KEY, KINDS = "outcomegap", "ObiufmM"
#: The exceptions that reading a foreign file may raise.
WRONG = (ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, RecursionError)


@attrs.frozen(eq=False)
class SavedScores:
    """The content of one file: plain data, and columns by group."""

    header: dict[str, Any]
    groups: Mapping[str, Mapping[str, Array]]

    def group(self, name: str) -> Mapping[str, Array]:
        """Return the columns of a group; none if it is empty."""
        return self.groups.get(name, {})

    def columns(self, name: str | None) -> dict[str, Array]:
        """Return the columns of the frame, with ids in the column `name`; a column in several groups appears once."""
        customer = self.group("customer")
        if (name is not None) != ("id" in customer):
            raise ValueError("it does not say which column names the customers")
        found = {axis: customer[axis] for axis in AXES if axis in customer}
        found |= {} if name is None else {name: customer["id"]}
        for group in ("measures", "own", "kept"):
            found |= {key: column for key, column in self.group(group).items() if key not in found}
        return found

    def write(self, path: Path) -> None:
        """Write a file; an existing one is replaced when the new one is complete."""
        suffix = suffix_of(path)
        with replacing(path, None) as file:
            self._write_parquet(file) if suffix == ".parquet" else self._write_json(file)

    @classmethod
    def read(cls, path: Path) -> SavedScores:
        """Read a file."""
        suffix = suffix_of(path)
        try:
            with undamaged(path):
                saved = _read_parquet(path) if suffix == ".parquet" else _read_json(path, packed=suffix == ".json.gz")
                if len({len(column) for columns in saved.groups.values() for column in columns.values()}) > 1:
                    raise ValueError("its columns differ in length")
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
        return saved

    def _write_json(self, file: IO[bytes]) -> None:
        columns = {
            group: {name: _to_json(f"{group}.{name}", column) for name, column in columns.items()}
            for group, columns in self.groups.items()
        }
        text = json.dumps(columns, ensure_ascii=False)
        header = json.dumps(self.header | {"digest": digest_of(text)}, ensure_ascii=False, allow_nan=False)
        file.write(f'{{"{KEY}": {header},\n"columns": {text}}}\n'.encode("utf-8", "surrogatepass"))

    def _write_parquet(self, file: IO[bytes]) -> None:
        pa, parquet = _pyarrow()

        def array(name: str, column: Array) -> Any:
            try:
                return pa.array(column, from_pandas=True)
            except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
                message = f"column {name!r} cannot be saved: {error}; make its values one type, such as text"
                raise DataError(message) from error

        structs = {
            group: pa.StructArray.from_arrays(
                [array(f"{group}.{n}", c) for n, c in columns.items()], names=list(columns)
            )
            for group, columns in self.groups.items()
            if columns
        }
        metadata = {KEY: json.dumps(self.header, allow_nan=False)}
        parquet.write_table(pa.table(structs).replace_schema_metadata(metadata), file, write_page_checksum=True)


def suffix_of(path: Path) -> str:
    """Return the suffix of a path, one of `SUFFIXES`."""
    suffix = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise DataError(f"{path}: the name of a file of saved scores must end in {', '.join(SUFFIXES)}")
    return suffix


@contextmanager
def undamaged(path: Path, what: str = "") -> Iterator[None]:
    """Turn any error of reading into a DataError that says that the file is damaged."""
    try:
        yield
    except (*WRONG, zlib.error) as error:
        message = f"{path}: this was not saved here, or it is damaged: {what}{error}"
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
            raise ValueError(f"column {field.name!r} is not a group of columns")
        names = [inner.name for inner in field.type]
        view = wrap(pa.table(table.column(field.name).combine_chunks().flatten(), names=names))
        groups[field.name] = {name: view.values(name) for name in names}
    return SavedScores(json.loads((table.schema.metadata or {})[KEY.encode()]), groups)


def _read_json(path: Path, *, packed: bool) -> SavedScores:
    raw = path.read_bytes()
    data = json.loads((gzip.decompress(raw) if packed else raw).decode("utf-8", "surrogatepass"))
    header, columns = dict(data[KEY]), data["columns"]
    if digest_of(json.dumps(columns, ensure_ascii=False)) != header.pop("digest", None):
        raise ValueError("its columns are not those that were saved")
    groups = {group: {name: _from_json(each) for name, each in inner.items()} for group, inner in columns.items()}
    return SavedScores(header, groups)


def digest_of(text: str) -> str:
    """Return a digest of the columns of a JSON file, as `json.dumps` writes them."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _to_json(name: str, column: Array) -> dict[str, Any]:
    """Return a column in the form of JSON; floats are read back bit for bit."""
    kind = column.dtype.kind
    if kind in "mM":
        times = np.datetime_as_string(column) if kind == "M" else column.view(np.int64)
        return {"type": column.dtype.str.lstrip("<>="), "values": times.tolist()}
    values = plain_values(column)
    if kind == "f":
        values = [str(value) if value in (math.inf, -math.inf) else value for value in values]
    for value in values:
        if not isinstance(value, (str, int, type(None))) and not (isinstance(value, float) and math.isfinite(value)):
            message = f"column {name!r} holds {value!r:.60}, which JSON cannot; make it text, or save as .parquet"
            raise DataError(message)
    return {"type": column.dtype.name if kind in "fiub" else "object", "values": values}


def _from_json(column: Mapping[str, Any]) -> Array:
    kind, values = np.dtype(column["type"]), column["values"]
    if kind.kind not in KINDS:
        raise ValueError(f"unknown type {kind!r:.40}")
    if kind.kind == "f":
        values = [math.nan if value is None else float(value) for value in values]
    return objects(values) if kind.kind == "O" else np.array(values, dtype=kind)


# Scores to a file


def save_scores(scores: ModelScores, path: str | PathLike[str], *, keep: Sequence[str] | None = None) -> None:
    """Save scores, for `Scores.save`."""
    file = Path(path)
    suffix_of(file)
    model, batch = scores.model, scores.batch
    said = ([problem.to_dict() for problem in scores.problems], _overrides(scores), dumps(model))
    header = (FORM, model.fingerprint, scores.scorer.engine.dtype.name, scores.id_column, *said)
    axes = [*axes_of(model)]
    places = groups_of(scores, axes)
    customer = {} if scores.id_column is None else {"id": scores.id}
    customer |= {axis: places.columns[axis][places.codes] for axis in axes}
    groups = {
        "customer": customer | {"set_aside": scores.cell == SET_ASIDE},
        "measures": dict(zip([measure.name for measure in model.measures], batch.columns, strict=True)),
        "own": dict(zip(model.columns, batch.own, strict=True)),
        "kept": {name: scores.table.values(name) for name in scores.kept_columns(keep)},
        "scores": {name: getattr(scores, name) for name in scores.having(SCORED)},
    }
    SavedScores(dict(zip(HEADER, header, strict=True)), groups).write(file)
    checks = Checks()
    if scores.id_column is not None:
        _ids(scores, file.name, checks)
    for problem in checks.problems:
        # Not an error: the scores are complete, and only a comparison fails.
        warnings.warn(f"saved, but change_since will refuse these scores: {problem}", UserWarning, stacklevel=3)


def _overrides(scores: ModelScores) -> dict[str, Any] | None:
    """Return overrides as plain data; an expired one whose customer is gone is left out."""
    if scores.as_of is None:
        return None
    place = {name: row for row, name in enumerate(plain_values(scores.id))} if scores.expired else {}
    rows = [*scores.overrides.items(), *((place[o.customer], o) for o in scores.expired if o.customer in place)]
    return {"as_of": scores.as_of.isoformat(), "said": [{"row": row} | override.to_dict() for row, override in rows]}


# Scores from a file


def saved_model(file: Path, text: str, own: Mapping[str, Any], asked: str) -> OutcomeModel:
    """Return the model whose text is in a file, with the caller's own curves, gates and joins."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # loading the model first already gave these warnings
            return loads(text, **own)
    except (ModelError, TypeError, AttributeError) as error:
        hand = f"pass your own curves with {asked}(path, curves=...), gates with gates=, joins with joins="
        raise DataError(f"{file}: the model in it cannot be read ({hand}): {error}") from error


def same(was: Array, now: Array, rounding: float) -> bool:
    """Return whether a column equals the saved one, within rounding."""
    if len(was) != len(now) or now.dtype.kind not in "fiu":
        return len(was) == len(now)  # rounding may move a state at a threshold
    return was.dtype.kind in "fiu" and bool(np.allclose(was, now, rtol=0.0, atol=rounding, equal_nan=True))


# The same customers in two scorings


@attrs.frozen(eq=False)
class Pairs:
    """The rows of the same customers in two scorings.

    Parameters
    ----------
    before, after
        Row positions of the customers in both, in the order of the second scoring.
    went, came
        Row positions of customers only in the first, and only in the second.
    """

    before: Positions
    after: Positions
    went: Positions
    came: Positions


def pairs_by_id(before: ModelScores, after: ModelScores, names: tuple[str, str] = ("before", "after")) -> Pairs:
    """Match the customers of two scorings by id; `names` are the names of the scorings in messages.

    Raises
    ------
    DataError
        With every problem: no id column, empty ids, repeated ids, ids of different types.
    """
    checks = Checks(WHAT)
    old, new = (_ids(scores, name, checks) for scores, name in zip((before, after), names, strict=True))
    checks.done()
    place = dict(zip(old, range(len(old)), strict=True))
    found = np.fromiter(map(place.get, new, repeat(-1)), dtype=np.int64, count=len(new))
    here = found >= 0
    if not here.any():
        check_kinds(checks, (old, new), names, after.id_column)
        checks.done()
    stayed = np.zeros(len(old), dtype=bool)
    stayed[found[here]] = True
    return Pairs(found[here], np.flatnonzero(here), np.flatnonzero(~stayed), np.flatnonzero(~here))


def pairs_in_order(before: ModelScores, after: ModelScores, names: tuple[str, str], *, everybody: bool = True) -> Pairs:
    """Match customers by id if both scorings have one, else row by row; each must be in the same cell in both.

    By id, with `everybody`, each customer must be in both.

    Raises
    ------
    DataError
        If the lengths differ, ids are invalid as in `pairs_by_id`, a customer is in one scoring only, or one moved.
    """
    checks, rows = Checks(WHAT), np.arange(len(after))
    pairs = Pairs(rows, rows, rows[:0], rows[:0])
    if before.id_column is not None and after.id_column is not None:
        pairs = pairs_by_id(before, after, names)
    elif len(before) != len(after):
        lengths = f"{names[0]} has {len(before)} rows, {names[1]} has {len(after)}"
        raise DataError(f"{lengths}; give the same customers in the same order, or a column that names them")
    alone = ((before, pairs.went, *names), (after, pairs.came, *names[::-1]))
    for scores, rows, here, there in alone if everybody else ():
        if len(rows):
            first = plain_values(scores.id[rows[:1]])[0]
            message = f"{here}: {counted(len(rows), 'customer is', 'customers are')} not in {there}, such as {first!r}"
            checks.problem("unmatched-id", f"{message}; give the same in both", scores.id_column, first, rows=rows)
    old, new = before.cell[pairs.before], after.cell[pairs.after]
    moved = np.flatnonzero((old != new) & (old != SET_ASIDE) & (new != SET_ASIDE))
    if len(moved):
        was, now = (str(after.model.cells[cells[moved[0]]]) for cells in (old, new))
        count = counted(len(moved), "customer is", "customers are")
        which = f"{count} in two different cells, such as {was}, then {now}"
        message = f"{which}; use scores.change_since(earlier), which shows the effect of the move"
        checks.problem("moved-cell", message, None, now, rows=pairs.after[moved])
    checks.done()
    return pairs


def _ids(scores: ModelScores, name: str, checks: Checks) -> list[Any]:
    column, ids = scores.id_column, plain_values(scores.id)
    if column is None:
        message = f"{name}: no column names the customers; score them with id=, so that they can be found again"
        checks.problem("no-id", message)
        return []
    called = f"{name}: column {column!r}"
    try:
        counts = Counter(ids)
    except TypeError:
        checks.problem("no-id", f"{called} holds lists or similar; an id must be text or a number", column)
        return []
    blank = np.array([key is None or (isinstance(key, str) and not key.strip()) for key in ids], dtype=bool)
    checks.problem("missing-id", f"{called} is empty; every customer needs an id", column, rows=blank)
    twice = np.flatnonzero(np.array([counts[key] > 1 for key in ids], dtype=bool) & ~blank)
    if len(twice):
        first, others = ids[twice[0]], len({ids[row] for row in twice}) - 1
        more = f", and {others} others more than once" if others else ""
        message = f"{called} holds {first!r} {counts[first]} times{more}; ids must be unique"
        checks.problem("repeated-id", message, column, first, rows=twice)
    return ids


def check_kinds(checks: Checks, ids: tuple[list[Any], list[Any]], names: tuple[str, str], column: str | None) -> None:
    """Note a problem if no customer is in both lists and their ids have different types."""
    kinds = [{float if isinstance(key, (bool, int, float)) else type(key) for key in each} for each in ids]
    if all(ids) and kinds[0].isdisjoint(kinds[1]):
        said = (f"{type(each[0]).__name__} ({each[0]!r:.40}) in {name}" for each, name in zip(ids, names, strict=True))
        message = f"customers are named by {' and '.join(said)}; make both the same type"
        checks.problem("id-type", message, column, ids[1][0])
