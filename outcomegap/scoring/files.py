"""Files larger than memory: read in batches, scored, tallied and written while the next batch is being read."""

from __future__ import annotations

import glob
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import attrs

from outcomegap.errors import DataError, library
from outcomegap.intake.customers import columns_read, keeping, read_customers
from outcomegap.intake.loading import TEXT, ending, unreadable
from outcomegap.listing import file_kind
from outcomegap.model import OutcomeModel, Step
from outcomegap.model.inputs import Inputs, TableInput
from outcomegap.replacing import replacing
from outcomegap.scoring.customers import AXES
from outcomegap.scoring.record_batches import BatchFunction
from outcomegap.scoring.scores import Scores
from outcomegap.scoring.tally import Tally

#: A batch holds so many bytes of numbers, and this many rows at least and at most.
BYTES, FEWEST, MOST = 1 << 24, 1 << 12, 1 << 16
#: So many batches are read ahead.
AHEAD = 2
#: The beginning of the name of a column with a step's part of the gap.
PART = "gap: "
PARQUET = (".parquet", ".pq")
#: The endings of files that are read in batches, and of those that are written so.
READ, WRITTEN = (*PARQUET, *TEXT), (".parquet", ".csv", ".tsv")
#: How a file is read: makes its schema, and a function of columns and rows that yields its batches.
Opened = tuple[Any, Callable[[Sequence[str], int], Iterable[Any]]]


def files_of(sources: object) -> list[Path]:
    """Return the files that paths, patterns and folders name, each in the order of names.

    Raises
    ------
    DataError
        If there is none, or one is of a kind that is read whole.
    """
    found: list[Path] = []
    for source in [sources] if isinstance(sources, (str, PathLike)) else list(sources):  # type: ignore[call-overload]
        path = Path(source)
        inside = sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []
        matching = glob.glob(str(source), recursive=True)  # noqa: PTH207 - a pattern may begin at the root
        listed = inside or sorted(map(Path, matching))
        kinds = [file for file in listed if file.is_file() and not file.name.startswith((".", "_"))]
        kinds = [file for file in kinds if ending(file) in READ] if path.is_dir() else kinds
        if not kinds:
            raise unreadable(path, "it holds no file to read" if path.is_dir() else "there is no such file")
        if odd := [file for file in kinds if ending(file) not in READ]:
            raise unreadable(odd[0], f"only {', '.join(READ)} are read in batches")
        found += kinds
    return found


@contextmanager
def opened(path: Path, said: TableInput, numbers: Collection[str]) -> Iterator[Opened]:
    """Open a file to be read in batches, some columns of text as numbers; what breaks it is a DataError."""
    pa = library("pyarrow", "reading files in batches", "parquet")
    try:
        with _parquet(path) if ending(path) in PARQUET else _text(path, said, numbers) as found:
            yield found
    except (pa.ArrowException, UnicodeError) as error:
        raise unreadable(path, str(error).partition("\n")[0]) from error
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error


@contextmanager
def _parquet(path: Path) -> Iterator[Opened]:
    parquet = library("pyarrow.parquet", "reading files in batches", "parquet")
    with parquet.ParquetFile(path) as file:
        yield file.schema_arrow, lambda columns, rows: file.iter_batches(rows, columns=list(columns))


@contextmanager
def _text(path: Path, said: TableInput, numbers: Collection[str]) -> Iterator[Opened]:
    """Read a text file: as text but for some numbers, an empty cell as null."""
    csv, pa = library("pyarrow.csv", "reading files in batches", "parquet"), library("pyarrow", "", "parquet")
    if isinstance(said.skip_rows, tuple):
        raise unreadable(path, "in batches skip_rows can only be a number of first lines")
    separator = said.separator or ("\t" if ending(path) == ".tsv" else ",")

    def stream(columns: Sequence[str] | None, rows: int, known: Any = None) -> Any:
        reading = csv.ReadOptions(
            skip_rows=said.skip_rows or 0, encoding=said.encoding or "utf8", block_size=256 * rows
        )
        parsing = csv.ParseOptions(delimiter=separator, newlines_in_values=True)
        converting = csv.ConvertOptions(
            column_types=known, include_columns=columns, null_values=[""], strings_can_be_null=True
        )
        return csv.open_csv(path, reading, parsing, converting)

    with stream(None, FEWEST) as first:
        names = first.schema.names
    kinds = {name: pa.float64() if name in numbers else pa.string() for name in names}
    yield pa.schema(kinds), lambda columns, rows: stream(columns, rows, kinds)


