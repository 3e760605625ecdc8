"""Named rules that are run and counted, frames to try the code of others on; curves, gates and joins held to rules.

Curves, gates and joins are functions of numbers in [0, 1]: what their definitions try on a small grid is tried here at
scattered points; what only the kit looks at stands here.
"""

from __future__ import annotations

import contextlib
import copy
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

import outcomegap as og
from outcomegap.checks import whole
from outcomegap.frames import wrap
from outcomegap.frames.arrays import is_null
from outcomegap.listing import counted
from outcomegap.model.custom import PIECES, try_out
from outcomegap.model.gate import NumericGate, gates_of
from outcomegap.model.model import CustomJoin, as_join
from outcomegap.model.step import CustomCurve, as_curve

#: What the definitions of all functions try too, by the kit's names.
TRIED = ("pieces", "shape", "finite", "range", "ends", "monotone", "untouched")
T = TypeVar("T")
Array = NDArray[Any]
#: Says something of each row of a frame, by name.
Say = Callable[[Any], Mapping[str, ArrayLike]]
#: By kind of function; what is optional is tried where it has that.
FUNCTIONS = {
    "curve": (*TRIED, "slope", "scalar_text"),
    "gate": (*TRIED, "gradient", "scalar_text", "multilinear"),
    "join": (*TRIED, "slopes", "parts"),
}
OPTIONAL = ("scalar_text", "multilinear")
#: What the kit calls otherwise than definitions do.
CALLED = {"fails": "shape", "row-by-row": "splitting"}
#: How many scattered points are looked at, beside the ends and the corners; how many differences are told.
POINTS, TOLD = 400, 5
ROUNDING = 1e-9


