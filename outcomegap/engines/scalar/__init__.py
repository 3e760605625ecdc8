"""The scalar engine: straight-line Python for one customer, written and compiled for each cell on first use."""

from outcomegap.engines.scalar.kernel import Found as Found
from outcomegap.engines.scalar.kernel import Kernel as Kernel
from outcomegap.engines.scalar.kernel import ScalarEngine as ScalarEngine
