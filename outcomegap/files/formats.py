"""Between text and plain data: TOML, JSON and YAML, each bounded, each mistake with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.files.yaml_format import parse_yaml, yaml_text

#: The largest text that is read: bytes of a file, characters of a text.
LARGEST = 50_000_000
#: So many tables and lists may lie within one another.
DEEPEST = 100


@attrs.frozen
class Format:
    """One written form: how its text becomes plain data, and is made from it."""

    read: Callable[[str], Any]
    text: Callable[[dict[str, Any]], str]

    def parse(self, text: str) -> Any:
        """Return the plain data of a text.

        Raises
        ------
        ModelError
            If it is no such text, or its tables and lists lie too deep.
        """
        try:
            data = self.read(text)
        except RecursionError:
            data = None
        else:
            if not deeper_than(data, DEEPEST):
                return data
        message = f"more than {DEEPEST} tables and lists lie within one another; give gates names under [gates]"
        raise ModelError.of("too-deep", "file", message)


def deeper_than(data: object, most: int) -> bool:
    """Tell whether more than so many tables and lists lie within one another."""
    level = [data]
    for _ in range(most):
        tables = [item for item in level if isinstance(item, (dict, list))]
        level = [item for table in tables for item in (table.values() if isinstance(table, dict) else table)]
    return any(isinstance(item, (dict, list)) for item in level)


def parse_toml(text: str) -> Any:
    """Parse TOML.

    Examples
    --------
    >>> parse_toml('name = "E-mail marketing"')
    {'name': 'E-mail marketing'}
    """
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise _syntax("TOML", str(error)) from error


def parse_json(text: str) -> Any:
    """Parse JSON; an object that says one key twice is refused.

    Examples
    --------
    >>> parse_json('{"name": "E-mail marketing"}')
    {'name': 'E-mail marketing'}
    """
    twice: list[Finding] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for key in (key for key, times in Counter(key for key, _ in pairs).items() if times > 1):
            others = ", ".join(repr(other[:60]) for other in dict(pairs) if other != key) or "nothing else"
            message = f"key {key!r:.100} stands twice in one object, which holds {others:.200}"
            twice.append(Finding("duplicate-key", "file", message))
        return dict(pairs)

    try:
        result = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise _syntax("JSON", f"{error.msg} (at line {error.lineno}, column {error.colno})") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise _syntax("JSON", str(error)) from error
    if twice:
        raise ModelError.all("JSON", twice)
    return result


def _json_text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _syntax(kind: str, message: str) -> ModelError:
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    end = "end of file" if message.endswith("(at end of document)") else "file"
    return ModelError.of("syntax", f"line {found[1]}" if found else end, f"is no valid {kind}: {message}")


# Write TOML that people like to read: a header for each thing, short tables inline, long lists one item a line.

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


def _has_header(path: tuple[str, ...], key: str, value: object) -> bool:
    """Tell whether a value gets a header of its own: a section, a thing in a section, or what is too long."""
    if isinstance(value, list):
        tables = bool(value) and all(isinstance(item, dict) for item in value)
        return tables and not path and key == "desired_outcomes"
    if not isinstance(value, dict):
        return False
    match path:
        case () | ("desired_outcomes",) if not path or key in ("required", "experience"):
            return True
        case ("inputs",) if value and all(isinstance(item, dict) for item in value.values()):
            return True
        case (section,) if section not in ("desired_outcomes", "inputs"):
            return True
    # Headers come after plain keys; the children of a mean, three tables down, keep their order.
    too_long = len(key_text(key)) + 3 + len(inline(value)) > WIDTH
    return too_long and (len(path) <= 2 or path[0] == "inputs")


def key_text(key: str) -> str:
    """Return a key, in quotes where it needs them."""
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(value: str) -> str:
    # The escapes of JSON are escapes of TOML too; only DEL needs one more.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def inline(value: object) -> str:
    """Return a value on one line, as it stands behind ``=``."""
    if isinstance(value, dict):
        inside = ", ".join(f"{key_text(key)} = {inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(inline(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _value(value: object, before: int, indent: int = 0) -> str:
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


FORMATS: Mapping[str, Format] = {
    "toml": Format(parse_toml, toml_text),
    "json": Format(parse_json, _json_text),
    "yaml": Format(parse_yaml, yaml_text),
}
SUFFIXES = {".toml": "toml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def format_named(name: str) -> Format:
    """Return a format by its name."""
    if name not in FORMATS:
        raise ModelError.of("format", "format", f"no format {name!r:.60}{hint(name, FORMATS)}")
    return FORMATS[name]


def format_of(path: Path) -> Format:
    """Return the format that a file's suffix tells."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        message = f"suffix {path.suffix!r:.60} is no known file suffix; use {', '.join(SUFFIXES)}"
        raise ModelError.of("format", str(path), message)
    return FORMATS[SUFFIXES[suffix]]


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, which must not be too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
        raise ModelError.of("file", str(path), f"cannot be read: {reason}") from error
    if len(raw) > LARGEST:
        raise ModelError.of("too-large", str(path), f"is larger than {LARGEST // 10**6} MB")
    return raw


def read_text(path: Path) -> str:
    """Return a file's text, which must be UTF-8 and not too large."""
    raw = read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"line {line} is not UTF-8 text (byte {error.start}: {raw[error.start]:#04x}); save it as UTF-8"
        raise ModelError.of("encoding", str(path), message) from error


def check_text(text: str) -> str:
    """Return a text that is not too large."""
    if len(text) > LARGEST:
        raise ModelError.of("too-large", "text", f"is longer than {LARGEST // 10**6} million characters")
    return text
