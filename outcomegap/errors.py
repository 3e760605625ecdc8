"""The exceptions; each message says what is wrong, where, and what to do.

A mistake in a model is a `Finding`, a mistake in data a `Problem`. Both are plain data. They are collected and raised
together in one `ModelError` or `DataError`.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, Literal

import attrs

Severity = Literal["error", "warning", "info"]

#: What `bare` takes off a name.
_DRESS = re.compile(r"(?<=\d)\.0+\s*$|[\W_]+|(?<![\d.,])0+(?=\d)")
#: How many items of a list a message shows before it counts the others.
SHOWN = 20
#: How many names are compared for the nearest one, and how many characters of each.
COMPARED, LONGEST = 10_000, 100


@attrs.frozen
class Finding:
    """What a rule found in a model.

    Parameters
    ----------
    rule
        Short stable name of the rule, such as ``"floor-is-target"``.
    where
        Path of the place in the model, such as ``"gaps.list built.target"``.
    message
        What is wrong and what to do.
    severity
        ``"error"`` (the model cannot be scored), ``"warning"`` or ``"info"``.
    count
        How many rows of data it concerns; 0 if it is about a model.

    Examples
    --------
    >>> print(Finding("unused", "measures.seats", "no step uses it", "warning"))
    warning: measures.seats: no step uses it [unused]
    """

    rule: str
    where: str
    message: str
    severity: Severity = "error"
    count: int = attrs.field(default=0, eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message} [{self.rule}]"

    def to_dict(self) -> dict[str, str]:
        """Return the finding as a plain dict, ready for JSON."""
        return {"rule": self.rule, "where": self.where, "message": self.message, "severity": self.severity}


@attrs.frozen
class Problem:
    """What is wrong with data, and where.

    Parameters
    ----------
    rule
        Short stable name, such as ``"unknown-segment"`` or ``"out-of-range"``.
    message
        What is wrong and what to do.
    column
        The column, if the problem is in one.
    value
        The first invalid value, as plain data.
    rows
        Positions (from 0) of the first rows with the problem.
    count
        The number of rows with the problem.
    suggestion
        The nearest valid name, if one is near.

    Examples
    --------
    >>> problem = Problem("unknown-segment", "no such segment", column="segment", value="enterprize",
    ...                   rows=(0,), count=1, suggestion="enterprise")
    >>> problem.to_dict()["suggestion"]
    'enterprise'
    """

    rule: str
    message: str
    column: str | None = None
    value: Any = None
    rows: tuple[int, ...] = ()
    count: int = 0
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.message} [{self.rule}]"

    def inside(self, where: str) -> Problem:
        """Return the same problem of a part of the data: a batch, a file."""
        return attrs.evolve(self, message=f"{where}: {self.message}")

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as plain data, ready for JSON."""
        data = attrs.asdict(self)
        data["rows"] = list(self.rows)
        plain = isinstance(self.value, (str, int, bool, type(None)))
        if not plain and not (isinstance(self.value, float) and math.isfinite(self.value)):
            data["value"] = str(self.value)
        return data


class OutcomeGapError(Exception):
    """Base class of every exception that this library raises on purpose.

    Examples
    --------
    >>> issubclass(DataError, OutcomeGapError), issubclass(DataError, ValueError)
    (True, True)
    """


