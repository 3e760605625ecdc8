"""The report on screens and on paper: nothing is cut, whatever the names, the segments and the steps."""

from __future__ import annotations

import numpy as np
import pytest

import outcomegap as og
from tests.present.browser import at_widths, needs_browser, on_paper

WORDS = [
    "Kundenzufriedenheitsindex",
    "نرخ تبدیل صفحه",
    "landing page converts",
    "a step that somebody wrote as a whole sentence so that nobody would ever misunderstand what is meant by it in any way",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenverordnungsbeauftragter",
    "x" * 120,
]
REMEDIES = [
    "one button, one verb",
    "Schulungsunterlagen gemeinsam mit dem Kunden überarbeiten",
    "راهنمای ساخت فهرست",
    None,
]
SEGMENTS = [
    "Großkunden",
    "شرکت‌های کوچک",
    "enterprise",
    "Handwerksbetriebe mit mehr als zehn Beschäftigten und Steuerberater",
]


def large():
    """Scores by a model of fifty segments and forty steps, with long names in three languages."""
    steps = [
        og.SuccessGap(
            f"{WORDS[i % 6]} {i}",
            og.Measure(f"m{i}", unit=["contacts", "Tage", None][i % 3], low=0),
            floor=0,
            target=10.0 ** (i % 6 - 1),
            owner=["Customer Success Süd", "فروش", "joint"][i % 3],
            remedy=REMEDIES[i % 4],
        )
        for i in range(39)
    ]
    wish = og.Expectation("support replies", og.Measure("reply"), floor=48, target=4, owner="vendor")
    sales = og.RequiredOutcome("Verkäufe über den Newsletter", needs=og.Mean(*steps))
    suits = og.AppropriateExperience("so, wie es passt", expects=wish)
    names = [f"{SEGMENTS[i % 4]} {i}" for i in range(50)]
    model = og.OutcomeModel("آزمون", desired_outcomes=[og.DesiredOutcome(sales, suits)], segments=names)
    rng = np.random.default_rng(3)
    customers = {"customer": [f"Kundin {i} Gesellschaft mit beschränkter Haftung" for i in range(400)]}
    customers |= {"segment": rng.choice(names, 400), "reply": rng.uniform(0, 50, 400)}
    customers |= {f"m{i}": rng.uniform(0, 1, 400) * 10.0 ** (i % 6 - 1) for i in range(39)}
    customers |= {"csm": rng.choice(["Sara Müller-Lüdenscheidt", "علی", "Bob"], 400), "mrr": rng.gamma(2, 900, 400)}
    return og.Scorer(model).score(customers)


def unbroken(word):
    """Scores by a model all of whose names are one long word."""
    long = word * (120 // len(word))
    gap = og.SuccessGap(long, og.Measure("m", unit=long), floor=0, target=9.5e8, owner=long, remedy=long)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome(f"{long}!", needs=gap), og.AppropriateExperience("how", expects=wish)
    wanted = [og.DesiredOutcome(*parts)]
    model = og.OutcomeModel(long, description=long, desired_outcomes=wanted, segments=[long, "small"])
    customers = {"customer": [f"{long}{i}" for i in range(9)], "segment": [long, "small", long] * 3}
    customers |= {"m": [1e8 * i for i in range(9)], "w": [0.5] * 9, "csm": [f"https://{long}"] * 9, "mrr": [1e14] * 9}
    scores = og.Scorer(model).score(customers)
    said = [og.Override(scores.id[1], state="failing", reason=long, author=long, until="2026-12-31")]
    return scores.with_overrides(said, as_of="2026-01-01")


def of_gallery(name):
    model = og.gallery.load(name)
    customers = og.simulate(model, 300, seed=4, missing=0.1)
    return og.Scorer(model).score(customers if model.inputs else og.read_customers(model, customers))


MADE = {"large": large, "unbroken": lambda: unbroken("x"), "chinese": lambda: unbroken("客户")}


@pytest.fixture(scope="module", params=[*MADE, "email-marketing", "airline", "telco"])
def scores(request):
    return MADE[request.param]() if request.param in MADE else of_gallery(request.param)


def assert_printed(said, text):
    """Assert that all words of one alphabet are there; the cells of a row may be printed side by side."""
    words = [word for word in str(said or "").split() if word.isascii()]
    assert [word for word in words if word not in text] == []


@needs_browser
def test_nothing_juts_out(scores, tmp_path):
    keep = [name for name in ("csm",) if name in scores.table.names]
    page = og.report(scores, value="mrr" if keep else None, keep=keep)
    for found in at_widths(page, tmp_path, 320, 400, 703, 1032, 1280, 1600):
        assert found["out"] == [], found["wide"]
        assert found["whole"] <= found["wide"]


@needs_browser
def test_print_holds_every_action(scores, tmp_path):
    page, gaps = og.report(scores, customers=15), scores.by("segment").total.gaps[:8]
    for size in ("A4", "A4 landscape"):
        text = on_paper(page, tmp_path, size)
        folded = "".join(text.split())
        for row in scores.worklist(limit=15):
            for name in ("customer", "id", "next_gap", "stands_at", "owner", "remedy"):
                assert_printed(row.get(name), folded)
            if row["gain"] is not None:
                assert f"{row['gain']:+.1f}" in text
        for gap in gaps:
            for said in (gap.name, gap.owner, gap.remedy, f"{100 * gap.gain:+.1f}"):
                assert_printed(said, folded)


@needs_browser
@pytest.mark.parametrize("name", ["email-marketing", "airline", "telco"])
def test_usual_tables_stay_tables(name, tmp_path):
    scores = of_gallery(name)
    page = og.report(scores, value=np.arange(len(scores)), customers=30)
    assert all("block" not in found["tables"] for found in at_widths(page, tmp_path, 1280, 1600))
    for size in ("A4", "A4 landscape"):
        folded = "".join(on_paper(page, tmp_path, size).split())
        assert folded.count("gainifclosed") < 30  # once for each table and page, not for each row


@needs_browser
def test_further_columns_stand_below_their_row(tmp_path):
    scores = of_gallery("email-marketing")
    more = {f"a kept column {place}": [f"value{place}"] * len(scores) for place in range(12)}
    page = og.report(scores.with_columns(more), keep=list(more), customers=5)
    assert page.count('class="rest"') == 5 + scores.worklist().need_data.total
    (found,) = at_widths(page, tmp_path, 1280)
    assert "block" not in found["tables"]
    assert "a kept column 11 value11" in found["heads"]
    folded = "".join(on_paper(page, tmp_path, "A4").split())
    assert all(f"akeptcolumn{place}value{place}" in folded for place in range(8, 12))


@needs_browser
def test_long_links_and_many_columns_jut_out_nowhere(tmp_path):
    scores = of_gallery("email-marketing")
    more = {f"kept {place} at length": ["some words of a csm"] * len(scores) for place in range(30)}
    more |= {"link": [f"https://example.com/{'x' * 90}"] * len(scores), "مسئول": ["علی رضایی"] * len(scores)}
    page = og.report(scores.with_columns(more), keep=["مسئول", "link", *more], customers=5)
    for found in at_widths(page, tmp_path, 320, 400, 703, 1032, 1280, 1600):
        assert found["out"] == [], found["wide"]
        assert found["whole"] <= found["wide"]
