"""Named rules, run one after another: how many ran, which of them failed, and which had nothing to look at."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from outcomegap.errors import ModelError
from outcomegap.frames.arrays import is_null
from outcomegap.listing import counted

T = TypeVar("T")


class CheckFailed(AssertionError):  # noqa: N818 - it reads as what happened
    """What was checked breaks rules.

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
        Whether anything was found broken while the last rule was run.

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
        self.broken = False

    @contextlib.contextmanager
    def rule(self, *names: str) -> Iterator[None]:
        """Run what stands below as the rule of that name; whatever it raises breaks the rule, but for `Unlooked`.

        Where it looks at several rules, it notes itself what breaks the others than the first.
        """
        before, name = len(self.failures), names[0]
        self.ran += names
        try:
            yield
        except Unlooked as why:
            self.note(name, str(why))
            self.ran.pop()
        except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
            kind = "" if isinstance(error, (AssertionError, ModelError)) else f"{type(error).__name__}: "
            self.fail(name, f"{kind}{error}")
        self.broken = len(self.failures) > before

    def fail(self, name: str, said: str) -> None:
        """Note that a rule is broken."""
        self.failures.append((name, f"{said} ({self.place})" if self.place else said))

    def note(self, what: str, why: str) -> None:
        """Note what was not looked at, and why."""
        names = self.unlooked.setdefault(f"{why} ({self.place})" if self.place else why, [])
        names += [what] if what not in names else []

    def failed(self, *names: str) -> bool:
        """Tell whether one of these rules is broken; any at all, where none is named."""
        return any(rule in names or not names for rule, _ in self.failures)

    def done(self) -> int:
        """Say how many checks ran and what was not looked at; return how many ran.

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
    """Make sure that something holds of no row; else name the first of which it does."""
    if np.any(wrong):
        raise AssertionError(f"{message}, in row {int(np.argmax(wrong))}")


def near(found: ArrayLike, wanted: ArrayLike, what: str, slack: float = 1e-9) -> None:
    """Make sure that two arrays are the same but for `slack`, relative above 1; NaN only where the other is NaN."""
    said = difference(found, wanted, what, slack)
    need(not said, said)


def difference(found: ArrayLike, wanted: ArrayLike, what: str, slack: float = 1e-9) -> str:
    """Say where one array differs most from another; empty where it does not."""
    a, b = np.asarray(found), np.asarray(wanted)
    if a.shape != b.shape:
        return f"{what}: shape {a.shape} instead of {b.shape}"
    numbers = a.dtype.kind in "biuf" and b.dtype.kind in "biuf"
    pairs = [*zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    if numbers:
        x, y = np.nan_to_num(a.astype(np.float64)), np.nan_to_num(b.astype(np.float64))
        apart = np.where(np.isnan(a) != np.isnan(b), np.inf, np.abs(x - y) - slack * np.maximum(1.0, np.abs(y))).ravel()
    else:
        apart = np.array([not _same(x, y, slack) for x, y in pairs], dtype=np.float64)
    if not (apart > 0).any():
        return ""
    worst = int(apart.argmax())
    one, other = (f"{value:.9g}" if numbers else f"{value!r:.60}" for value in pairs[worst])
    return f"{what}: {one} instead of {other} at {', '.join(str(at) for at in np.unravel_index(worst, a.shape))}"


def _same(x: object, y: object, slack: float) -> bool:
    if isinstance(x, (int, float)) and isinstance(y, (int, float)) and not is_null(x) and not is_null(y):
        return abs(x - y) <= slack * max(1.0, abs(y))
    return bool(is_null(x) and is_null(y)) or (not is_null(x) and not is_null(y) and bool(x == y))


def pickled(value: T) -> T:
    """Return what comes back out of a pickle."""
    return pickle.loads(pickle.dumps(value))  # type: ignore[no-any-return]  # noqa: S301 - our own bytes