class ModelError(OutcomeGapError, ValueError):
    """Raised for an invalid model or model file; `findings` holds every reason.

    Examples
    --------
    >>> import outcomegap as og
    >>> try:
    ...     og.Measure("delivery_rate", low=1, high=0)
    ... except og.ModelError as error:
    ...     print(error.findings[0])
    error: measures.delivery_rate: low 1 must be below high 0 [range]
    """

    def __init__(self, message: str, findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = tuple(findings)

    @classmethod
    def of(cls, rule: str, where: str, message: str) -> ModelError:
        """Make the error for one finding."""
        return cls(f"{where}: {message}", (Finding(rule, where, message),))

    @classmethod
    def all(cls, what: str, findings: Sequence[Finding]) -> ModelError:
        """Make one error out of many findings."""
        return cls(f"{what}: {_listing([str(f) for f in findings])}", findings)


class DataError(OutcomeGapError, ValueError):
    """Raised for data that cannot be scored; `problems` holds every reason.

    Examples
    --------
    >>> import outcomegap as og
    >>> scorer = og.Scorer(og.gallery.load("email-marketing"))
    >>> try:
    ...     scorer.score({"segment": ["startup"], "list_size": [250]})
    ... except og.DataError as error:
    ...     print(error.problems[0])
    there is no column 'stage' (known: 'segment', 'list_size') [missing-column]
    """

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = tuple(problems)

    @classmethod
    def of(
        cls, rule: str, message: str, column: str | None = None, value: Any = None, *, options: Iterable[str] = ()
    ) -> DataError:
        """Make the error for one problem; `options` are the valid names, of which the nearest is suggested."""
        known = list(options)
        problem = Problem(rule, message + hint(value, known), column, value, suggestion=nearest(value, known))
        return cls(str(problem), [problem])

    @classmethod
    def all(cls, what: str, problems: Sequence[Problem]) -> DataError:
        """Make one error out of many problems."""
        return cls(f"{what}: {_listing([str(p) for p in problems])}", problems)

    def inside(self, where: str) -> DataError:
        """Return the same error of a part of the data: a batch, a file."""
        return DataError(f"{where}: {self}", [problem.inside(where) for problem in self.problems])


class EngineError(OutcomeGapError, RuntimeError):
    """Raised when an engine cannot do its work: an extra is missing, or a size is beyond its limit.

    Examples
    --------
    >>> import outcomegap as og
    >>> step = og.SuccessGap("calls", og.Measure("calls"), floor=0, target=1e40)
    >>> suits = og.Expectation("reply", og.Measure("hours"), floor=48, target=24)
    >>> outcome = og.DesiredOutcome(og.RequiredOutcome("sales", needs=step),
    ...                             og.AppropriateExperience("how", expects=suits))
    >>> try:
    ...     og.Scorer(og.OutcomeModel("phone", desired_outcomes=[outcome]), dtype="float32")
    ... except og.EngineError as error:
    ...     print(str(error).partition("; ")[2])
    score with dtype='float64'
    """


def library(name: str, what: str, extra: str) -> Any:
    """Load a library that an extra brings, or raise an EngineError that names the extra.

    Examples
    --------
    >>> library("no_such_library", "scoring files", "parquet")
    Traceback (most recent call last):
    ...
    outcomegap.errors.EngineError: scoring files needs no_such_library: install the extra outcomegap[parquet]
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        message = f"{what} needs {name.partition('.')[0]}: install the extra outcomegap[{extra}]"
        raise EngineError(message) from error


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the valid name most similar to `name`, or None.

    Examples
    --------
    >>> nearest("enterprize", ["startup", "enterprise"])
    'enterprise'
    """
    options, text = list(names), str(name)[:LONGEST] if not isinstance(name, int) else f"{name % 10**LONGEST}"
    folded = {option.casefold(): option for option in options}
    compared = [option for option in options[:COMPARED] if len(option) <= LONGEST]
    close = difflib.get_close_matches(text, compared, n=1, cutoff=0.6)
    return folded.get(text.casefold(), close[0] if close else None)


def folded(name: str) -> str:
    """Return a name without what only looks different: case, spaces, the width of letters.

    Examples
    --------
    >>> folded(" Pro\u00a0 Plan") == folded("pro plan")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def bare(name: str) -> str:
    """Return a name without what another table may write in another way: case, marks, zeros in front, ``.0`` behind.

    Examples
    --------
    >>> bare("K-0017 "), bare("k17"), bare("17.0"), bare("\uff11\uff17")
    ('k17', 'k17', '17', '17')
    """
    text = name.casefold() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()
    return _DRESS.sub("", text)


def written_alike(names: Iterable[object]) -> list[tuple[str, ...]]:
    """Return the names that differ only in case, spaces or width, together.

    Examples
    --------
    >>> written_alike(["enterprise", "startup", "Enterprise "])
    [('enterprise', 'Enterprise ')]
    """
    found: dict[str, list[str]] = {}
    texts = dict.fromkeys(name for name in names if isinstance(name, str))
    text = "\n".join(texts)  # quickly, there may be millions
    if text.isascii() and len(set(text.lower().replace(" ", "").split("\n"))) == len(texts):
        return []
    for name in texts:
        found.setdefault(folded(name), []).append(name)
    return [tuple(same) for same in found.values() if len(same) > 1]


def nearest_first(name: str, names: Iterable[str]) -> list[str]:
    """Return the names, those first that are like a name, so that a list that is cut shows them.

    Examples
    --------
    >>> nearest_first("tz", ["file", "by", "time"])
    ['time', 'file', 'by']
    """
    options = list(names)
    return list(dict.fromkeys([*difflib.get_close_matches(name[:LONGEST], options, n=8, cutoff=0.3), *options]))


def hint(name: object, names: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)``, or the valid names if none is similar.

    Examples
    --------
    >>> hint("enterprize", ["startup", "enterprise"])
    " (did you mean 'enterprise'?)"
    """
    options = list(names)
    near = nearest(name, options)
    if near is not None:
        return f" (did you mean {near!r}?)"
    if not options:
        return ""
    shown = ", ".join(repr(o) for o in options[:8])
    return f" (known: {shown}{', ...' if len(options) > 8 else ''})"


def _listing(lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return f"{len(lines)} problems\n  " + "\n  ".join([*lines[:SHOWN], *more])
