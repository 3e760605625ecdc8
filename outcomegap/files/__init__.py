"""Files: TOML, JSON, YAML and sheets <-> model; every mistake at once, each with its path.

A file names functions and curves; nothing in it is ever imported or run.
"""

from outcomegap.files.load import dump as dump
from outcomegap.files.load import dumps as dumps
from outcomegap.files.load import load as load
from outcomegap.files.load import loads as loads
from outcomegap.files.model_file import read_model as read_model
from outcomegap.files.model_file import write_model as write_model
from outcomegap.files.schema import model_schema as model_schema
