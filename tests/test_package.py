"""The package as a whole: public names, cost of import, and what lies in the repository."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import outcomegap as og

ROOT = Path(__file__).resolve().parents[1]
TOP = {
    *("pyproject.toml", "outcomegap", "docs", "tests", "benchmarks", "README.md", "CHANGELOG.md", "LICENSE"),
    *("Makefile", ".ci", ".gitignore"),
}


def declared():
    """The names that type checkers see -> their modules."""
    tree = ast.parse((ROOT / "outcomegap" / "__init__.pyi").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname: ".".join(filter(None, ("outcomegap", node.module))) for node in imports for alias in node.names
    }


def test_all_dir_star_and_type_checkers_agree():
    starred: dict[str, object] = {}
    exec("from outcomegap import *", starred)
    assert set(declared()) == set(og.__all__) == set(dir(og)) == set(starred) - {"__builtins__"}


@pytest.mark.parametrize("name", og.__all__)
def test_every_public_name_is_what_it_says(name):
    module = import_module(declared()[name])
    assert getattr(og, name) is (import_module(f"outcomegap.{name}") if module is og else getattr(module, name))
    assert getattr(og, name).__doc__


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="Skorer"):
        og.Skorer  # noqa: B018


def modules_after(code):
    command = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())


HEAVY = {"pandas", "polars", "pyarrow", "duckdb", "networkx", "oxidd", "click", "cattrs", "narwhals", "tomli_w", "yaml"}
HEAVY |= {"numba", "pyspark", "scipy", "sklearn", "sqlglot"}


def test_importing_loads_nothing_heavy():
    loaded = modules_after("import outcomegap")
    assert "outcomegap" in loaded
    assert not HEAVY & loaded
    assert not {name for name in loaded if name.startswith("outcomegap.")}


def test_making_a_model_loads_nothing_heavy():
    assert not HEAVY & modules_after("import outcomegap as og; og.Measure('a'); og.OutcomeModel")


def test_the_package_is_typed():
    assert (ROOT / "outcomegap" / "py.typed").is_file()


def tracked():
    try:
        done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, cwd=ROOT, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.decode().split("\0") if name]


def test_the_top_level_holds_what_belongs_there():
    assert {name.partition("/")[0] for name in tracked()} <= TOP


def test_nothing_points_to_one_machine_or_one_index():
    # Put together here, so that this file does not hold what it looks for.
    forbidden = ["/wo" + "rk/", "/ho" + "me/", "index" + "-url", "pypi" + ".org/simple"]
    for name in tracked():
        path = ROOT / name
        if path.suffix in (".gz", ".png", ".parquet") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = [word for word in forbidden if word in text]
        assert not found, f"{name} holds {found}"
    assert not [name for name in tracked() if name.endswith((".lock", "requirements.txt"))]


def test_tests_mirror_the_package():
    rooms = {path.name for path in (ROOT / "outcomegap").iterdir() if (path / "__init__.py").is_file()}
    assert not [room for room in sorted(rooms) if not list((ROOT / "tests").glob(f"{room}/test_*.py"))]
