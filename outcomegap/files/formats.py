"""Between text and plain data: TOML, JSON and YAML, each bounded, each mistake with its line."""

from __future__ import annotations

import io
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from outcomegap.checks import show
from outcomegap.errors import EngineError, Finding, ModelError, hint

#: The largest text that is read: bytes of a file, characters of a text.
LARGEST = 50_000_000
#: So many tables and lists may lie within one another.
DEEPEST = 100
#: So many values may stand in a text, each alias of YAML counted as what it stands for.
MOST = 1_000_000


@attrs.frozen
class Format:
    """One written form: how its text becomes plain data, and is made from it."""

    name: str
    read: Callable[[str], Any]
    text: Callable[[dict[str, Any]], str]

    def parse(self, text: str) -> Any:
        r"""Return the plain data of a text.

        Raises
        ------
        ModelError
            If it is no such text, or too long, or its tables and lists lie too deep.

        Examples
        --------
        >>> FORMATS["toml"].parse('name = "E-mail marketing"'), FORMATS["json"].parse('{"name": "E-mail marketing"}')
        ({'name': 'E-mail marketing'}, {'name': 'E-mail marketing'})
        >>> FORMATS["yaml"].parse("stages: [onboarding, no]\ntarget: 1e3")
        {'stages': ['onboarding', 'no'], 'target': 1000.0}
        """
        if len(text) > LARGEST:
            raise ModelError.of("too-large", "text", f"is longer than {LARGEST // 10**6} million characters")
        try:
            data = self.read(text)
        except ModelError:
            raise
        except RecursionError:
            raise _too_deep() from None
        except ValueError as error:
            found = re.search(r"\bline (\d+),? column", str(error))
            where = f"line {found[1]}" if found else "file"
            raise ModelError.of("syntax", where, f"is not valid {self.name}: {error}") from error
        return of_fair_size(data)


def of_fair_size(data: object) -> object:
    """Return plain data that are neither too deep nor too large.

    Raises
    ------
    ModelError
        If they are, or hold themselves.
    """
    if _size(data, {}, DEEPEST)[1] > MOST:
        raise ModelError.of("too-large", "file", f"holds more than {MOST:,} values")
    return data


def _size(data: object, known: dict[int, tuple[int, int]], room: int) -> tuple[int, int]:
    """Return the depth of plain data, and its number of values; a shared value counts each time."""
    if not isinstance(data, (dict, list)):
        return 0, 1
    if id(data) not in known and room:
        sizes = [_size(item, known, room - 1) for item in (data.values() if isinstance(data, dict) else data)]
        known[id(data)] = 1 + max((depth for depth, _ in sizes), default=0), 1 + sum(size for _, size in sizes)
    depth, size = known.get(id(data), (DEEPEST + 1, 0))
    if depth > room:
        raise _too_deep()
    return depth, size


def _too_deep() -> ModelError:
    message = f"more than {DEEPEST} tables and lists lie within one another; give gates names under [gates]"
    return ModelError.of("too-deep", "file", message)


def _parse_json(text: str) -> Any:
    """Parse JSON; an object with the same key twice is refused."""
    twice: list[Finding] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        said = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
        twice.extend(Finding("duplicate-key", "file", f"key {key!r:.100} appears twice in one object") for key in said)
        return dict(pairs)

    result = json.loads(text, object_pairs_hook=unique)
    if twice:
        raise ModelError.all("JSON", twice)
    return result


def _json_text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


# YAML by the rules of YAML 1.2, with ruamel.yaml: no tags of one's own, no merge keys, dates are text

_TAG = "tag:yaml.org,2002:"
#: Text that no reader of YAML, of old or new rules, takes for anything else.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w/()%+*.-]*(?: [\w/()%+*.-]+)*", re.ASCII | re.I
)


