"""Fixtures for all tests: where the shared real data and published answers lie, when they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # workers share the processors: threads that wait for one another slow all down
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs ../shared/{name}, which is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real customer data."""
    return _folder("data")


@pytest.fixture(scope="session")
def shared_oracles() -> Path:
    """The folder of published answers."""
    return _folder("oracles")
