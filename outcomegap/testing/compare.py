"""Everything that scores say of customers, and whether two of them say the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomegap.errors import EngineError
from outcomegap.frames import wrap
from outcomegap.scoring.columns import AVERAGED, COLUMNS, StepValue
from outcomegap.testing.rules import difference, need

Array = NDArray[Any]
#: What scores say of each customer: those that have numbers or a state at all, and all that may be there.
PER_CUSTOMER = (*AVERAGED, "coverage", "state")
ARRAYS = tuple(dict.fromkeys((*PER_CUSTOMER, *COLUMNS, "effective_score", "effective_state")))
#: What they say of each customer and step.
BY_STEP = get_args(StepValue)
#: What is said by scores of models only.
OF_MODELS = ("leverage", "unknown")
#: What scores hold of overrides.
OVERRIDDEN = {"overrides": "overrides that hold", "expired": "overrides that are past", "as_of": "the overrides' days"}
#: How many differences are told.
TOLD = 5


def assert_scores_equal(a: Any, b: Any, *, atol: float = 1e-9) -> None:
    """Make sure that two scores say the same of the same customers.

    Compared are ids, what they were scored by (its name and fingerprint), all arrays, what is said step by step (parts
    of the gap, gain, attainment, ...), columns of the scorer's own, and overrides. What one of them has no place for,
    such as the leverage of `OutcomeScores`, is left out; what one of them could say and does not is a difference.

    Parameters
    ----------
    a, b
        Scores, of this library or of your own scorer.
    atol
        How far numbers may be apart; above 1 it is relative.

    Raises
    ------
    AssertionError
        That names what differs, and where.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("airline")
    >>> frame = og.simulate(model, 20, seed=1)
    >>> scores = og.Scorer(model).score(frame)
    >>> assert_scores_equal(scores, og.Scorer(model, threads=1).score(frame))
    >>> try:
    ...     assert_scores_equal(scores, og.Scorer(model).score(og.simulate(model, 21, seed=1)))
    ... except AssertionError as error:
    ...     print(error)
    20 customers, and 21
    """
    for name, one in (("the first", a), ("the second", b)):
        lacks = [piece for piece in ("desired", "state", "__len__") if not hasattr(one, piece)]
        need(not lacks, f"{name} is no scores, but {type(one).__name__} (no {', '.join(lacks)}); hand two scores over")
    need(len(a) == len(b), f"{len(a)} customers, and {len(b)}")
    one, other = answers_of(a, strict=True), answers_of(b, strict=True)
    one, other = _comparable(one, b), _comparable(other, a)
    found = [*_other_differences(a, b), *differences(one, other, "the first", "the second", atol)]
    need_none(found)


def slack_of(scores: Any) -> float:
    """Return how far numbers may be apart by rounding: 1e-9, and more where scores are no float64."""
    kind = np.asarray(scores.desired).dtype
    return max(1e-9, 10 * float(np.finfo(kind).eps)) if kind.kind == "f" else 1e-9


def answers_of(scores: Any, *, strict: bool = False) -> dict[str, Array]:
    """Return everything that scores say of each customer, by name; what they do not say is left out.

    Numbers of rows, which frames have where customers have no ids, are no statement about a customer. What fails when
    it is asked for is left out as well, unless `strict`.
    """
    size, failing = len(scores), () if strict else (Exception,)
    arrays = {name: np.asarray(getattr(scores, name, None)) for name in ARRAYS}
    found = {name: array for name, array in arrays.items() if array.shape[:1] == (size,)}
    for name in BY_STEP:
        with contextlib.suppress(*failing):
            if (one := explanation_of(scores, name)) is not None:
                found[name], rest = np.asarray(one.values), getattr(one, "residual", None)
                if name == "attribution":
                    found["what attribution leaves"] = np.zeros(size) if rest is None else np.nan_to_num(rest)
    with contextlib.suppress(*failing):
        table = wrap(scores.to_frame() if callable(getattr(scores, "to_frame", None)) else {})
        for name in table.names:
            column = table.values(name)
            numbered = name == "row" and column.tolist() == list(range(size))
            twice = name in found and not difference(column, found[name], name)
            if len(column) == size and not numbered and not twice:
                found[f"column {name!r}"] = column
    return found


def explanation_of(scores: object, name: str) -> Any:
    """Return what scores say step by step under that name; None where they do not."""
    asked = getattr(scores, name, None)
    try:
        one = asked() if callable(asked) else None
    except EngineError:
        return None
    return one if hasattr(one, "values") else None


def _comparable(found: dict[str, Array], other: object) -> dict[str, Array]:
    """Leave out what the other has no place for, and the column that names customers: ids are compared as ids."""
    ids = f"column {getattr(other, 'id_column', None)!r}"
    return {
        name: values
        for name, values in found.items()
        if name != ids
        and (name not in (*ARRAYS, *BY_STEP) or hasattr(other, name))
        and (name not in OF_MODELS or explanation_of(other, name) is not None)
    }


def differences(
    found: Mapping[str, ArrayLike], wanted: Mapping[str, ArrayLike], one: str, other: str, slack: float = 1e-9
) -> list[str]:
    """Say what differs between two sets of statements, and what only one of them says."""
    told = [difference(found[name], wanted[name], name, slack) for name in wanted if name in found]
    for names, whose in ((set(found) - set(wanted), one), (set(wanted) - set(found), other)):
        told += [f"only {whose} says {name}" for name in sorted(names)]
    return [*filter(None, told)]


def need_none(differences: Sequence[str], before: str = "") -> None:
    """Make sure that there are no differences; else tell the first few as one sentence."""
    more = f"; and {len(differences) - TOLD} more" if len(differences) > TOLD else ""
    need(not differences, before + "; ".join(differences[:TOLD]) + more)


def _other_differences(a: object, b: object) -> Iterator[str]:
    """Say whether two scores are of other scorers, other customers, or under other overrides."""
    one, other = getattr(a, "model", None), getattr(b, "model", None)
    if one is not None and other is not None:
        called = f"scored by two that are called {one.name!r}, of different"
        if one.name != other.name:
            yield f"scored by {one.name!r}, and by {other.name!r}"
        elif type(one) is type(other) and getattr(one, "fingerprint", None) != getattr(other, "fingerprint", None):
            yield f"{called} fingerprints"
        elif [step.name for step in one.steps] != [step.name for step in other.steps]:
            yield f"{called} steps"
    if hasattr(a, "id") and hasattr(b, "id"):
        yield from filter(None, [difference(a.id, b.id, "id")])
    for name, what in OVERRIDDEN.items():
        if hasattr(a, name) and hasattr(b, name) and getattr(a, name) != getattr(b, name):
            yield f"{what} differ"
