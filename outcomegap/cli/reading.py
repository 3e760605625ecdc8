"""The CUSTOMERS argument: a file, read as the model's inputs say, and scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from outcomegap.errors import DataError, EngineError, OutcomeGapError, Problem
from outcomegap.frames import wrap
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.model import OutcomeModel
from outcomegap.scoring.groups import AXES, names_of

if TYPE_CHECKING:
    from outcomegap.intake import Customers
    from outcomegap.model.outline import Subject
    from outcomegap.scoring.views import ScoreViews


@attrs.frozen(eq=False)
class Read:
    """Customers read from a file, and their scores."""

    customers: Customers
    scores: Any  # Scores, or those of a scorer of the user's own

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why rows were set aside, on reading and on scoring."""
        return (*self.customers.report.problems, *self.scores.problems)

    @property
    def set_aside(self) -> int:
        """How many rows were."""
        return self.customers.report.set_aside + int((self.scores.cell < 0).sum())

    def to_dict(self) -> dict[str, Any]:
        """Return what was read and by what it was scored: where every answer in JSON begins."""
        return {
            "model": self.scores.model.name,
            "fingerprint": self.scores.model.fingerprint,
            "rows": self.customers.report.rows_in,
            "set_aside": self.set_aside,
            "problems": [problem.to_dict() for problem in self.problems],
            "reading": self.customers.report.to_dict(),
        }


def read_and_score(
    scorer: Any,
    source: Any,
    *,
    tables: Mapping[str, str] | None = None,
    as_of: str | None = None,
    id_column: str | None = None,
    columns: Sequence[str] = (),
) -> Read:
    """Read customers from a file, or from several tables, and score them; rows with something wrong are set aside.

    Parameters
    ----------
    scorer
        A `Scorer`, a model to make one of, or a scorer of the user's own.
    source, tables, as_of
        As in `outcomegap.read_customers`.
    id_column
        The column of the frame that names a customer.
    columns
        Columns to hand on beside those that the model's inputs keep.

    Raises
    ------
    DataError
        If a file, or a whole column, cannot be used.
    """
    from outcomegap.intake import read_customers
    from outcomegap.scoring import Scorer

    scorer = Scorer(scorer) if isinstance(scorer, OutcomeModel) else scorer
    model = subject_of(scorer)
    outside = not isinstance(scorer, Scorer)
    told: DataError | None = None
    try:
        customers = read_customers(_keeping(model, columns), source, tables=tables, as_of=as_of, on_bad="set_aside")
    except DataError as error:
        told = _asked_for(error, columns)
        if not outside or told is error:
            raise told from error
        # They may be columns that the scorer makes.
        customers = read_customers(model, source, tables=tables, as_of=as_of, on_bad="set_aside")
    if isinstance(scorer, Scorer):
        return Read(customers, scorer.score(customers.frame, on_bad="set_aside", id=id_column))
    scores = _scored_by(scorer, customers.frame)
    if told is not None and scores.table.require(columns):
        raise told
    return Read(customers, scores if id_column is None else scores.named_by(id_column))


def _scored_by(scorer: Any, frame: Any) -> ScoreViews:
    """Return what a scorer of the user's own makes of a frame.

    Raises
    ------
    EngineError
        If it fails, or returns no scores that can be shown.
    """
    from outcomegap.scoring.views import ScoreViews

    try:
        scores = scorer.score(frame)
    except OutcomeGapError:
        raise
    except Exception as error:
        raise EngineError(f"scorer {scorer.name!r} fails: {type(error).__name__}: {error}") from error
    if not isinstance(scores, ScoreViews):
        message = f"scorer {scorer.name!r} returns {type(scores).__name__}; the command line needs og.OutcomeScores"
        raise EngineError(message)
    return scores


def _asked_for(error: DataError, columns: Sequence[str]) -> DataError:
    """Return the error with columns that an option names called so, not as what the inputs keep."""

    def said(problem: Problem) -> Problem:
        if problem.column not in columns or not problem.message.startswith("keep needs"):
            return problem
        message = problem.message.replace("keep needs", "an option names", 1)
        return attrs.evolve(problem, message=message)

    problems = [said(problem) for problem in error.problems]
    if problems == list(error.problems):
        return error
    return DataError.all("the customers' table", problems)


def subject_of(scorer: Any) -> Subject:
    """Return a model, a scorer's model, or what a scorer of the user's own says of itself."""
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.outcome_scorer import outline_of

    if isinstance(scorer, OutcomeModel):
        return scorer
    return scorer.model if isinstance(scorer, Scorer) else outline_of(scorer)


def _keeping(model: Subject, columns: Sequence[str]) -> Subject:
    """Return the model with inputs that hand on some columns more; without inputs all are handed on."""
    if model.inputs is None:
        return model
    cells = [axis for axis in AXES if names_of(model, axis) or getattr(model.inputs, axis) is not None]
    measures = (*model.inputs.measures, *model.columns, *(measure.name for measure in model.measures))
    there = {"id", *cells, *model.inputs.keep, *measures}
    more = {column: column for column in columns if column not in there}
    if not more:
        return model
    return attrs.evolve(model, inputs=attrs.evolve(model.inputs, keep={**model.inputs.keep, **more}))


def rejects_of(read: Read) -> dict[str, Any] | None:
    """Return the rows set aside as columns, each with its problem; None where there is none.

    Rows set aside on reading stand as they came, those set aside on scoring after them, as they were read.
    """
    parts: list[dict[str, Any]] = []
    if read.customers.rejects is not None:
        table = wrap(read.customers.rejects)
        parts.append({name: table.values(name) for name in table.names})
    lost = np.flatnonzero(read.scores.cell < 0)
    if len(lost):
        table = read.scores.table
        reasons = [_reason(read.scores, row) for row in lost.tolist()]
        parts.append({name: table.values(name)[lost] for name in table.names} | {"problem": objects(reasons)})
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _joined(parts, name) for name in names} or None


def _joined(parts: list[dict[str, Any]], name: str) -> Any:
    """Return one column of all parts, None where a part does not have it."""
    found: list[Any] = []
    for part in parts:
        found += plain_values(part[name]) if name in part else [None] * len(part["problem"])
    return objects(found)


def _reason(scores: ScoreViews, row: int) -> str:
    known = [problem.message for problem in scores.problems if row in problem.rows]
    return "; ".join(known or sorted({problem.message for problem in scores.problems}))
