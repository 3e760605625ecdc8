"""Attribution, leverage, gain and what is unknown, by compiled code: derivatives flow back through the same tables.

Where the order of operations is that of `NumpyBlocks`, so are the bits. Layers of counting gates are added up in
another order there; then results agree within rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.engines.compiled import NO_ROWS, CompiledBlocks
from outcomegap.engines.compiled_back import ATTAINMENT
from outcomegap.engines.numpy_blocks import Batch, Block, blocks

Array = NDArray[Any]
Nodes = tuple[NDArray[np.float64], NDArray[np.float64]]
#: The module of compiled code.
KERNEL = "outcomegap.engines.compiled_reverse_kernel"
#: Where each side is looked at if nothing is integrated: as it is, once.
HERE: Nodes = np.zeros(1), np.ones(1)


def explain(
    engine: CompiledBlocks, batch: Batch, what: int, nodes: Sequence[tuple[Nodes, Nodes]] | None = None
) -> Array:
    """Return values of each step of the model, shape (steps, customers); 0 where a cell does not have it.

    Attainments are NaN there, and where they are missing.

    Parameters
    ----------
    engine, batch
        The model and the customers.
    what
        What is computed.
    nodes
        For each program the nodes and weights with which each side is integrated along the line.
    """
    from outcomegap.engines.compiled_reverse_kernel import compiled_explain

    shape = len(engine.compiled.model.steps), len(batch)
    out = np.full(shape, np.nan, engine.dtype) if what == ATTAINMENT else np.zeros(shape, engine.dtype)
    columns, kept = engine.columns(batch)

    def run(block: Block) -> None:
        (required, experience), program = nodes[block.program] if nodes else (HERE, HERE), block.program
        t, weights = map(np.concatenate, zip(required, experience, strict=True))
        rows, start = (NO_ROWS, block.rows.start) if isinstance(block.rows, slice) else (block.rows, 0)
        targets = np.array(engine.compiled.programs[program].steps, dtype=np.int64)
        compiled_explain(
            what, rows, start, start + block.size, batch.cells, columns, *engine.backs[program],
            t, weights, len(required[0]), targets, out,
        )  # fmt: skip

    todo = list(blocks(engine.compiled, batch, [0] * len(engine.backs), 1))
    with ThreadPoolExecutor(engine.threads) as pool:
        list(pool.map(run, todo) if engine.threads > 1 else map(run, todo))
    del kept
    return out
