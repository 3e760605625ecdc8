"""The scalar engine: straight-line Python for one customer, written and compiled for each cell on first use."""

from outcomegap.engines.scalar.kernel import Found as Found, Kernel as Kernel, ScalarEngine as ScalarEngine
