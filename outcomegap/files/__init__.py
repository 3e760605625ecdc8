"""Files: TOML, JSON and YAML <-> model; every mistake at once, each with its path.

A file names functions and curves; nothing in it is ever imported or run.
"""

from outcomegap.files.api import dump, dumps, load, loads
from outcomegap.files.forms import GATE_FORMS, GateForm, Parsed
from outcomegap.files.read import read_model
from outcomegap.files.schema import model_schema
from outcomegap.files.write import write_model

__all__ = [
    "GATE_FORMS",
    "GateForm",
    "Parsed",
    "dump",
    "dumps",
    "load",
    "loads",
    "model_schema",
    "read_model",
    "write_model",
]
