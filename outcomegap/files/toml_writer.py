"""Write TOML that people like to read: a header for each thing, short tables inline, long lists one item a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

#: What is longer than this is broken up.
WIDTH = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(data: dict[str, Any]) -> str:
    """Return plain data as TOML.

    Parameters
    ----------
    data
        Text, finite numbers, true and false, in lists and in dicts whose keys are text.

    Examples
    --------
    >>> print(toml_text({"name": "mail", "gaps": {"list built": {"target": {"default": 500, "enterprise": 50000}}}}))
    name = "mail"
    <BLANKLINE>
    [gaps."list built"]
    target = { default = 500, enterprise = 50000 }
    <BLANKLINE>
    """
    blocks = ["\n".join(lines) for lines in _table((), data)]
    return "\n\n".join(blocks) + "\n"


def _table(path: tuple[str, ...], table: dict[str, Any], *, item: bool = False) -> Iterator[list[str]]:
    """Yield the blocks of lines of a table: its own keys under its header, then a block each table below it."""
    below = {key: value for key, value in table.items() if _has_header(path, key, value)}
    lines = [f"{key_text(key)} = {_value(value, len(key) + 3)}" for key, value in table.items() if key not in below]
    if path and (lines or item or not below):
        name = ".".join(key_text(part) for part in path)
        lines.insert(0, f"[[{name}]]" if item else f"[{name}]")
    if lines:
        yield lines
    for key, value in below.items():
        if isinstance(value, list):
            for member in value:
                yield from _table((*path, key), member, item=True)
        else:
            yield from _table((*path, key), value)


def _has_header(path: tuple[str, ...], key: str, value: Any) -> bool:
    """Tell whether a value gets a header of its own: a section, a thing in a section, or what is too long."""
    if isinstance(value, list):
        tables = bool(value) and all(isinstance(item, dict) for item in value)
        return tables and not path and key == "desired_outcomes"
    if not isinstance(value, dict):
        return False
    if not path:
        return True
    if len(path) > 1:
        # Headers come after plain keys; the children of a mean, three tables down, keep their order.
        return (len(path) == 2 or path[0] == "inputs") and _too_long(key, value)
    if path[0] == "desired_outcomes":
        return key in ("required", "experience") or _too_long(key, value)
    if path[0] == "inputs":
        return (bool(value) and all(isinstance(item, dict) for item in value.values())) or _too_long(key, value)
    return True


def _too_long(key: str, value: dict[str, Any]) -> bool:
    return len(key_text(key)) + 3 + len(inline(value)) > WIDTH


def key_text(key: str) -> str:
    """Return a key, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    # The escapes of JSON are escapes of TOML too; only DEL needs one more.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def inline(value: Any) -> str:
    """Return a value on one line, as it stands behind ``=``."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key_text(key)} = {inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(inline(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _value(value: Any, before: int, indent: int = 0) -> str:
    """Return a value; a list that does not fit the line stands one item a line."""
    line = inline(value)
    if before + len(line) <= WIDTH or not isinstance(value, (list, dict)):
        return line
    if isinstance(value, dict):  # a table stays on its line, but the lists within it may be broken
        parts = [f"{key_text(key)} = {_value(item, before + len(key) + 3, indent)}" for key, item in value.items()]
        return f"{{ {', '.join(parts)} }}"
    margin = " " * (indent + 2)
    items = [f"{margin}{_value(item, indent + 3, indent + 2)}," for item in value]
    return "\n".join(["[", *items, " " * indent + "]"])