class CheckFailed(AssertionError):  # noqa: N818 - it reads as what happened
    """Raised if the checked object breaks rules.

    Attributes
    ----------
    subject
        What was checked.
    failures
        Pairs of a rule's name and what broke it.

    Examples
    --------
    >>> failed = CheckFailed("curve 'steep'", [("range", "leaves [0, 1]: 0 to 1.5")])
    >>> failed.rules
    ('range',)
    >>> print(failed)
    curve 'steep' breaks 1 rule
      range: leaves [0, 1]: 0 to 1.5
    """

    def __init__(self, subject: str, failures: Sequence[tuple[str, str]]) -> None:
        self.subject, self.failures = subject, tuple(failures)
        head = f"{subject} breaks {counted(len(self.rules), 'rule')}"
        super().__init__("\n  ".join([head, *(f"{rule}: {said}" for rule, said in failures)]))

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules that failed."""
        return tuple(dict.fromkeys(rule for rule, _ in self.failures))

    def __reduce__(self) -> tuple[type[CheckFailed], tuple[str, tuple[tuple[str, str], ...]]]:
        return (type(self), (self.subject, self.failures))


class Unlooked(Exception):  # noqa: N818 - nothing is wrong: there was nothing to look at
    """Raised within a rule for which there is nothing to look at; says why."""


class RuleRunner:
    """Runs the rules that one thing is held to.

    Attributes
    ----------
    subject
        What is checked.
    place
        Where it is tried at the moment, such as ``"frame 2"``; empty where there is one place only.
    ran
        Names of the rules that looked at something.
    failures
        Pairs of a rule's name and what broke it.
    unlooked
        What was not looked at, by the reason.
    broken
        Pairs of a place and a rule that is broken there.

    Examples
    --------
    >>> run = RuleRunner("a number")
    >>> with run.rule("positive"):
    ...     need(3 > 0, "is not above 0")
    >>> with run.rule("even"):
    ...     raise Unlooked("no whole number is there")
    >>> run.done()
    a number: 1 check ran
      not looked at: even: no whole number is there
    1
    """

    def __init__(self, subject: str) -> None:
        self.subject, self.place = subject, ""
        self.ran: list[str] = []
        self.failures: list[tuple[str, str]] = []
        self.unlooked: dict[str, list[str]] = {}
        self.broken: set[tuple[str, str]] = set()

    @contextlib.contextmanager
    def rule(self, *names: str) -> Iterator[None]:
        """Run what stands below as the rule of that name; whatever it raises breaks the rule, but for `Unlooked`.

        Where it looks at several rules, it notes itself what breaks the others than the first.
        """
        name = names[0]
        self.ran += names
        try:
            yield
        except Unlooked as why:
            self.note(name, str(why))
            self.ran.pop()
        except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
            kind = "" if isinstance(error, (AssertionError, og.ModelError)) else f"{type(error).__name__}: "
            self.fail(name, f"{kind}{error}")

    def fail(self, name: str, said: str) -> None:
        """Note that a rule is broken."""
        self.broken.add((self.place, name))
        self.failures.append((name, f"{said} ({self.place})" if self.place else said))

    def note(self, what: str, why: str) -> None:
        """Note what was not looked at, and why."""
        names = self.unlooked.setdefault(f"{why} ({self.place})" if self.place else why, [])
        names += [what] if what not in names else []

    def failed(self, *names: str) -> bool:
        """Return whether one of these rules is broken at this place; any rule, if none is named."""
        return any(place == self.place and (rule in names or not names) for place, rule in self.broken)

    def done(self) -> int:
        """Print how many checks ran and what was not checked; return how many ran.

        Raises
        ------
        CheckFailed
            If any rule failed.
        """
        if self.failures:
            raise CheckFailed(self.subject, self.failures)
        print(f"{self.subject}: {counted(len(self.ran), 'check')} ran")
        for why, names in self.unlooked.items():
            print(f"  not looked at: {', '.join(names)}: {why}")
        return len(self.ran)


def need(held: object, message: str) -> None:
    """Raise AssertionError unless something holds; also where assertions are switched off."""
    if not held:
        raise AssertionError(message)


def look(there: object, why: str) -> None:
    """Say that there is nothing to look at, unless something is there."""
    if not there:
        raise Unlooked(why)


def nowhere(wrong: ArrayLike, message: str) -> None:
    """Check that no row has a fault; otherwise name the first that has."""
    need(not np.any(wrong), f"{message}, in row {int(np.argmax(wrong))}")


def near(found: ArrayLike, wanted: ArrayLike, what: str, slack: float = 1e-9) -> None:
    """Make sure that two arrays are the same but for `slack`, relative above 1; NaN only where the other is NaN."""
    said = difference(found, wanted, what, slack)
    need(not said, said)


def difference(found: ArrayLike, wanted: ArrayLike, what: str, slack: float = 1e-9) -> str:
    """Say where one array differs most from another, or first where they hold no numbers; empty where it does not."""
    a, b = np.asarray(found), np.asarray(wanted)
    if a.shape != b.shape:
        return f"{what}: shape {a.shape} instead of {b.shape}"
    if a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
        a, b = a.astype(np.float64), b.astype(np.float64)
        x, y = np.nan_to_num(a), np.nan_to_num(b)  # what is infinite becomes the largest number that there is
        beyond = np.abs(x - y) - slack * np.maximum(1.0, np.abs(y))
        apart = np.where(np.isnan(a) == np.isnan(b), beyond, np.inf)
    else:
        pairs = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
        apart = np.array([not _same(x, y, slack) for x, y in pairs], dtype=np.float64).reshape(a.shape)
    if not (apart > 0).any():
        return ""
    at = tuple(int(index) for index in np.unravel_index(apart.argmax(), a.shape))
    one, other = (f"{v[at]:.9g}" if v.dtype.kind == "f" else f"{np.asarray(v[at]).tolist()!r:.60}" for v in (a, b))
    return f"{what}: {one} instead of {other} at {', '.join(map(str, at))}"


def _same(x: object, y: object, slack: float) -> bool:
    if is_null(x) or is_null(y):
        return is_null(x) and is_null(y)
    if isinstance(x, (int, float)) and isinstance(y, (int, float)):
        return x == y or abs(x - y) <= slack * max(1.0, min(abs(x), abs(y)))
    return bool(x == y)


def differences(
    found: Mapping[str, ArrayLike], wanted: Mapping[str, ArrayLike], one: str, other: str, slack: float = 1e-9
) -> list[str]:
    """Say what differs between two sets of statements, and what only one of them says."""
    told = [difference(found[name], wanted[name], name, slack) for name in wanted if name in found]
    for names, whose in ((set(found) - set(wanted), one), (set(wanted) - set(found), other)):
        told += [f"only {whose} says {name}" for name in sorted(names)]
    return [*filter(None, told)]


def need_none(differences: Sequence[str], before: str = "") -> None:
    """Check that there are no differences; otherwise name the first few in one sentence."""
    more = f"; and {len(differences) - TOLD} more" if len(differences) > TOLD else ""
    need(not differences, before + "; ".join(differences[:TOLD]) + more)


def pickled(value: T) -> T:
    """Return what comes back out of a pickle."""
    return pickle.loads(pickle.dumps(value))  # type: ignore[no-any-return]  # noqa: S301 - our own bytes


# Frames handed to the code of others


class Frame:
    """Customers to try something on, and frames of the same kind with other rows or other values."""

    def __init__(self, native: Any) -> None:
        self.native, self.table = native, wrap(native)

    def copy(self) -> Any:
        """Return a copy, for code that may change it; a frame that nobody can copy nobody can change."""
        with contextlib.suppress(Exception):  # whatever the kind of frame raises, such as a relation of DuckDB
            return copy.deepcopy(self.native)
        return self.native

    def columns(self) -> dict[str, Array]:
        """Return all columns as arrays of their own."""
        return {name: self.table.values(name).copy() for name in self.table.names}

    def rows(self, rows: Any) -> Any:
        """Return a frame of some rows."""
        return self.table.build(of_rows(self.columns(), rows), index_like=False)

    def changed(self, columns: Mapping[str, Array]) -> Any:
        """Return a frame with other values in some columns."""
        return self.table.build(self.columns() | dict(columns), index_like=False)

    def numbers(self, names: Iterable[str]) -> dict[str, Array]:
        """Return columns as numbers, NaN where there is none; as far as they are there and hold numbers."""
        found = {name: self.table.floats(name) for name in names if name in self.table.names}
        return {name: np.array(each.values, dtype=np.float64) for name, each in found.items() if each.bad is None}

    def fractional(self) -> dict[str, Array]:
        """Return the columns of fractional numbers; whole ones may be ids and codes, and stay as they are."""

        def is_fractional(values: Array) -> bool:  # beside what is missing, numbers may have come as objects
            return values.dtype.kind == "f" or any(isinstance(v, float) and not is_null(v) for v in values.tolist())

        return self.numbers([name for name, values in self.columns().items() if is_fractional(values)])

    def without_gaps(self) -> Any:
        """Return a frame without missing numbers: each becomes the first of its column."""
        found = self.fractional()
        return self.changed({name: np.where(np.isnan(v), v[np.isnan(v).argmin()], v) for name, v in found.items()})

    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Return what holds each column, and of which type its values are."""
        holders = self.native if isinstance(self.native, Mapping) else {}
        found = {}
        for name, values in self.columns().items():
            types = sorted({type(value).__name__ for value in values.tolist()})
            found[name] = (type(holders.get(name)).__name__, str(values.dtype), *types)
        return found

    def contents(self) -> dict[str, Array]:
        """Return all that can be seen of it: its columns, and its index if it has one."""
        return self.columns() | ({"index": np.array(self.native.index)} if self.table.kind == "pandas" else {})


