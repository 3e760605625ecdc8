"""Mermaid and DOT: whatever stands in a name, the picture says just that."""

from __future__ import annotations

import re

import networkx as nx
import pytest
from hypothesis import given, strategies as st

import outcomegap as og
from outcomegap.graph import success_graph, to_dot, to_mermaid
from tests.graph.models import expectation, gap, model_of

NASTY = [
    'a "list" [of] {things} (here) | --> ; %% end',
    "<script>alert('x')</script> &amp; &lt;",
    "#quot; #9829; # $$x$$",
    "`code` *bold* _it_ ~~gone~~",
    'style:#x; classDef a:#b; click n0 "javascript:alert(1)"',
    "back\\slash \\n \\N \\",
    "فارسی עברית ü می\u200cشود",
]


def one(label):
    graph = nx.DiGraph(name=label)
    graph.add_node(label, kind="gap", label=label, side="required")
    return graph


def shown(label):
    """Return what a picture shows of a label, line by line."""
    return [
        "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in line) for line in label.splitlines()
    ] or [""]


@pytest.mark.parametrize("label", [*NASTY, "two\nlines\r\nand\ta tab"])
def test_mermaid_names(label):
    check_mermaid(label)


@given(st.text())
def test_mermaid_any_name(label):
    check_mermaid(label)


def check_mermaid(label):
    text = to_mermaid(one(label))
    assert len(text.splitlines()) == 5
    inside = re.fullmatch(r'  n0\["([^"]*)"\]:::required', text.split("\n")[1])[1]
    assert not re.search(r"[<>&`\[\]{}|;%#*_~$:]", re.sub(r"<br/>|#\d+;", "", inside))
    decoded = [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line) for line in inside.split("<br/>")]
    assert decoded == shown(label)


@pytest.mark.parametrize("label", [*NASTY, "two\nlines\r\nand\ta tab"])
def test_dot_names(label):
    check_dot(label)


@given(st.text())
def test_dot_any_name(label):
    check_dot(label)


def check_dot(label):
    lines = to_dot(one(label)).split("\n")
    assert len(lines) == 5
    inside = re.fullmatch(r'  n0 \[label="((?:[^"\\]|\\.)*)", shape=box, fillcolor="#dbeafe"\];', lines[3])[1]
    escapes = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    decoded = re.sub(r"\\.", lambda found: escapes[found[0]], inside)
    assert not re.search(r"&(?!amp;)", decoded)
    assert decoded.replace("&amp;", "&").split("\n") == shown(label)


def test_the_whole_picture():
    sent = og.ProductFunction("sent", og.Measure("sent"), floor=0, target=1)
    listed = og.SuccessGap("list", og.Measure("size", unit="contacts"), floor=0, target=50_000, after=[sent])
    reply = og.Expectation("reply", og.Measure("hours", unit="h"), floor=48, target=og.column("sla"))
    model = model_of(og.AllOf(sent, listed), og.Mean(reply, expectation("docs"), weights=(2, 1.5)))
    graph = success_graph(model)
    assert to_mermaid(graph, direction="TB") == "\n".join(
        [
            "flowchart TB",
            '  n0[["sent<br/>0 to 1"]]:::required',
            '  n1["list<br/>0 to 50,000 contacts"]:::required',
            '  n2{{"all of"}}:::required',
            '  n3("reply<br/>48 to column sla h"):::experience',
            '  n4("docs<br/>0 to 1"):::experience',
            '  n5{{"mean"}}:::experience',
            '  n6(["outcome"]):::required',
            '  n7(["how"]):::experience',
            '  n8((("outcome"))):::both',
            "  n0 --> n1",
            "  n0 --> n2",
            "  n1 --> n2",
            "  n2 --> n6",
            '  n3 -->|"2"| n5',
            '  n4 -->|"1.5"| n5',
            "  n5 --> n7",
            "  n6 --> n8",
            "  n7 --> n8",
            "  classDef required fill:#dbeafe,stroke:#64748b,color:#000",
            "  classDef experience fill:#dcfce7,stroke:#64748b,color:#000",
            "  classDef both fill:#fef9c3,stroke:#64748b,color:#000",
        ]
    )
    dot = to_dot(graph).split("\n")
    assert dot[:2] == ['digraph "model" {', "  rankdir=LR;"]
    assert '  n1 [label="list\\n0 to 50,000 contacts", shape=box, fillcolor="#dbeafe"];' in dot
    assert '  n3 -> n5 [label="2"];' in dot
    assert dot[-1] == "}"


def test_what_differs_between_cells_is_not_drawn():
    target = og.per_cell(1, {"startup": 2})
    listed = og.SuccessGap("list", og.Measure("size"), floor=0, target=target)
    model = model_of(og.AllOf(listed, gap("b")), segments=["startup", "enterprise"])
    assert 'n0["list"]' in to_mermaid(success_graph(model))
    assert 'n0["list<br/>0 to 2"]' in to_mermaid(success_graph(model, segment="startup"))