def ahead(items: Iterable[Any]) -> Iterator[Any]:
    """Yield items that another thread makes, at most `AHEAD` of them before they are asked for."""
    each, end = iter(items), object()
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, each, end) for _ in range(AHEAD))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(pool.submit(next, each, end))
            yield item


@attrs.frozen(eq=False)
class Files:
    """Files of customers, and how they are read and scored.

    Parameters
    ----------
    model
        The model.
    score
        Scores a frame: `Scorer.score`.
    function
        What makes the columns that are written, of valid rows.
    paths
        The files.
    named, numbers
        Columns that are needed beside those of the model, and which of them hold numbers.
    options
        Arguments of `Scorer.score`.
    as_of
        The moment of scoring.
    form
        How text files are read: keys of `TableInput`.
    """

    model: OutcomeModel
    score: Callable[..., Scores]
    function: BatchFunction
    paths: Sequence[Path]
    named: tuple[str, ...]
    numbers: tuple[str, ...]
    options: Mapping[str, Any]
    as_of: object
    form: Mapping[str, Any]

    def batches(self) -> Iterator[tuple[str, Any]]:
        """Yield each batch, and where it begins; the first is empty and has all columns of the first file.

        Raises
        ------
        DataError
            If a file cannot be read, or lacks columns that the first one has.
        """
        model, columns = keeping(self.model, self.named), list[str]()
        inputs = model.inputs or Inputs()
        said = attrs.evolve(inputs.table(inputs.customers), **self.form)
        named = {*columns_read(model, inputs), *map(str, self.options.values()), *self.named, "customer", "id"}
        for path in self.paths:
            with opened(path, said, () if model.inputs else self.numbers) as (schema, batches):
                if path is self.paths[0]:
                    columns = [name for name in schema.names if name in named]
                    yield path.name, schema.empty_table()
                if lacking := [name for name in columns if name not in schema.names]:
                    message = f"{path.name} has other columns than {self.paths[0].name}: it lacks {lacking[0]!r}"
                    raise DataError.of("other-columns", message, lacking[0], options=schema.names)
                first, rows = 0, min(max(BYTES // (8 * max(len(columns), 1)), FEWEST), MOST)
                for batch in batches(columns, rows):
                    yield f"{path.name}, rows from {first:,}", batch
                    first += batch.num_rows

    def scores(self) -> Iterator[tuple[str, Any, Scores]]:
        """Yield where each batch begins, what was scored of it, and the scores; another thread reads the next ones.

        Raises
        ------
        DataError
            With every problem of a batch, and where it begins.
        """
        pa = library("pyarrow", "reading files in batches", "parquet")
        model = keeping(self.model, self.named)
        measures = {*(measure.name for measure in model.measures), *model.columns}
        for where, batch in ahead(self.batches()):
            try:
                frame, report = batch, None
                texts = any(field.name in measures and not _is_number(field.type) for field in batch.schema)
                if model.inputs is not None or texts:
                    on_bad, table = self.options["on_bad"], pa.table(batch)
                    read = read_customers(model, table, as_of=self.as_of, on_bad=on_bad, by_row=True)
                    frame, report = read.frame, read.report
                scores = self.score(frame, progress=False, **self.options).with_reading(report)
            except DataError as error:
                raise error.inside(where) from error
            problems, notes = (*scores.problems,), (*scores.notes,)
            if report is not None:
                problems = (*report.problems, *problems)
                notes = (*map(str, report.findings), *report.left_out, *notes)
            scores.problems = tuple(problem.inside(where) for problem in problems)
            scores.notes = tuple(f"{where}: {note}" for note in notes)
            yield where, frame, scores

    def run(
        self,
        tally: Tally,
        to: Path | None,
        keep: Sequence[str],
        *,
        attribution: bool,
        points: bool,
        advance: Callable[[int], object] | None,
    ) -> None:
        """Add all scores to a tally, and write them to a file, without the rows set aside.

        Raises
        ------
        DataError
            If a file cannot be read or written, or customers cannot be scored; then nothing is written.
        """
        if to is not None and to.exists() and any(path.samefile(to) for path in self.paths):
            raise DataError(f"{to} is among the files that are read; write to another place")
        cells = [self.options[axis] for axis in AXES]
        with ExitStack() as stack:
            function = write = None
            for where, frame, scores in self.scores():
                tally.add(scores)
                if to is not None:
                    kept = [*scores.kept_columns(None), *keep, *(name for name in cells if name in scores.table)]
                    function = function or attrs.evolve(self.function, keep=kept, input_schema=frame.schema)
                    made = _of_scores(function, where, frame, scores)
                    if points:
                        made = _in_points(made, len(function.layout.kept), tally.model.steps if attribution else ())
                    write = write or stack.enter_context(_written(to, made.schema))
                    write(made.filter(scores.cell >= 0))
                if advance is not None:
                    advance(len(scores))


@contextmanager
def _written(path: Path, schema: Any) -> Iterator[Callable[[Any], object]]:
    """Open a file for record batches; it is there whole or not at all."""
    kind = file_kind(path)
    if kind not in WRITTEN:
        raise DataError(f"{path} cannot be written: in batches its suffix must be one of {', '.join(WRITTEN)}")
    with replacing(path, None) as file:
        if kind in PARQUET:
            parquet = library("pyarrow.parquet", "writing files in batches", "parquet")
            with parquet.ParquetWriter(file, schema) as writer, _behind(writer.write_batch) as write:
                yield write
        else:
            csv = library("pyarrow.csv", "writing files in batches", "parquet")
            options = csv.WriteOptions(delimiter="\t" if kind == ".tsv" else ",", quoting_style="needed")
            with csv.CSVWriter(file, schema, write_options=options) as writer, _behind(writer.write_batch) as write:
                yield write


@contextmanager
def _behind(write: Callable[[Any], object]) -> Iterator[Callable[[Any], object]]:
    """Give a function that hands batches to another thread to be written, of which few wait."""
    waiting: deque[Future[object]] = deque()
    with ThreadPoolExecutor(1) as pool:

        def later(made: Any) -> None:
            waiting.append(pool.submit(write, made))
            while len(waiting) > AHEAD:
                waiting.popleft().result()

        yield later
        for each in waiting:
            each.result()


def _of_scores(function: BatchFunction, where: str, frame: Any, scores: Scores) -> Any:
    pa = library("pyarrow", "reading files in batches", "parquet")
    try:
        return function.of_scores(frame, scores)
    except pa.ArrowException as error:
        message = f"{where}: a column kept is of another type than in the first file: {error}"
        raise DataError.of("other-columns", message) from error


def _in_points(made: Any, kept: int, steps: Sequence[Step]) -> Any:
    """Return scores, which begin with columns kept, state and D, with D in points too, and parts called so."""
    pa, compute = (library(name, "reading files in batches", "parquet") for name in ("pyarrow", "pyarrow.compute"))
    names, columns = list(made.schema.names), list(made.columns)
    names[len(names) - len(steps) :] = [f"{PART}{step.name}" for step in steps]
    names.insert(kept + 1, "score")
    columns.insert(kept + 1, compute.multiply(columns[kept + 1], 100.0))
    return pa.RecordBatch.from_arrays(columns, names)


def _is_number(kind: Any) -> bool:
    types = library("pyarrow.types", "reading files in batches", "parquet")
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind))
