"""YAML by the plain rules of YAML 1.2: no tags, no surprises with ``no`` and ``1e5``, nothing that could run.

Events are put together here rather than by PyYAML's loaders, which recurse for each level, forget that a key stood
twice, and let a few lines of aliases grow into billions of values.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from outcomegap.errors import EngineError, Finding, ModelError
from outcomegap.files.nesting import DEEPEST
from outcomegap.files.reading import show

#: How many characters before its colon a key may begin (YAML 1.2, 7.4.3).
KEY_REACH = 1024
#: So many values may come out of aliases.
MOST_ALIASED = 100_000

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9](_?[0-9])*")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9](_?[0-9])*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_AMBIGUOUS = re.compile("|".join(f"(?:{p.pattern})" for p in (_NULL, _TRUE, _FALSE, _FLOAT, _SPECIAL)))


def parse_yaml(text: str) -> Any:
    r"""Parse one YAML document.

    Examples
    --------
    >>> parse_yaml("stages: [onboarding, no]\ntarget: 1e3")
    {'stages': ['onboarding', 'no'], 'target': 1000.0}
    """
    yaml = _yaml()
    # Only the scanner and parser of these loaders are used; the one in C is there in most installations.
    plain = _linear(yaml)
    fast = getattr(yaml, "CSafeLoader", plain)
    try:
        try:
            return _built(yaml, text, fast)
        except yaml.YAMLError as error:
            if "nesting depth" not in str(error):
                raise
            # The one in C may refuse fewer levels than a model may have.
            return _built(yaml, text, plain)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}" if mark is not None else "file"
        raise ModelError.of("syntax", where, f"is no valid YAML: {reason}") from error


def _linear(yaml: Any) -> Any:
    """Return PyYAML's own loader with what may be a key looked up in time that does not grow with the depth.

    It keeps one place of such a key for each open bracket, in the order of the text; all are gone through for every
    token. The oldest are the first to be too far back, so the first that is not ends the search.
    """

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def stale_possible_simple_keys(self) -> None:
            while self.possible_simple_keys:
                level, key = next(iter(self.possible_simple_keys.items()))
                if key.line == self.line and self.index - key.index <= KEY_REACH:
                    return
                if key.required:
                    what = "while scanning a simple key"
                    raise yaml.scanner.ScannerError(what, key.mark, "could not find expected ':'", self.get_mark())
                del self.possible_simple_keys[level]

        def next_possible_simple_key(self) -> int | None:
            first = next(iter(self.possible_simple_keys.values()), None)
            return None if first is None else first.token_number

    return Loader


def _built(yaml: Any, text: str, loader: Any) -> Any:
    builder = _Builder()
    for event in yaml.parse(text, Loader=loader):
        builder.take(event)
    if builder.findings:
        raise ModelError.all("YAML", builder.findings)
    return builder.result


def yaml_text(data: dict[str, Any]) -> str:
    """Return plain data as YAML.

    Examples
    --------
    >>> print(yaml_text({"name": "mail", "stages": ["onboarding", "no"]}))
    name: mail
    stages:
    - onboarding
    - 'no'
    <BLANKLINE>
    """
    yaml = _yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML asks for each value
            return True

    def text(dumper: Any, value: str) -> Any:
        # PyYAML folds the rarer line breaks, and they come back as blanks; in double quotes they are escaped.
        odd = not value.isprintable()
        return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"' if odd else None)

    Dumper.add_representer(str, text)
    Dumper.add_multi_representer(str, text)  # names out of numpy are a class of their own
    # PyYAML quotes what YAML 1.1 takes for a number; what only YAML 1.2 takes for one needs quotes as well.
    Dumper.add_implicit_resolver("tag:outcomegap,2025:ambiguous", _AMBIGUOUS_WHOLE, None)
    return str(yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100))


_AMBIGUOUS_WHOLE = re.compile(f"^(?:{_AMBIGUOUS.pattern})$")


@attrs.define
class _Open:
    """A list or table that is not finished."""

    value: Any
    anchor: str | None
    size: int = 1
    key: str | None = None


@attrs.define
class _Builder:
    """Puts events together to plain data, with a stack of its own."""

    result: Any = None
    findings: list[Finding] = attrs.field(factory=list)
    _stack: list[_Open] = attrs.field(factory=list)
    _anchors: dict[str, tuple[Any, int]] = attrs.field(factory=dict)
    _documents: int = 0
    _aliased: int = 0

    def take(self, event: Any) -> None:
        """Take the next event."""
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a second document starts here; a model is one document")
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._open(event, {} if kind == "MappingStartEvent" else [])
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = self._stack.pop()
            self._place(event, done.value, done.size, done.anchor)
        elif kind == "ScalarEvent":
            self._place(event, self._scalar(event), 1, event.anchor)
        elif kind == "AliasEvent":
            self._alias(event)

    def _open(self, event: Any, value: Any) -> None:
        if event.tag not in (None, "!"):
            self._refuse(event, f"tag {event.tag!r:.60} is not allowed")
        if self._stack and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None:
            self._refuse(event, "a key must be text")
        if len(self._stack) >= DEEPEST:
            raise ModelError.of("too-deep", _line(event), f"more than {DEEPEST} levels: too many gates; simplify")
        if event.anchor is not None:
            self._anchors.pop(event.anchor, None)
        self._stack.append(_Open(value, event.anchor))

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            self._refuse(event, f"alias *{event.anchor:.60} stands for nothing before it, or for what it stands in")
        value, size = self._anchors[event.anchor]
        self._aliased += size
        if self._aliased > MOST_ALIASED:
            raise ModelError.of("too-large", _line(event), f"aliases stand for more than {MOST_ALIASED} values")
        self._place(event, value, size, None)

    def _place(self, event: Any, value: Any, size: int, anchor: str | None) -> None:
        """Put a finished value where it belongs."""
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._stack:
            self.result = value
            return
        top = self._stack[-1]
        top.size += size
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            top.key = self._key(event, top.value, value)
        else:
            top.value[top.key], top.key = value, None

    def _key(self, event: Any, table: dict[str, Any], key: Any) -> str:
        if not isinstance(key, str):
            message = f"key {show(key)} must be text: put it in quotes"
            self.findings.append(Finding("key", _line(event), message))
        elif key in table:
            self.findings.append(Finding("duplicate-key", _line(event), f"key {key!r:.60} stands twice in one table"))
        return key if isinstance(key, str) else show(key)

    def _scalar(self, event: Any) -> Any:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            self._refuse(event, f"tag {event.tag!r:.60} is not allowed")
        plain = event.implicit[0] and event.tag is None
        return _resolve(event) if plain else event.value

    @staticmethod
    def _refuse(event: Any, message: str) -> None:
        raise ModelError.of("syntax", _line(event), message)


def _resolve(event: Any) -> Any:
    """Return what an unquoted scalar means."""
    text: str = event.value
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INT.fullmatch(text):
        try:
            return int(text)
        except ValueError as error:  # thousands of digits
            raise ModelError.of("syntax", _line(event), "a number here has too many digits") from error
    if _FLOAT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _line(event: Any) -> str:
    return f"line {event.start_mark.line + 1}"


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        message = "YAML needs an extra package: pip install 'outcomegap[yaml]'"
        raise EngineError(message) from error
    return yaml
