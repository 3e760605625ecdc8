"""YAML by the rules of YAML 1.2, with ruamel.yaml: no tags, bounded aliases, each mistake with its line."""

from __future__ import annotations

import io
import re
from typing import Any

import attrs

from outcomegap.checks import show
from outcomegap.errors import EngineError, Finding, ModelError

#: So many values may come out of aliases.
MOST_ALIASED = 100_000
#: Text that no reader of YAML, of old or new rules, takes for anything else.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z][\w/()%+*.-]*(?: [\w/()%+*.-]+)*", re.ASCII | re.I
)
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str")}
#: Tags that the resolver finds by itself, and that stand for text here: dates, merge keys, the key ``=``.
_TEXTS = {f"tag:yaml.org,2002:{name}" for name in ("timestamp", "merge", "value")}


def parse_yaml(text: str) -> Any:
    r"""Parse one YAML document.

    Examples
    --------
    >>> parse_yaml("stages: [onboarding, no]\ntarget: 1e3")
    {'stages': ['onboarding', 'no'], 'target': 1000.0}
    """
    yaml = _yaml()
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yaml.composer.warn_double_anchors = False  # the nearest counts
        node = yaml.compose(text)
        builder = _Builder(yaml.constructor)
        result = builder.build(node)[0] if node is not None else None
    except YAMLError as error:
        mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        where = f"line {mark.line + 1}" if mark is not None else "file"
        raise ModelError.of("syntax", where, f"is no valid YAML: {reason}") from error
    if builder.findings:
        raise ModelError.all("YAML", builder.findings)
    return result


def yaml_text(data: dict[str, Any]) -> str:
    """Return plain data as YAML.

    Examples
    --------
    >>> print(yaml_text({"name": "mail", "stages": ["onboarding", "no"]}))
    name: mail
    stages:
    - onboarding
    - "no"
    <BLANKLINE>
    """
    yaml = _yaml()
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):  # a class of its own: what is added here holds for nobody else
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
            return True

        def text(self, value: str) -> Any:
            style = None if _PLAIN.fullmatch(value) else '"'
            return self.represent_scalar("tag:yaml.org,2002:str", str(value), style=style)

    Representer.add_representer(str, Representer.text)
    Representer.add_multi_representer(str, Representer.text)  # names out of NumPy are a class of their own
    yaml.Representer = Representer
    yaml.sort_base_mapping_type_on_output = False
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, 100, True
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


@attrs.define
class _Builder:
    """Makes plain data of the nodes that ruamel.yaml composes."""

    constructor: Any
    findings: list[Finding] = attrs.field(factory=list)
    made: dict[int, tuple[Any, int] | None] = attrs.field(factory=dict)  # by node; None while in work
    aliased: int = 0

    def build(self, node: Any) -> tuple[Any, int]:
        """Return the value of a node, and how many values it is made of."""
        found: Any = self.made.get(id(node))
        if id(node) in self.made:
            if found is None:
                raise _refused(node, "an alias stands for what it stands in")
            self.aliased += found[1]
            if self.aliased > MOST_ALIASED:
                raise ModelError.of("too-large", _line(node), f"aliases stand for more than {MOST_ALIASED} values")
            return found[0], found[1]
        self.made[id(node)] = None
        if node.id == "scalar":
            found = self._scalar(node), 1
        elif node.tag != f"tag:yaml.org,2002:{'map' if node.id == 'mapping' else 'seq'}":
            raise _refused(node, f"tag {node.tag!s:.60} is not allowed")
        elif node.id == "sequence":
            items = [self.build(item) for item in node.value]
            found = [value for value, _ in items], 1 + sum(size for _, size in items)
        else:
            found = self._table(node)
        self.made[id(node)] = found
        return found[0], found[1]

    def _table(self, node: Any) -> tuple[dict[str, Any], int]:
        table: dict[str, Any] = {}
        size = 1
        for key_node, value_node in node.value:
            key, (value, more) = self.build(key_node)[0], self.build(value_node)
            size += 1 + more
            if not isinstance(key, str):
                self.findings.append(Finding("key", _line(key_node), f"key {show(key)} must be text: put it in quotes"))
            elif key in table:
                message = f"key {key!r:.60} stands twice in one table"
                self.findings.append(Finding("duplicate-key", _line(key_node), message))
            table[str(key) if isinstance(key, str) else show(key)] = value
        return table, size

    def _scalar(self, node: Any) -> Any:
        tag = str(node.tag)
        if tag in _TEXTS and node.style is None:
            return node.value
        if tag not in _TAGS:
            raise _refused(node, f"tag {tag:.60} is not allowed")
        try:
            return self.constructor.construct_object(node)
        except ValueError as error:  # thousands of digits
            raise _refused(node, f"a number here cannot be read: {error}") from error


def _refused(node: Any, message: str) -> ModelError:
    return ModelError.of("syntax", _line(node), message)


def _line(node: Any) -> str:
    return f"line {node.start_mark.line + 1}"


def _yaml() -> Any:
    try:
        from ruamel.yaml import YAML
    except ImportError as error:
        message = "YAML needs an extra package: pip install 'outcomegap[yaml]'"
        raise EngineError(message) from error
    return YAML(typ="safe", pure=True)
