"""Scores out of arrays: of hardly anything, of many, held, copied and sent."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import outcomegap as og
from outcomegap import one_customer, report
from tests.frames.kinds import make
from tests.scoring.outside import DESIRED, FRAME, GAIN, OWN, PARTS, REACHED, Small, small

# -- hardly anything -------------------------------------------------------------------------------------------------


def everything(scores: og.OutcomeScores, by: str = "plan") -> str:
    """Ask all there is; return what people would read."""
    grouped = [scores.by(by), scores.by(by, weight="mrr"), scores.by()]
    listed_ = scores.worklist(top=2)
    rolled = [scores.roll_up(["X"] * len(scores), how) for how in ("mean", "worst")]
    for each in grouped:
        each.to_frame(), each.gaps_frame(), json.dumps([group.to_dict() for group in each], allow_nan=False)
    for each in rolled:
        each.to_frame()
    scores.to_frame(), listed_.to_frame(), listed_.to_csv(), listed_.to_json(), scores.order()
    ones = [one_customer(scores, name) for name in scores.id.tolist()]
    json.dumps([one.to_dict() for one in ones], allow_nan=False)
    read = [*grouped, listed_, *rolled]
    texts = [*map(str, read), *map(str, ones), *(each._repr_html_() for each in read), report(scores, by=by)]
    return "\n".join(texts)


SAID: dict[str, dict[str, Any]] = {
    "desired alone": {},
    "parts": {"parts": PARTS},
    "gain": {"gain": GAIN},
    "parts and gain": {"parts": PARTS, "gain": GAIN},
    "inexact parts": {"parts": PARTS * 0.9, "exact": False},
    "sides": {"required": [0.5, 1, np.nan, 0.8], "experience": [0.5, 1, 0.5, 0.6]},
    "one side": {"required": [0.5, 1, np.nan, 0.8]},
    "states": {"state": ["failing", "successful", None, "tolerating"]},
    "nothing known": {"desired": [np.nan] * 4, "parts": np.full((4, 2), np.nan), "gain": np.full((4, 2), np.nan)},
    "all met": {
        "desired": [1.0] * 4,
        "parts": np.zeros((4, 2)),
        "gain": np.zeros((4, 2)),
        "attainment": np.ones((4, 2)),
    },
    "bounds": {"low": [0, 0.5, 0, np.nan], "high": [1, 1, 1, np.nan]},
    "known though a step is missing": {"desired": [0.25, 1, 0.5, 0.5]},
}


@pytest.mark.parametrize("rows", [4, 1, 0])
@pytest.mark.parametrize("kind", ["dict", "pandas", "polars"])
@pytest.mark.parametrize("said", SAID)
def test_everything_can_be_asked(said: str, kind: str, rows: int) -> None:
    columns = {name: values[:rows] for name, values in FRAME.items()}
    if kind == "dict":
        frame: Any = {name: np.array(values) for name, values in columns.items()}
    else:
        frame = make(kind, columns)
    cut = {n: v if isinstance(v, bool) else v[:rows] for n, v in ({"desired": DESIRED} | SAID[said]).items()}
    scores = og.OutcomeScores(Small(), frame, **cut)
    ask = [scores]
    if rows:
        over = og.Override("Acme", state="failing", score=0.1, reason="r", author="a", until="2026-12-31")
        ask += [scores.with_overrides([over], as_of=day) for day in ("2026-01-01", "2027-01-01")]
    for each in ask:
        assert "nan" not in everything(each).lower().replace("finance", "")


@pytest.mark.parametrize("rows", [4, 1, 0])
@pytest.mark.parametrize("said", [{}, {"parts": np.zeros((4, 0)), "desired": [1, 1, np.nan, 1]}])
def test_no_steps_at_all(rows: int, said: dict[str, Any]) -> None:
    cut = {name: values[:rows] for name, values in ({"desired": DESIRED} | said).items()}
    frame = {name: np.array(values[:rows]) for name, values in FRAME.items()}
    scores = og.OutcomeScores(Small(steps=[]), frame, **cut)
    everything(scores)
    assert list(scores.by("plan").to_frame()["top_gap"]) == [None] * len(scores.by("plan"))
    assert len(scores.by("plan").gaps_frame()["gap"]) == 0
    assert scores.coverage.tolist() == [1.0 if value == value else 0.0 for value in cut["desired"]]


def test_a_list_of_no_rows_is_as_good_as_an_array() -> None:
    nobody = {name: [] for name in FRAME}
    scores = small(nobody, desired=[], parts=[], gain=[], attainment=[], state=[], columns={"band": []})
    assert scores.attribution().values.shape == (0, 2)


def test_steps_that_share_a_measure() -> None:
    seats = og.Measure("seats")
    steps = [og.SuccessGap("many", seats, floor=0, target=10), og.Expectation("few", seats, floor=10, target=0)]
    scores = Small(steps=steps).score({"seats": [2.0, None, 10.0], "id": [1, 2, 3]})
    assert scores.attainment().values.tolist()[0] == [0.2, 0.8]
    assert np.isnan(scores.attainment().values[1]).all()
    assert one_customer(scores, 1)[0]["stands_at"] == "2 of 10"


def test_answers_in_words() -> None:
    """Measures that are no numbers: what is attained is known, where it stands is not."""
    frame = FRAME | {"logins": ["good", "fine", None, "bad"], "hours": ["soon", "late", "late", "late"]}
    scores = small(frame, attainment=REACHED, parts=PARTS, gain=GAIN)
    one = one_customer(scores, "Acme")
    assert [(gap["name"], gap["attainment"], gap["stands_at"], gap["absent"]) for gap in one] == [
        ("logins", 0.25, None, None),
        ("replies", 0.5, None, None),
    ]
    rows = {row["id"]: row for row in scores.worklist()}
    assert (rows["Acme"]["next_gap"], rows["Acme"]["stands_at"]) == ("logins", None)
    assert (rows["Cato"]["lacking"], rows["Cato"]["lacking_column"]) == ("logins", "logins")
    assert "nan" not in everything(scores).lower()


# -- held, copied, sent ----------------------------------------------------------------------------------------------


def test_arrays_changed_afterwards_change_nothing() -> None:
    given = {"desired": np.array(DESIRED), "attainment": REACHED.copy(), "parts": PARTS.copy(), "gain": GAIN.copy()}
    given |= {"low": np.zeros(4), "high": np.ones(4), "required": np.ones(4), "experience": np.ones(4)}
    own = {"points": np.arange(4.0), "band": np.array(list("abcd"), dtype=object)}
    frame = {
        name: np.array(values, dtype=float if name in ("logins", "hours", "mrr") else object)
        for name, values in FRAME.items()
    }
    scores = small(frame, **given, columns=own)
    before = pickle.loads(pickle.dumps(scores))
    for array in (*given.values(), *own.values(), frame["logins"], frame["hours"]):
        array[:] = 0.125
    assert str(scores.by("plan")) == str(before.by("plan"))
    assert scores.worklist().to_csv() == before.worklist().to_csv()
    assert str(scores.to_frame()) == str(before.to_frame())
    for name in ("desired", "low", "required", "gap", "state_codes", "coverage"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(scores, name)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        scores.attribution().values[0, 0] = 1


def test_out_of_a_pickle() -> None:
    said = og.Override("Acme", score=0.1, reason="r", author="a", until="2026-12-31")
    scores = small(parts=PARTS, gain=GAIN, columns=OWN).with_overrides([said], as_of="2026-01-01")
    again = pickle.loads(pickle.dumps(scores))
    assert str(again.worklist()) == str(scores.worklist())
    assert str(again.by("band")) == str(scores.by("band"))
    assert again.overrides == scores.overrides


EVIL = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "@SUM(1)",
    "\u202eevil",
    "a\x00b",
]


@pytest.mark.parametrize("evil", EVIL)
def test_hostile_text_stays_text(evil: str) -> None:
    gap = og.SuccessGap(f"{evil} g", og.Measure("m", unit=f"{evil} u"), floor=0, target=2, owner=evil, remedy=evil)
    scorer = Small(name=f"{evil} n", steps=[gap], description=evil, segments=[evil.replace("/", "|"), "b"])
    frame = {"id": [evil, "x"], "segment": [evil.replace("/", "|"), "b"], "m": [1.0, 0.5], "plan": [evil, evil]}
    scores = og.OutcomeScores(
        scorer, frame, desired=[0.5, 0.25], parts=[[0.5], [0.75]], columns={f"{evil} c": [evil, 1]}
    )
    said = og.Override(evil, state="failing", reason=evil, author=evil, until="2026-12-31")
    scores = scores.with_overrides([said], as_of="2026-01-01")
    page = report(scores, keep=[f"{evil} c"], title=evil, by=f"{evil} c")
    for text in (page, scores.by("plan")._repr_html_(), scores.worklist(keep=[f"{evil} c"])._repr_html_()):
        assert "<script" not in text
        assert "<img" not in text
        assert "\x00" not in text or text is not page
    for line in scores.worklist(keep=[f"{evil} c"]).to_csv().splitlines()[1:]:
        assert not any(cell.strip('"').startswith(("=", "@")) for cell in line.split(","))


# -- many ------------------------------------------------------------------------------------------------------------


def test_two_hundred_thousand_customers() -> None:
    """Against one sum over all rows; and nothing goes row by row in Python that need not."""
    import time

    n, rng = 200_000, np.random.default_rng(1)
    frame = {"id": np.arange(n), "logins": rng.uniform(0, 30, n), "hours": rng.uniform(12, 60, n)}
    frame |= {"plan": rng.choice(np.array(["a", "b", "c"], dtype=object), n)}
    start = time.perf_counter()
    reached = og.attainments(Small(), frame)
    lacking = (1 - reached) / 2
    scores = og.OutcomeScores(
        Small(), frame, desired=1 - lacking.sum(axis=1), attainment=reached, parts=lacking, gain=lacking
    )
    by = scores.by("plan")
    assert len(list(scores.worklist(limit=20))) == 20
    assert len(report(scores, by="plan")) > 1000
    assert time.perf_counter() - start < 20
    for name in "abc":
        here = frame["plan"] == name
        assert by[name].desired == pytest.approx(scores.desired[here].mean(), abs=1e-12)
        assert {gap.name: gap.part for gap in by[name].gaps} == pytest.approx(
            dict(zip(("logins", "replies"), lacking[here].mean(axis=0), strict=True)), abs=1e-12
        )
