"""Between text and plain data: TOML, JSON and YAML, each bounded, each mistake with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.files import nesting
from outcomegap.files.toml_text import toml_text
from outcomegap.files.yaml_text import parse_yaml, yaml_text

#: The largest text that is read: bytes of a file, characters of a text.
LARGEST = 50_000_000


@attrs.frozen
class Format:
    """One written form: how its text is parsed into plain data, and made from it."""

    name: str
    parse: Callable[[str], Any]
    text: Callable[[dict[str, Any]], str]


def parse_toml(text: str) -> Any:
    """Parse TOML.

    Examples
    --------
    >>> parse_toml('name = "E-mail marketing"')
    {'name': 'E-mail marketing'}
    """

    def whole(part: str, line: int = 0) -> Any:
        try:
            return tomllib.loads(part)
        except ValueError as error:
            raise _syntax("TOML", str(error), line) from error

    return nesting.parse_nested(text, nesting.TOML, whole, lambda part, line: whole(f"x = {part}", line)["x"])


def parse_json(text: str) -> Any:
    """Parse JSON; an object that says one key twice is refused.

    Examples
    --------
    >>> parse_json('{"name": "E-mail marketing"}')
    {'name': 'E-mail marketing'}
    """
    twice: list[Finding] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            keys = [key for key, _ in pairs]
            key = next(key for i, key in enumerate(keys) if key in keys[:i])
            others = ", ".join(repr(k[:60]) for k in table if k != key)
            message = f"key {key!r:.100} stands twice in one object, which holds {others or 'nothing else':.200}"
            twice.append(Finding("duplicate-key", "file", message))
        return table

    def value(part: str, line: int = 0) -> Any:
        try:
            return json.loads(part, object_pairs_hook=unique)
        except json.JSONDecodeError as error:
            raise _syntax("JSON", f"{error.msg} (at line {error.lineno}, column {error.colno})", line) from error
        except ValueError as error:  # a whole number of thousands of digits
            raise _syntax("JSON", str(error), line) from error

    result = nesting.parse_nested(text, nesting.JSON, value, value)
    if twice:
        raise ModelError.all("JSON", twice)
    return result


def _json_text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


FORMATS: Mapping[str, Format] = {
    "toml": Format("TOML", parse_toml, toml_text),
    "json": Format("JSON", parse_json, _json_text),
    "yaml": Format("YAML", parse_yaml, yaml_text),
}
SUFFIXES = {".toml": "toml", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def format_named(name: object) -> Format:
    """Return a format by its name."""
    if isinstance(name, str) and name in FORMATS:
        return FORMATS[name]
    raise ModelError.of("format", "format", f"no format {name!r:.60}{hint(name, FORMATS)}")


def format_of(path: Path) -> Format:
    """Return the format that a file's suffix tells."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return FORMATS[SUFFIXES[suffix]]
    message = f"suffix {path.suffix!r:.60} tells no format; use {', '.join(SUFFIXES)}"
    raise ModelError.of("format", str(path), message)


def read_text(path: Path) -> str:
    """Return a file's text, which must be UTF-8 and not too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or str(error)
        raise ModelError.of("file", str(path), f"cannot be read: {reason}") from error
    if len(raw) > LARGEST:
        raise ModelError.of("too-large", str(path), f"is larger than {LARGEST // 10**6} MB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"line {line} is not UTF-8 text (byte {error.start}: {raw[error.start]:#04x}); save it as UTF-8"
        raise ModelError.of("encoding", str(path), message) from error


def check_text(text: object) -> str:
    """Return a text that is not too large."""
    if not isinstance(text, str):
        raise ModelError.of("text", "text", f"must be text, not {type(text).__name__}; og.load reads files")
    if len(text) > LARGEST:
        raise ModelError.of("too-large", "text", f"is longer than {LARGEST // 10**6} million characters")
    return text


def _syntax(kind: str, message: str, lines_before: int) -> ModelError:
    """Return the error for text that a parser refuses; `lines_before` are those above the piece it saw."""
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    if found is None:
        where = "end of file" if message.endswith("(at end of document)") and not lines_before else "file"
        where = f"line {lines_before + 1} and below" if lines_before else where
        return ModelError.of("syntax", where, f"is no valid {kind}: {message}")
    said = message if not lines_before else message[: found.start()]
    return ModelError.of("syntax", f"line {lines_before + int(found[1])}", f"is no valid {kind}: {said}")
