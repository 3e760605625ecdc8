"""The house keeps its shape: no circles of modules, no private reads, few loose types, one collector, one renderer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import grimp
import networkx as nx
import pytest

import outcomegap

PACKAGE = Path(outcomegap.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_circles():
    """Imports under TYPE_CHECKING and inside functions count; the lazy public names in ``__init__`` stand apart."""
    graph = grimp.build_graph("outcomegap", exclude_type_checking_imports=False)
    faces = {".".join(["outcomegap", *path.parent.relative_to(PACKAGE).parts]) for path in PACKAGE.rglob("__init__.py")}
    edges = [
        (module, other)
        for module in graph.modules - faces
        for other in graph.find_modules_directly_imported_by(module) - faces
    ]
    assert [sorted(group) for group in nx.strongly_connected_components(nx.DiGraph(edges)) if len(group) > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_private_names_are_read_in_their_own_module(path):
    """``other._name`` stands nowhere: what another object is asked for is not private."""
    read = [
        node.attr
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr) and not of_self(node)
    ]
    assert read == []


def of_self(node):
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def test_few_annotations_are_any():
    said = []
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                said += [a.annotation for a in (*node.args.args, *node.args.kwonlyargs) if a.annotation]
                said += [node.returns] if node.returns else []
    loose = sum(bool(re.search(r"\bAny\b", ast.unparse(each))) for each in said)
    assert loose < len(said) / 10


def test_at_most_160_exported_names():
    names = list(outcomegap.__all__)
    for path in FILES:
        for node in tree(path).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(getattr(target, "id", "") == "__all__" for target in targets):
                names += [each.value for each in getattr(node.value, "elts", ())]
    assert len(names) == len(set(names)) <= 160


def test_rules_can_be_searched_for():
    """A rule whose name is built, such as ``f"unknown-{axis}"``, stands whole in a comment above."""
    built = re.compile(r'f"([a-z]+-)\{[a-z_.]+\}"')
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            for start in built.findall(line):
                above = "".join(lines[max(number - 2, 0) : number])
                assert re.search(rf"# .*{start}[a-z]", above), (
                    f"{path.name}:{number + 1}: name the rules {start}... above"
                )


def test_one_renderer():
    """Only `outcomegap.listing` draws tables, in HTML, for terminals, as csv and workbooks; a sheet is a model file."""
    drawn = re.compile(r"<table|<td|RichTable|rich\.table|csv\.writer\(|openpyxl import Workbook")
    places = {path.relative_to(PACKAGE).as_posix() for path in FILES if drawn.search(path.read_text(encoding="utf-8"))}
    assert places == {"listing.py", "files/sheet.py"}
