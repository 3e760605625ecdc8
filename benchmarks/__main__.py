"""Print every benchmark's table: ``python -m benchmarks``."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks


def main() -> None:
    """Run each ``bench_*`` module's ``main``."""
    for found in sorted(pkgutil.iter_modules(benchmarks.__path__), key=lambda module: module.name):
        if found.name.startswith("bench_"):
            print(f"\n== {found.name} " + "=" * (100 - len(found.name)))
            importlib.import_module(f"benchmarks.{found.name}").main()


if __name__ == "__main__":
    main()
