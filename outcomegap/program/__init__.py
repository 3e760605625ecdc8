"""The program: a model compiled exactly into a flat table of instructions, and its numbers by cell."""

from outcomegap.program.bounds import (
    NO_COLUMN as NO_COLUMN,
    Bounds as Bounds,
    beyond_floor as beyond_floor,
    ends_of as ends_of,
    floors_and_targets as floors_and_targets,
)
from outcomegap.program.compile import Compiled as Compiled, Tables as Tables, compile_model as compile_model
from outcomegap.program.program import (
    Draw as Draw,
    Instruction as Instruction,
    MeanRows as MeanRows,
    Op as Op,
    Program as Program,
    Side as Side,
    mean_rows as mean_rows,
)
