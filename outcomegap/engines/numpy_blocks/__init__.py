"""The vectorized engine: cache-sized blocks of customers, register reuse, forward and reverse passes."""

from outcomegap.engines.numpy_blocks.batch import SET_ASIDE, Batch, Block
from outcomegap.engines.numpy_blocks.engine import NumpyBlocks, Result, Work

__all__ = ["SET_ASIDE", "Batch", "Block", "NumpyBlocks", "Result", "Work"]
