"""load, loads, dump, dumps: paths, suffixes, encodings, limits."""

from __future__ import annotations

import builtins
import time

import pytest

import outcomegap as og
import outcomegap.files as files
from outcomegap.errors import EngineError, ModelError
from outcomegap.files import formats
from tests.files.texts import MAIL, changed, rules


@pytest.mark.parametrize("name", ["m.toml", "m.json", "m.yaml", "m.yml", "M.TOML"])
def test_suffix_tells_the_form(tmp_path, name):
    model = files.loads(MAIL)
    files.dump(model, tmp_path / name)
    assert files.load(tmp_path / name) == model
    assert files.load(str(tmp_path / name)) == model


def test_the_forms_differ():
    model = files.loads(MAIL)
    assert files.dumps(model).startswith("schema_version = 1\n")
    assert files.dumps(model, "json").startswith('{\n  "schema_version": 1,')
    assert files.dumps(model, "yaml").startswith("schema_version: 1\n")


@pytest.mark.parametrize("name", ["model.ini", "model", ".toml"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(ModelError, match=r"no format '.*'.*; use toml, json"):
        files.load(tmp_path / name)
    with pytest.raises(ModelError, match="no format"):
        files.dump(files.loads(MAIL), tmp_path / name)


def test_unknown_format():
    with pytest.raises(ModelError, match="did you mean 'toml'"):
        files.loads(MAIL, "tmol")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.toml: cannot be read: no such file") as caught:
        files.load(tmp_path / "nowhere.toml")
    assert caught.value.findings[0].rule == "file"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "m.toml").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        files.load(tmp_path / "m.toml")
    with pytest.raises(ModelError, match="cannot be written"):
        files.dump(files.loads(MAIL), tmp_path / "m.toml")


def test_every_mistake_of_a_file_names_the_file(tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(changed("floor = 48", 'floor = "many"').replace("target = 0.03", "taget = 0.03"))
    with pytest.raises(ModelError) as caught:
        files.load(path)
    assert str(path) in str(caught.value)
    assert [f.where for f in caught.value.findings] == [
        "gaps.copy persuades.taget",
        "gaps.copy persuades.target",
        "expectations.support replies.floor",
    ]


def test_a_refused_dump_leaves_the_file_alone(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text("precious")
    twice = [og.SuccessGap("a", og.Measure(name), floor=0, target=1) for name in "ab"]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    suits = og.AppropriateExperience("e", expects=wish)
    outcome = og.DesiredOutcome(og.RequiredOutcome("r", needs=og.AllOf(*twice)), suits)
    with pytest.raises(ModelError):
        files.dump(og.OutcomeModel("m", desired_outcomes=[outcome]), path)
    assert path.read_text() == "precious"


def test_names_are_kept_exactly(tmp_path):
    model = files.loads(MAIL.replace("list built", "Liste  AUFGEBAUT é"))
    files.dump(model, tmp_path / "m.toml")
    assert "Liste  AUFGEBAUT é" in {step.name for step in files.load(tmp_path / "m.toml").steps}


def test_windows_lines_and_byte_order_mark(tmp_path):
    path = tmp_path / "m.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MAIL.replace("\n", "\r\n").encode())
    assert files.load(path) == files.loads(MAIL)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "m.toml"
    path.write_bytes(b'name = "x"\nother = "\xff"')
    with pytest.raises(ModelError, match="line 2 is not UTF-8 text"):
        files.load(path)


def test_half_a_surrogate_pair():
    text = files.dumps(files.loads(MAIL), "json").replace('"joint"', '"x"').replace("list-building", "list\\ud800")
    with pytest.raises(ModelError, match="surrogate"):
        files.dumps(files.loads(text, "json"))


def test_too_large(tmp_path):
    path = tmp_path / "m.toml"
    path.write_bytes(b"#" * (formats.LARGEST + 1))
    started = time.perf_counter()
    with pytest.raises(ModelError, match="larger than 50 MB"):
        files.load(path)
    with pytest.raises(ModelError, match="longer than 50 million"):
        files.loads("#" * (formats.LARGEST + 1))
    assert time.perf_counter() - started < 2


def test_yaml_needs_its_extra(monkeypatch):
    real = builtins.__import__

    def without_yaml(name, *args, **kwargs):
        if name.startswith("ruamel"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    model = files.loads(MAIL)
    for use in (lambda: files.dumps(model, "yaml"), lambda: files.loads("a: 1", "yaml")):
        with pytest.raises(EngineError, match=r"pip install 'outcomegap\[yaml\]'"):
            use()


def test_an_unused_measure_is_warned_of():
    text = changed("training_days = {}", "training_days = {}\nseats = {}")
    with pytest.warns(UserWarning, match=r"measures\.seats: no step uses it"):
        model = files.loads(text)
    assert model == files.loads(MAIL)


def test_nothing_is_read_beside_the_text():
    assert rules('schema_version = 1\nname = "x"\nimport = "os"') == {
        "import": "unknown-key",
        "desired_outcomes": "desired-outcomes",
    }


def test_schema_key_for_editors():
    assert files.loads('"$schema" = "https://example.org/schema.json"\n' + MAIL) == files.loads(MAIL)
