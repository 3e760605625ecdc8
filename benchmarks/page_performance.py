"""Write docs/performance.md from one run: ``python -m benchmarks.page_performance > docs/performance.md``."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from benchmarks import bench_growth, bench_score
from outcomegap.listing import Listing

HEAD = """# How fast it is

<!-- printed by: python -m benchmarks.page_performance -->

Every figure on this page comes from one run of one command, with its peers measured in the same run, interleaved;
figures are medians of seven. Read them as ratios: `np.copyto` of the 24 columns is the limit of the memory, since no
way that reads all columns can be faster. Every peer is checked first to compute the same numbers.

Measured on {machine}, with {versions}.

`make bench` prints all tables: of one customer (`benchmarks.bench_one`), attribution (`bench_attribution`), files
larger than memory (`bench_files`), fitting (`bench_fit`), reading (`bench_csv`, `bench_intake`) and imports too.
[Files, warehouses, clusters](scale.md) has another page.

## A million customers
"""
GROWTH = """
## Against customers, steps and cells

The cost of a customer grows with the steps, and with nothing else; below ten thousand customers what is done once for
a batch weighs, and beyond the cache of the processor what is done once for a column.
"""
PACKAGES = ("numpy", "numba", "polars", "pandas", "duckdb", "numexpr", "jax", "scikit-learn")


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def versions() -> str:
    """Return the versions of the packages that are compared."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def block(listing: Listing) -> str:
    """Return a listing as it is printed."""
    return f"\n```text\n{listing.text(width=200).strip()}\n```\n"


def page(parts: Sequence[str]) -> str:
    """Return the page."""
    return HEAD.format(machine=machine(), versions=versions()) + "".join(parts)


def main() -> None:
    """Print the page."""
    scored, grown = map(block, bench_score.tables()), map(block, bench_growth.tables())
    print(page([*scored, GROWTH, *grown]), end="")


if __name__ == "__main__":
    main()
