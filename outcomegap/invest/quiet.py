"""Keeping off stdout what a solver prints by itself, past Python and its options."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

STDOUT = 1


class _Away:
    """Turns the process's stdout away; it is one for all threads, so the last who needs that turns it back."""

    def __init__(self) -> None:
        self.lock, self.inside, self.kept = threading.Lock(), 0, -1

    def __enter__(self) -> None:
        with self.lock:
            if not self.inside:
                self.kept = os.dup(STDOUT)
                _flush()
                with Path(os.devnull).open("wb") as nowhere:
                    os.dup2(nowhere.fileno(), STDOUT)
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if not self.inside:
                _flush()
                os.dup2(self.kept, STDOUT)
                os.close(self.kept)


_AWAY = _Away()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep off stdout what is printed below Python, as far as nothing else can be lost by it.

    A solver's notes are better than lost lines of a program: where other threads run and Python itself prints to this
    stdout, it stays where it is. So too where there is none. It is turned back whatever happens.

    Examples
    --------
    >>> with quiet():
    ...     _ = os.write(1, b"a note of the solver")
    """
    others = False
    if threading.active_count() > 1:
        with contextlib.suppress(AttributeError, OSError, ValueError):  # Python prints elsewhere
            others = sys.stdout.fileno() == STDOUT
    with contextlib.ExitStack() as stack:
        if _AWAY.inside or not others:
            with contextlib.suppress(OSError):  # there is no stdout
                stack.enter_context(_AWAY)
        yield


def _flush() -> None:
    with contextlib.suppress(Exception):  # where C's own buffer cannot be reached, a note may still come
        ctypes.CDLL(None).fflush(None)