# What is said of a row hangs on that row alone, whoever says it: a curve, a gate, a join, an engine, a scorer


def of_rows(said: Mapping[str, ArrayLike], rows: Any) -> dict[str, Array]:
    """Return the values of some rows."""
    return {name: np.asarray(values)[rows] for name, values in said.items()}


def need_same(found: Mapping[str, ArrayLike], wanted: Mapping[str, ArrayLike], how: str) -> None:
    """Check that the same rows have the same values."""
    need_none(differences(found, wanted, "one", "the other"), f"{how}, something else is said of rows: ")


def check_row_by_row(run: RuleRunner, say: Say, frame: Frame, whole: Mapping[str, ArrayLike]) -> None:
    """Run the rules ``order`` and ``splitting``; `whole` is what `say` says of the frame."""

    def alike(rows: Array, how: str) -> None:
        need_same(say(frame.rows(rows)), of_rows(whole, rows), how)

    # The lowest, the middling and the highest apart: what hangs on the rest of the frame differs most between them.
    ranked = np.argsort(np.asarray(next(iter(whole.values())), dtype=np.float64), kind="stable")
    with run.rule("order"):
        alike(np.random.default_rng(1).permutation(len(ranked)), "shuffled")
    with run.rule("splitting"):
        for rows in np.array_split(ranked, min(len(ranked), 3)):
            alike(np.sort(rows), "in parts")
        for row in ranked[[0, len(ranked) // 2, -1]].tolist():
            alike(np.array([row]), f"row {row} alone")


def check_untouched(run: RuleRunner, call: Callable[[Any], Any], frame: Frame) -> None:
    """Run the rule ``untouched``: what is handed over comes back as it was."""
    with run.rule("untouched"):
        given = frame.copy()
        before, kinds = Frame(given).contents(), Frame(given).kinds()
        call(given)
        after, types = Frame(given).contents(), Frame(given).kinds()
        need_none(differences(after, before, "the frame afterwards", "the frame before", 0.0), "changes the frame: ")
        need(list(before) == list(after), "puts the columns of the frame in another order")
        changed = [repr(name) for name in kinds if kinds[name] != types[name]]
        need(not changed, f"changes what holds the values of the frame, or their type: {', '.join(changed)}")


# Curves, gates and joins


def check_curve(curve: Any) -> int:
    """Hold a curve to its rules.

    Parameters
    ----------
    curve
        A curve that ships or its name, such as ``"smooth"``, a list of knots, one of `outcomegap.curve`, or an object
        with the pieces of `Curve`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (one number a customer comes back), ``finite``,
        ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched`` (what
        it is given stays as it is), ``slope``, ``nulls``, ``pickles``, ``equal``, ``file``; and, where it has those,
        ``scalar_text`` and ``sql`` (looked at where DuckDB is installed). Where none of these is broken and a step
        refuses it all the same, the rule is the one that the step names.
    ModelError
        If a name is given that no curve has.

    Examples
    --------
    >>> from outcomegap.model import Smooth
    >>> check_curve(Smooth())
    curve 'smooth': 15 checks ran
    15
    """
    one = as_curve("check_curve", curve) if isinstance(curve, (str, list, tuple)) else curve
    return _check_function("curve", one, 1)


def check_gate(gate: Any, children: int = 3) -> int:
    """Hold a gate on numbers to its rules.

    Parameters
    ----------
    gate
        An object with the pieces of `CustomGate`, or a gate that ships, such as ``Weakest(a, b)``.
    children
        Over how many children, 1 or more; a gate that ships has its own.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (one number a customer comes back), ``finite``,
        ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``gradient``, ``multilinear``, ``pickles``, ``equal``, ``file``; and, where it has those, ``scalar_text`` and
        ``sql`` (looked at where DuckDB is installed). Where none of these is broken and `Numeric` refuses it all the
        same, the rule is the one that `Numeric` names.
    DataError
        If `children` is below 1.

    Examples
    --------
    >>> from outcomegap.model import Measure, SuccessGap, Weakest
    >>> a, b = (SuccessGap(n, Measure(n), floor=0, target=1) for n in "ab")
    >>> check_gate(Weakest(a, b))
    gate 'weakest': 14 checks ran
    14
    """
    count = len(gate.children) if isinstance(gate, NumericGate) else whole("children", children, 1)
    return _check_function("gate", gate, count)


def check_join(join: Any) -> int:
    """Hold a rule that joins R and E to its rules.

    Parameters
    ----------
    join
        ``"product"`` or ``"weakest"``, a `WeightedJoin`, or an object with the pieces of `Join`.

    Returns
    -------
    int
        How many checks ran; it is printed as well, with what there was nothing to look at for.

    Raises
    ------
    CheckFailed
        With each rule that it breaks, by name: ``pieces``, ``shape`` (one number a customer comes back), ``finite``,
        ``range``, ``ends``, ``monotone``, ``bounds``, ``order``, ``splitting``, ``untouched``,
        ``slopes``, ``parts``, ``pickles``, ``equal``, ``file``. Where none of these is broken and a desired outcome
        refuses it all the same, the rule is the one that it names.
    ModelError
        If a name is given that no join has.

    Examples
    --------
    >>> check_join("product")
    join 'product': 15 checks ran
    15
    """
    return _check_function("join", as_join("check_join", join) if isinstance(join, str) else join, 2)


def _check_function(kind: str, given: Any, count: int) -> int:
    """Run all rules of a function of `count` numbers."""
    called = getattr(given, "name", None) or getattr(given, "kind", given)
    run, at = RuleRunner(f"{kind} {called!r:.60}"), _points(count)
    own = getattr(given, "gate", given)  # the user's own object in `Numeric`

    def value(sides: Sequence[Array], one: Any = given) -> Array:
        with np.errstate(all="ignore"):  # what comes of divisions by 0 and the like is looked at
            code, copies = getattr(one, PIECES[kind][1]), [side.copy() for side in sides]
            found = code(copies) if kind == "gate" else code(*copies)
        return np.broadcast_to(np.asarray(found, dtype=np.float64), sides[0].shape)

    with run.rule(*(rule for rule in FUNCTIONS[kind] if rule not in OPTIONAL or getattr(own, rule, None))):
        try:
            with np.errstate(all="ignore"):
                try_out(kind, own, run.subject, points=at)
        except og.ModelError as error:
            for finding in error.findings:
                if finding.rule != "name" or own.name is not None:  # a gate that ships has none of its own
                    run.fail(CALLED.get(finding.rule, finding.rule), finding.message)
    if run.failed("pieces", "shape", "finite"):
        return run.done()
    refused, here = run.failed(), value(at)
    if not run.failed("monotone"):  # what falls bounds nothing either
        with run.rule("bounds"):
            low, high = value([x * 0.7 for x in at]), value([x + 0.3 * (1 - x) for x in at])
            need((low <= here + ROUNDING).all(), "is above its value where everything is higher: no lower bound")
            need((here <= high + ROUNDING).all(), "is below its value where everything is lower: no upper bound")
    frame = Frame({f"number {side + 1}": x for side, x in enumerate(at)})
    check_row_by_row(run, lambda frame: {"its value": value([*frame.values()])}, frame, {"its value": here})
    if kind == "curve":
        with run.rule("nulls"):
            z = np.array([0.25, np.nan, 0.75])
            near(value([z])[[0, 2]], value([z[[0, 2]]]), "a value beside NaN")
            need(np.isnan(value([z])[1]), "NaN does not stay NaN")
    with run.rule("pickles"):
        near(value(at, pickled(given)), here, "what comes out of a pickle")
    if getattr(own, "sql", None) is not None:
        with run.rule("sql"):
            look(find_spec("duckdb"), "DuckDB is not installed")
            near(_sql(own.sql, at), here, "sql against arrays", 1e-12)
    if refused:  # a model refuses it for that too
        return run.done()
    try:
        model = _model(count, **{kind: given})
    except og.ModelError as error:
        run.fail(error.findings[0].rule, str(error))
        return run.done()
    if not run.failed("pickles"):
        with run.rule("equal"):
            for again in (pickled(model), _model(count, **{kind: pickled(given)})):
                need(model == again and hash(model) == hash(again), "a model with it is not equal to its copy")
    check_file(run, model)
    return run.done()


def check_file(run: RuleRunner, model: og.OutcomeModel) -> None:
    """Run the rule ``file``: a model comes back out of a file that names what it holds of the user's own."""
    with run.rule("file"):
        roots = [root for o in model.desired_outcomes for root in (o.required.needs, o.experience.expects)]
        gates = {gate.gate.name: gate.gate for gate in gates_of(*roots) if isinstance(gate, og.Numeric)}
        joins = {o.join.name: o.join.rule for o in model.desired_outcomes if isinstance(o.join, CustomJoin)}
        curves = {s.curve.curve.name: s.curve for s in model.steps if isinstance(s.curve, CustomCurve)}
        for form in ("toml", "json"):
            again = og.loads(og.dumps(model, form), form, gates=gates, joins=joins, curves=curves)
            need(again == model, f"does not come back out of a {form} file")


def _points(count: int) -> list[Array]:
    """Return points in the unit cube, one array a side: all zeros first, all ones last, corners, and scattered ones."""
    rng = np.random.default_rng(count)
    inner = rng.random((POINTS, count))
    corners = rng.integers(0, 2, (POINTS // 4, count)).astype(np.float64)
    rows = np.vstack([np.zeros(count), inner, corners, np.full(count, 0.5), np.ones(count)])
    return [np.ascontiguousarray(column) for column in rows.T]


def _sql(text: str, at: Sequence[Array]) -> Array:
    """Return what an expression says in DuckDB, in the order of the points."""
    import duckdb

    names = [f"x{number}" for number in range(len(at))]
    given = ", ".join(f"?::DOUBLE AS {name}" for name in names)
    query = f"SELECT ({text.format(*names, z=names[0])})::DOUBLE FROM (SELECT {given})"  # noqa: S608 - the user's own text
    rows = [[float(number) for number in row] for row in zip(*at, strict=True)]
    with duckdb.connect() as connection:
        return np.array([connection.execute(query, row).fetchall()[0][0] for row in rows], dtype=np.float64)


def _model(count: int, *, gate: Any = None, curve: Any = "linear", join: Any = "product") -> og.OutcomeModel:
    gaps = [og.SuccessGap(f"gap {i}", og.Measure(f"m{i}"), floor=0, target=1, curve=curve) for i in range(count)]
    needs: Any = gate if isinstance(gate, NumericGate) else og.Numeric(gate, *gaps) if gate is not None else gaps[0]
    wish = og.Expectation("wish", og.Measure("e"), floor=0, target=1)
    required, suits = og.RequiredOutcome("required", needs=needs), og.AppropriateExperience("suits", expects=wish)
    return og.OutcomeModel("checked", desired_outcomes=[og.DesiredOutcome(required, suits, join=join)])
