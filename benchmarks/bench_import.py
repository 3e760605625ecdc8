"""What ``import outcomegap`` costs beside ``import numpy``: fresh interpreters, best of nine, interleaved."""

from __future__ import annotations

import subprocess
import sys

from outcomegap.listing import Listing

ROUNDS = 9
STATEMENTS = {
    "import numpy": "import numpy",
    "import outcomegap": "import outcomegap",
    "import numpy, attrs": "import numpy, attrs",
    "and a model (og.OutcomeModel)": "import outcomegap as og; og.OutcomeModel",
    "and a scorer (og.Scorer)": "import outcomegap as og; og.Scorer",
}


def seconds(statement: str) -> float:
    """Time one statement in an interpreter of its own, without the interpreter's start."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the table."""
    best = dict.fromkeys(STATEMENTS, float("inf"))
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            best[name] = min(best[name], seconds(statement))
    base = best["import numpy"]
    columns = {
        "statement": list(best),
        "ms": [1000 * time for time in best.values()],
        "x import numpy": [time / base for time in best.values()],
    }
    print(Listing("", columns, formats={"ms": "{:.1f}".format, "x import numpy": "{:.2f}".format}))


if __name__ == "__main__":
    main()
