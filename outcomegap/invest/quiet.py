"""Keeping off stdout what a solver prints by itself, past Python and its options."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator

STDOUT = 1


class _Turned:
    """Who has turned the process's stdout away, and where it was: it is one for all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.kept = -1

    def away(self) -> bool:
        """Turn stdout to nowhere, unless that is done already; tell whether it is turned."""
        with self.lock:
            if not self.inside and not self._turn():
                return False
            self.inside += 1
            return True

    def back(self) -> None:
        """Turn it back, once the last who turned it away is done."""
        with self.lock:
            self.inside -= 1
            if not self.inside:
                _flush()
                os.dup2(self.kept, STDOUT)
                os.close(self.kept)

    def _turn(self) -> bool:
        if _others_may_write():
            return False
        try:
            kept = os.dup(STDOUT)
        except OSError:  # there is no stdout
            return False
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
        except OSError:
            os.close(kept)
            return False
        self.kept = kept
        _flush()
        os.dup2(nowhere, STDOUT)
        os.close(nowhere)
        return True


_TURNED = _Turned()


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
    turned = _TURNED.away()
    try:
        yield
    finally:
        if turned:
            _TURNED.back()


def _others_may_write() -> bool:
    """Tell whether another thread could print to the process's own stdout meanwhile."""
    if threading.active_count() == 1:
        return False
    try:
        return sys.stdout.fileno() == STDOUT
    except (AttributeError, OSError, ValueError):  # Python prints elsewhere
        return False


def _flush() -> None:
    with contextlib.suppress(Exception):  # where C's own buffer cannot be reached, a note may still come
        ctypes.CDLL(None).fflush(None)
