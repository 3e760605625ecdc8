"""The other forms of a curve or gate, as SQL and as Python text, held to what its arrays say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.scalar.own import written
from outcomegap.testing.kit import Checks, Unlooked, near

Array = NDArray[Any]


def other_forms(
    checks: Checks, one: Any, function: Callable[[Sequence[Array]], Any], named: Mapping[str, int], at: Sequence[Array]
) -> None:
    """Compare ``scalar_text`` and ``sql``, where there are such, with a function of arrays.

    Parameters
    ----------
    checks
        Where rules are run.
    one
        The curve or gate.
    function
        What it says of arrays.
    named
        Names of placeholders, by the number of what they stand for.
    at
        Points to look at.
    """

    def wanted() -> Array:
        return np.asarray(function([side.copy() for side in at]), dtype=np.float64)

    if getattr(one, "scalar_text", None) is not None:
        with checks.rule("scalar_text"):
            variables = {name: chr(ord("a") + number) for name, number in named.items()}
            scalar = written(checks.subject, one.scalar_text, variables, len(at))
            rows = zip(*(side.tolist() for side in at), strict=True)
            near([scalar(*row) for row in rows], wanted(), "scalar_text against arrays", 1e-12)
    if getattr(one, "sql", None) is not None:
        with checks.rule("sql"):
            if find_spec("duckdb") is None:
                raise Unlooked("DuckDB is not installed")
            near(_sql(one.sql, named, at), wanted(), "sql against arrays", 1e-12)


def _sql(text: str, named: Mapping[str, int], at: Sequence[Array]) -> Array:
    """Return what an expression says in DuckDB, in the order of the points."""
    import duckdb

    names = [f"x{number}" for number in range(len(at))]
    expression = text.format(*names, **{name: names[number] for name, number in named.items()})
    columns = ", ".join(f"unnest(?) AS {name}" for name in ("row", *names))
    values = [list(range(len(at[0]))), *(side.tolist() for side in at)]
    query = f"SELECT ({expression})::DOUBLE FROM (SELECT {columns}) ORDER BY row"  # noqa: S608 - the user's own text
    with duckdb.connect() as connection:
        return np.array(connection.execute(query, values).fetchall(), dtype=np.float64)[:, 0]
