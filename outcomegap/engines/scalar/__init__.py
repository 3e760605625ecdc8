"""The scalar engine: straight-line Python for one customer, written and compiled for each cell on first use."""

from outcomegap.engines.scalar.engine import ScalarEngine
from outcomegap.engines.scalar.kernel import Found, Kernel

__all__ = ["Found", "Kernel", "ScalarEngine"]