def _parse_yaml(text: str) -> Any:
    yaml, findings = _yaml(), list[Finding]()
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    known = SafeConstructor.yaml_constructors
    plain = [None, *(_TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map"))]
    texts = [_TAG + name for name in ("timestamp", "merge", "value")]

    class Constructor(SafeConstructor):
        yaml_constructors = {tag: known[tag] for tag in plain} | dict.fromkeys(texts, known[f"{_TAG}str"])

        def flatten_mapping(self, node: Any) -> None:
            """Leave ``<<`` as it is."""

        def check_mapping_key(self, node: Any, key_node: Any, mapping: Any, key: Any, value: Any) -> bool:  # noqa: ARG002
            where = f"line {key_node.start_mark.line + 1}"
            if not isinstance(key, str):
                findings.append(Finding("key", where, f"key {show(key)} must be text: put it in quotes"))
            elif key in mapping:
                findings.append(Finding("duplicate-key", where, f"key {key!r:.60} appears twice in one table"))
            return True

    yaml.Constructor = Constructor
    yaml.composer.warn_double_anchors = False  # the nearest counts
    try:
        result = yaml.load(text)
    except YAMLError as error:
        mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}" if mark is not None else "file"
        raise ModelError.of("syntax", where, f"is not valid YAML: {reason}") from error
    if findings:
        raise ModelError.all("YAML", findings)
    return result


def _yaml_text(data: dict[str, Any]) -> str:
    yaml = _yaml()
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):  # a class of its own: what is added here holds for nobody else
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

        def text(self, value: str) -> Any:
            style = None if _PLAIN.fullmatch(value) else '"'
            return self.represent_scalar(f"{_TAG}str", str(value), style=style)

    Representer.add_representer(str, Representer.text)
    Representer.add_multi_representer(str, Representer.text)  # names out of NumPy are a class of their own
    yaml.Representer = Representer
    yaml.sort_base_mapping_type_on_output = False
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, 100, True
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def _yaml() -> Any:
    try:
        from ruamel.yaml import YAML
    except ImportError as error:
        raise EngineError("YAML needs an extra package: pip install 'outcomegap[yaml]'") from error
    return YAML(typ="safe", pure=True)


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
    """Return a value on one line, in the form after ``=``."""
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


# TOML: each part of a dotted name is a table, for which Python's reader takes much time and memory

#: So many parts may names have in all, beyond the first two of each.
MOST_PARTS = 200_000
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?)"""
#: A dotted name; and what may look like one inside: texts of several lines, comments. All may end with the text.
_NAME = re.compile(
    rf"""\"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\")?|'''(?:[^']|'(?!''))*+(?:''')?|#[^\n]*+"""
    rf"|({_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+)",
    re.DOTALL,
)


def _parse_toml(text: str) -> Any:
    room = MOST_PARTS
    for found in _NAME.finditer(text):
        name = found[1] or ""
        parts = len(re.findall(_PART, name)) if name.count(".") > 1 else 0
        if parts > DEEPEST:
            raise _too_deep()
        room -= max(parts - 2, 0)
    if room < 0:
        raise ModelError.of("too-large", "file", f"holds names of more than {MOST_PARTS:,} parts in all")
    return tomllib.loads(text)


_YAML = Format("YAML", _parse_yaml, _yaml_text)
FORMATS: Mapping[str, Format] = {
    "toml": Format("TOML", _parse_toml, toml_text),
    "json": Format("JSON", _parse_json, _json_text),
    **dict.fromkeys(("yaml", "yml"), _YAML),
}


def format_of(name: str, where: str = "format") -> Format:
    """Return a format by its name, which is the suffix of its files as well."""
    if name not in FORMATS:
        raise ModelError.of("format", where, f"no format {name!r:.60}{hint(name, FORMATS)}; use {', '.join(FORMATS)}")
    return FORMATS[name]


def format_of_file(path: Path) -> Format:
    """Return the format that a file's suffix tells."""
    return format_of(path.suffix.lower()[1:], str(path))


def parse_file(path: Path) -> Any:
    """Return the plain data of a file, whose suffix tells its format."""
    return format_of_file(path).parse(read_text(path))


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
    return decoded(read_bytes(path), path)


def decoded(raw: bytes, path: Path) -> str:
    """Return the text that a file holds."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"line {line} is not UTF-8 text (byte {error.start}: {raw[error.start]:#04x}); save it as UTF-8"
        raise ModelError.of("encoding", str(path), message) from error


def encoded(text: str, where: str) -> bytes:
    """Return text as UTF-8, which must hold no half of a surrogate pair."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = f"half of a surrogate pair cannot be written: {text[max(0, error.start - 20) : error.end]!r}"
        raise ModelError.of("encoding", where, message) from error
