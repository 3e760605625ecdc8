"""How benchmarks measure: runs interleaved, medians, the limit of the memory in the same run, and peak memory."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = 7
#: The name of the way that does nothing but copy: no way that reads all columns can be faster.
LIMIT = "np.copyto of the columns: the limit"
KILOBYTES = 1024.0


def copies(columns: list[np.ndarray]) -> Callable[[], None]:
    """Return a function that copies columns into memory that is there already."""
    rooms = [np.zeros_like(column) for column in columns]

    def limit() -> None:
        for room, column in zip(rooms, columns, strict=True):
            np.copyto(room, column)

    return limit


def medians(ways: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each way; runs are interleaved, so that a busy moment hits all of them."""
    for way in ways.values():
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in taken.items()}


def peak_memory(make: Callable[..., Mapping[str, Callable[[], Any]]], name: str, *args: Any) -> float:
    """Return by how many MB one way raises the memory of a process of its own, which holds the data; NaN off Linux."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (make, name, args))


def _peak(make: Callable[..., Mapping[str, Callable[[], Any]]], name: str, args: tuple[Any, ...]) -> float:
    forget = Path("/proc/self/clear_refs")
    if not forget.exists():
        return float("nan")
    way = make(*args)[name]
    forget.write_text("5", encoding="ascii")  # the peak starts anew
    before = _memory("VmRSS")
    way()
    return _memory("VmHWM") - before


def _memory(what: str) -> float:
    """Return a line of the process's status, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / KILOBYTES
