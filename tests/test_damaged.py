"""Damaged copies of every kind of file that is read: an error of ours, soon, or a reading; never anything else."""

from __future__ import annotations

import os
import random
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import outcomegap as og
from outcomegap.cli.customers import overridden
from outcomegap.frames import wrap
from outcomegap.frames.arrays import objects
from outcomegap.invest import load_actions
from outcomegap.listing import write_table

COPIES = int(os.environ.get("COPIES", "8"))
MODEL = og.gallery.load("email-marketing")
SCORER = og.Scorer(MODEL)
ROWS = og.simulate(MODEL, 20, seed=1)
SCORES = SCORER.score(ROWS)
READING = og.loads(og.dumps(MODEL) + '\n[inputs]\nid = "customer"\n')


def customers(path: Path) -> None:
    table = wrap(ROWS)
    write_table({name: table.values(name) for name in table.names}, path)


def overrides(path: Path) -> None:
    said = {"customer": objects([str(name) for name in SCORES.id[:5]]), "state": np.full(5, "failing", dtype=object)}
    said |= {name: objects(["x"] * 5) for name in ("reason", "author")} | {"until": objects(["2030-01-01"] * 5)}
    write_table(said, path)


def actions(path: Path) -> None:
    path.write_text('[actions.coach]\nraises = { "list is built" = 1 }\ncost = { column = "mrr" }\n', encoding="utf-8")


KINDS = {
    **{f"model.{end}": (lambda path: og.dump(MODEL, path), og.load) for end in ("toml", "json", "yaml", "csv", "xlsx")},
    **{
        f"customers.{end}": (
            customers,
            lambda path: SCORER.score(og.read_customers(READING, path, on_bad="set_aside").frame, on_bad="set_aside"),
        )
        for end in ("csv", "csv.gz", "jsonl", "parquet", "xlsx")
    },
    **{f"saved.{end}": (SCORES.save, og.load_scores) for end in ("json", "json.gz", "parquet")},
    "actions.toml": (actions, lambda path: load_actions(path, MODEL)),
    **{
        f"overrides.{end}": (overrides, lambda path: overridden(SCORES, {}, path, "2026-01-01"))
        for end in ("csv", "xlsx")
    },
}


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """Cut, flip bits, put other bytes in, repeat a piece, take one out, or let two change places."""
    made, (one, other) = bytearray(raw), sorted(chance.randrange(len(raw)) for _ in range(2))
    match chance.choice(("cut", "flip", "put", "repeat", "take out", "change places")):
        case "cut":
            return raw[:one]
        case "flip":
            for _ in range(chance.choice((1, 3, 20))):
                made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
            return bytes(made)
        case "put":
            for _ in range(chance.choice((1, 3, 10))):
                made[chance.randrange(len(made))] = chance.choice(b"\0\xff\"'[]{},=\n\r\x80-+.eE9")
            return bytes(made)
        case "repeat":
            return raw[:one] + raw[one : one + 200] * chance.choice((2, 50)) + raw[one:]
        case "take out":
            return raw[:one] + raw[one + chance.randrange(1, 50) :]
        case _:
            return raw[:one] + raw[other:] + raw[one:other]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_damaged_copies(tmp_path, name):
    write, read = KINDS[name]
    write(tmp_path / name)
    read(tmp_path / name)
    raw, chance, refused = (tmp_path / name).read_bytes(), random.Random(name), 0
    for _ in range(COPIES):
        (tmp_path / name).write_bytes(damaged(raw, chance))
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read(tmp_path / name)
            except og.OutcomeGapError:
                refused += 1
        assert time.process_time() - started < 5
    assert refused


# States in single precision


@pytest.mark.parametrize("seed", range(4))
def test_single_precision_gives_the_states_of_double(seed):
    """At and around thresholds of every kind, also of bounds where something is missing."""
    chance = np.random.default_rng(seed)

    def step(name, kind=og.SuccessGap, **said):
        return kind(name, og.Measure(name), floor=0, target=float(chance.integers(1, 30)), **said)

    needs = og.AllOf(step("a"), og.AnyOf(step("b", missing="skip"), step("c")))
    expects = og.Mean(*(step(name, og.Expectation) for name in "def"), weights=chance.integers(1, 9, 3).tolist())
    limits = {"achieved_at": float(chance.integers(1, 10)) / 10, "appropriate_at": float(chance.integers(1, 10)) / 10}
    outcome = og.DesiredOutcome(
        og.RequiredOutcome("r", needs=needs), og.AppropriateExperience("e", expects=expects), **limits
    )
    model = og.OutcomeModel("m", desired_outcomes=[outcome])
    rows = {name: chance.integers(0, 31, 4000).astype(float) for name in "abcdef"}
    for values in rows.values():
        values[chance.random(4000) < 0.1] = np.nan
    double, single = (og.Scorer(model, dtype=dtype).score(rows) for dtype in ("float64", "float32"))
    assert (double.state == single.state).all()
    assert (double.point_state == single.point_state).all()
