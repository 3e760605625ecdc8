"""Files: TOML, JSON, YAML and sheets <-> model; every mistake at once, each with its path.

A file names functions and curves; nothing in it is ever imported or run.
"""

from outcomegap.files.load import dump as dump, dumps as dumps, load as load, loads as loads
from outcomegap.files.model_file import (
    model_schema as model_schema,
    read_model as read_model,
    write_model as write_model,
)
