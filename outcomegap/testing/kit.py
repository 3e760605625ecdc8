"""Named rules, run one after another: how many ran, and which of them failed."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.errors import ModelError

Array = NDArray[Any]


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
        count = len(self.rules)
        lines = [f"{subject} breaks {count} rule{'' if count == 1 else 's'}", *(f"{r}: {said}" for r, said in failures)]
        super().__init__("\n  ".join(lines))

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules that failed."""
        return tuple(dict.fromkeys(rule for rule, _ in self.failures))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.subject, self.failures))


class Checks:
    """The rules that one thing is held to.

    Examples
    --------
    >>> checks = Checks("a number")
    >>> with checks.rule("positive"):
    ...     need(3 > 0, "is not above 0")
    >>> checks.done()
    a number: 1 check ran
    1
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.ran: list[str] = []
        self.failures: list[tuple[str, str]] = []

    @contextlib.contextmanager
    def rule(self, name: str) -> Iterator[None]:
        """Run what stands below as the rule of that name; whatever it raises breaks the rule."""
        self.ran.append(name)
        try:
            yield
        except AssertionError as error:
            self.failures.append((name, str(error)))
        except ModelError as error:
            self.failures += [(name, str(finding)) for finding in error.findings] or [(name, str(error))]
        except Exception as error:  # noqa: BLE001 - it is the code of others that is looked at
            self.failures.append((name, f"{type(error).__name__}: {error}"))

    @property
    def passed(self) -> bool:
        """Whether no rule has failed so far."""
        return not self.failures

    def done(self) -> int:
        """Say how many checks ran, and return it.

        Raises
        ------
        CheckFailed
            If any rule failed.
        """
        if self.failures:
            raise CheckFailed(self.subject, self.failures)
        print(f"{self.subject}: {len(self.ran)} check{'' if len(self.ran) == 1 else 's'} ran")
        return len(self.ran)


def need(held: object, message: str) -> None:
    """Raise AssertionError unless something holds; also where assertions are switched off."""
    if not held:
        raise AssertionError(message)


def near(found: Any, wanted: Any, what: str, slack: float = 1e-9) -> None:
    """Make sure that two arrays are the same but for `slack`; NaN only where the other is NaN."""
    found, wanted = np.asarray(found, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    need(found.shape == wanted.shape, f"{what}: shape {found.shape} instead of {wanted.shape}")
    need((np.isnan(found) == np.isnan(wanted)).all(), f"{what}: NaN at other places")
    off = np.abs(np.nan_to_num(found) - np.nan_to_num(wanted))
    if off.size and off.max() > slack:
        place = np.unravel_index(int(off.argmax()), off.shape)
        need(held=False, message=f"{what}: {found[place]:.9g} instead of {wanted[place]:.9g} at {_at(place)}")


def copied(value: Any) -> Any:
    """Return what comes back out of a pickle."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


def _at(place: Sequence[Any]) -> str:
    return ", ".join(str(int(index)) for index in place)
