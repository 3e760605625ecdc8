"""The folder of published answers, which is not part of the project; tests that need it are skipped without it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared, which is not beside this checkout")


def rows(name):
    with (SHARED / "oracles" / "survey" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
