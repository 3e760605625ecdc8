"""The vectorized engine: cache-sized blocks of customers, register reuse, forward and reverse passes."""

from outcomegap.engines.numpy_blocks.batch import SET_ASIDE as SET_ASIDE, Batch as Batch, Block as Block
from outcomegap.engines.numpy_blocks.engine import NumpyBlocks as NumpyBlocks, Result as Result, Work as Work
