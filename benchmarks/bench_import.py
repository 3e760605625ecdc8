"""What ``import outcomegap`` costs beside ``import numpy``: fresh interpreters, best of nine, interleaved."""

from __future__ import annotations

import subprocess
import sys

from outcomegap.frames import text_table

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
    rows = [[name, f"{1000 * time:.1f}", f"{time / base:.2f}"] for name, time in best.items()]
    print(text_table(["", "ms", "x import numpy"], rows, align="lrr"))


if __name__ == "__main__":
    main()
