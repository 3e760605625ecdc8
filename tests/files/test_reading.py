"""What every reader shares: short messages whatever the value, hints while they are cheap."""

from __future__ import annotations

from outcomegap.errors import ModelError
from outcomegap.files.reading import PATIENCE, Key, Reading, join, known_keys, read_table, show
from outcomegap.files.values import text


def test_messages_stay_short():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, "x" * 10**6, list(range(10**5)), {str(i): i for i in range(10**5)}, 2**10**6, b"x" * 10**6):
        assert len(show(value)) < 300
    assert len(join("a", "k" * 10**6)) < 120


def test_every_key_is_read_before_anything_is_said():
    reading = Reading()
    keys = {"name": Key(text, {}, required=True), "unit": Key(text, {})}
    assert read_table(reading, "m", {"unit": 5, "nam": "x"}, keys) == {}
    assert [f.where for f in reading.findings] == ["m.nam", "m.name", "m.unit"]
    assert read_table(reading, "m", "text", keys) is None


def test_reasons_of_the_model_get_the_path_of_the_file():
    reading = Reading()

    def refuse() -> None:
        raise ModelError.of("rule", "inside", "why")

    assert reading.attempt("gaps.x", refuse) is None
    assert [(f.rule, f.where, f.message) for f in reading.findings] == [("rule", "gaps.x", "why")]


def test_hints_end_where_they_would_take_too_long():
    reading = Reading()
    names = [f"name {i}" for i in range(PATIENCE // 2 - 10)]
    assert "did you mean" in reading.near("nme 5", names)
    assert "did you mean" in reading.near("nme 5", names)
    assert reading.near("nme 5", names) == ""


def test_many_keys_are_not_slow():
    reading = Reading()
    known_keys(reading, "", {f"key {i}": 1 for i in range(10_000)}, ["name", "unit"])
    assert len(reading.findings) == 10_000
