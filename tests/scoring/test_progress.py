"""A progress bar where somebody is watching."""

from __future__ import annotations

import io
import sys

import pytest

from outcomegap.scoring import progress
from outcomegap.scoring.progress import LONG, bar


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize("total", [0, 5, LONG, 10 * LONG])
def test_none_where_nobody_watches(total, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with bar(total, show=None) as advance:
        assert advance is None
    assert sys.stderr.getvalue() == ""


def test_on_a_terminal_for_many_customers_only(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    with bar(LONG - 1, show=None) as advance:
        assert advance is None
    assert sys.stderr.getvalue() == ""
    with bar(LONG, show=None) as advance:
        advance(LONG // 2)
    assert "customers" in sys.stderr.getvalue()


def test_not_where_it_is_not_wanted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    with bar(LONG, show=False) as advance:
        assert advance is None
    assert sys.stderr.getvalue() == ""


def test_what_is_done_is_counted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Screen())
    with bar(10, show=True) as advance:
        for _ in range(5):
            advance(2)
        assert advance.__self__.n == 10
    assert "/10.0" in sys.stderr.getvalue()


def test_nothing_is_lost_without_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with bar(10, show=True) as advance:
        assert advance is None
    assert progress.LONG == LONG
