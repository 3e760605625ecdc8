"""The page runs, and the list beside it is what the command prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from outcomegap.churn import catalogue
from outcomegap.churn.__main__ import main
from outcomegap.journey import phases

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "churn-catalogue.md"
LIST = DOCS / "churn-catalogue-list.md"


def test_every_example_of_the_page_runs():
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), namespace)


def test_the_table_of_phases_is_current():
    text = PAGE.read_text(encoding="utf-8")
    for phase in phases():
        window = "none" if phase.window_days is None else f"{phase.window_days:g}"
        row = f"| `{phase.id}` | {phase.label('fa')} | {phase.label('he')} | `{phase.evidence[0]}` | {window} |"
        assert row in text


def test_the_list_is_current():
    message = "out of date: python -m outcomegap.churn > docs/churn-catalogue-list.md"
    assert LIST.read_text(encoding="utf-8") == catalogue().to_markdown(), message


def test_every_link_of_the_list_has_its_anchor():
    text = LIST.read_text(encoding="utf-8")
    anchors = re.findall(r'<a id="([^"]+)">', text)
    assert anchors == list(catalogue().ids)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == set(anchors)


def test_the_command_prints_utf_8_wherever_it_runs():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "outcomegap.churn", "fa"]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert done.stdout.decode("utf-8") == catalogue().to_markdown(language="fa")


@pytest.mark.parametrize(("arguments", "code"), [(["xx"], 2), (["fa", "he"], 2), (["--help"], 0)])
def test_the_command_refuses_what_it_does_not_know_and_helps(arguments, code, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == code
    said = capsys.readouterr()
    assert "usage" in said.err + said.out
