"""The program: a model compiled exactly into a flat table of instructions, and its numbers by cell."""

from outcomegap.program.program import Instruction, MeanRows, Op, Program, Side
from outcomegap.program.tables import NO_COLUMN, Bounds, Compiled, Tables, compile_model

__all__ = [
    "NO_COLUMN",
    "Bounds",
    "Compiled",
    "Instruction",
    "MeanRows",
    "Op",
    "Program",
    "Side",
    "Tables",
    "compile_model",
]
