"""The vectorized engine: cache-sized blocks of customers, register reuse, forward and reverse passes."""

from outcomegap.engines.numpy_blocks.batch import SET_ASIDE as SET_ASIDE
from outcomegap.engines.numpy_blocks.batch import Batch as Batch
from outcomegap.engines.numpy_blocks.batch import Block as Block
from outcomegap.engines.numpy_blocks.engine import NumpyBlocks as NumpyBlocks
from outcomegap.engines.numpy_blocks.engine import Result as Result
from outcomegap.engines.numpy_blocks.engine import Work as Work
