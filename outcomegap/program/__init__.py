"""The program: a model compiled exactly into a flat table of instructions, and its numbers by cell."""

from outcomegap.program.bounds import NO_COLUMN as NO_COLUMN
from outcomegap.program.bounds import Bounds as Bounds
from outcomegap.program.bounds import floors_and_targets as floors_and_targets
from outcomegap.program.program import Instruction as Instruction
from outcomegap.program.program import MeanRows as MeanRows
from outcomegap.program.program import Op as Op
from outcomegap.program.program import Program as Program
from outcomegap.program.program import Side as Side
from outcomegap.program.program import mean_rows as mean_rows
from outcomegap.program.tables import Compiled as Compiled
from outcomegap.program.tables import Tables as Tables
from outcomegap.program.tables import compile_model as compile_model
