"""The HTML report: self-contained, escaped, and saying what the scores say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import outcomegap as og
from outcomegap import report
from outcomegap.listing import harmless
from outcomegap.present.report import SIMULATED
from tests.scoring.outside import GAIN, PARTS, small

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><b>",
    "&amp; & &#x3c;",
    "rtl \u202e evil \u2066",
    "\x1b[31mred\x00",
    "فروش از ایمیل",
    "מכירות",
    "{curly} %s {0!r}",
]
VOID = {"meta", "rect", "br", "img"}


class Page(HTMLParser):
    """Checks nesting; collects tags, attributes and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.said = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.said.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.said).split())


def calm_like(nasty):
    """Harmless words as long as the hostile ones, for which tables have the same room."""
    return re.sub(r"\S", "x", harmless(nasty))


def model_named(names, **more):
    """A model whose every name is one of `names`, used round and round."""
    given = iter(f"{names[i % len(names)].strip()} {i}" for i in range(100))
    # Names of segments hold no slash.
    segments = [og.Segment(next(given).replace("/", "|"), ideal=i < 2) for i in range(3)]
    gap = og.SuccessGap(
        next(given), og.Measure("m 1", unit=next(given)), floor=0, target=2, owner=next(given), remedy=next(given)
    )
    wish = og.Expectation(next(given), og.Measure("m 2"), floor=0, target=1, owner=next(given))
    parts = og.RequiredOutcome(next(given), needs=gap), og.AppropriateExperience(next(given), expects=wish)
    wanted = [og.DesiredOutcome(*parts)]
    return og.OutcomeModel(next(given), desired_outcomes=wanted, segments=segments, description=next(given), **more)


def customers_of(model, ids):
    n = len(ids)
    segments = [model.segment_names[i % 3] for i in range(n)]
    return {
        "customer": ids,
        "segment": segments,
        "m 1": [None if i % 5 == 4 else i % 3 for i in range(n)],
        "m 2": [0.25 * (i % 5) for i in range(n)],
        "mrr": [10.0 * i for i in range(n)],
    }


@pytest.fixture
def plain():
    model = model_named(["plain"])
    return og.Scorer(model).score(customers_of(model, [f"c{i}" for i in range(12)]))


def test_nothing_is_loaded_from_anywhere(plain):
    page = Page(report(plain, value="mrr"))
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    named = {name for name, _ in page.attributes}
    assert not {"src", "href", "style", "onclick", "onload"} & named
    assert "url(" not in report(plain)
    assert "http:" not in report(plain)
    assert "https:" not in report(plain)


@pytest.mark.parametrize("nasty", NASTY)
def test_hostile_names_stay_text(nasty):
    model = model_named([nasty])
    ids = [f"{nasty} {i}" for i in range(12)]
    scores = og.Scorer(model).score(customers_of(model, ids) | {"segment": [model.segment_names[0]] * 12})
    text = report(scores, title=f"{nasty} title", value="mrr", keep=["m 1"])
    reference = model_named([calm_like(nasty)])
    calm = og.Scorer(reference).score(
        customers_of(reference, [f"{calm_like(nasty)} {i}" for i in range(12)])
        | {"segment": [reference.segment_names[0]] * 12}
    )
    page, quiet = Page(text), Page(report(calm, title="plain", value="mrr", keep=["m 1"]))
    assert page.tags == quiet.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in quiet.attributes]
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    visible = re.sub("[\u202a-\u202e\u2066-\u2069]", "", re.sub("[\x00-\x1f]", "\ufffd", nasty))
    assert " ".join(visible.split()) in page.text


def test_it_says_what_the_scores_say(plain):
    page = Page(report(plain, value="mrr")).text
    total = plain.by("segment").total
    assert f"{100 * total.desired:.1f}" in page
    assert f"{100 * total.states['failing']:.1f} %" in page
    for gap in total.gaps:
        assert gap.name in page
        assert f"{100 * gap.share:.1f} %" in page
    first = next(iter(plain.worklist(value="mrr")))
    assert first["stands_at"] in page
    assert plain.model.fingerprint[:12] in page
    assert "(not ideal, in no total)" in page
    assert "Need data before they can be scored" in page


def test_bars_are_as_long_as_what_they_show(plain):
    text = report(plain)
    bars = re.findall(r'aria-label="([^"]*)"><title>[^<]*</title>(.*?)</svg>', text)
    states = [(label, rects) for label, rects in bars if label.startswith(("failing", "successful", "tolerating"))]
    assert states
    for label, rects in states:
        shares = [float(share) for share in re.findall(r"([\d.]+) %", label)]
        widths = [float(width) for width in re.findall(r'x="[\d.]+" width="([\d.]+)"', rects)]
        assert [10 * share for share in shares] == pytest.approx(widths, abs=0.6)


def test_simulated_customers_are_called_so(plain):
    model = og.gallery.load("email-validation")
    customers = og.simulate(model, 30, seed=1)
    scores = og.Scorer(model).score(customers)
    assert all(name.startswith(SIMULATED) for name in customers["customer"])
    assert "Simulated customers" in report(scores)
    assert "Simulated customers" not in report(scores, simulated=False)
    assert "Simulated customers" not in report(plain)
    assert "Simulated customers" in report(plain, simulated=True)


def test_rows_set_aside_are_shown(plain):
    model = plain.model
    customers = customers_of(model, [f"c{i}" for i in range(6)])
    customers["segment"][2] = "<nobody>"
    scores = og.Scorer(model).score(customers, on_bad="set_aside")
    page = Page(report(scores)).text
    assert "Rows set aside: 1" in page
    assert "<nobody>" in page


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_any_customers(plain, rows):
    model = plain.model
    customers = {name: values[:rows] for name, values in customers_of(model, ["one"]).items()}
    page = Page(report(og.Scorer(model).score(customers)))
    assert "customers" in page.text
    assert "nan" not in page.text.lower().split()


def test_a_model_without_segments_and_other_groups(tmp_path):
    gap = og.SuccessGap("g", og.Measure("g"), floor=0, target=1)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("r", needs=gap), og.AppropriateExperience("e", expects=wish)
    model = og.OutcomeModel("small", desired_outcomes=[og.DesiredOutcome(*parts)])
    scores = og.Scorer(model).score({"g": [0.5, 1.0], "w": [1.0, 1.0], "plan": ["a", None]})
    assert "50.0" in Page(report(scores)).text
    text = report(scores, tmp_path / "r.html", by="plan")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == text
    assert "Who is where, by plan" in Page(text).text


def test_many_groups_and_gaps_are_cut_short(plain):
    customers = customers_of(plain.model, [f"c{i}" for i in range(120)])
    scores = og.Scorer(plain.model).score(customers | {"plan": [f"p{i}" for i in range(120)]})
    page = Page(report(scores, by="plan", gaps=1)).text
    assert "... and 60 more groups." in page
    assert "The gaps of 72 more groups are not on this page" in page
    assert "... and 1 more, together" in page


def test_what_cannot_be_done(plain, tmp_path):
    with pytest.raises(og.DataError, match="plam"):
        report(plain, by="plam")
    with pytest.raises(og.DataError, match="cannot be written"):
        report(plain, tmp_path / "no" / "such" / "place.html")


@pytest.mark.parametrize("name", ["report.pdf", "report", "report.html.gz"])
def test_a_file_that_is_not_called_html(tmp_path, name):
    model = og.gallery.load("email-marketing")
    scores = og.Scorer(model).score(og.simulate(model, 20, seed=1))
    with pytest.raises(og.DataError, match="the report is an HTML page; call the file"):
        report(scores, tmp_path / name)
    assert not (tmp_path / name).exists()


def override(customer, **more):
    said = {"state": "failing", "reason": "their sponsor left", "author": "Sara", "until": "2026-03-31"}
    return og.Override(customer, **said | more)


def test_overrides_have_a_section_and_a_column(plain):
    said = [override("c1", score=0.125), override("c4", state="tolerating"), override("c2", until="2026-01-31")]
    scores = plain.with_overrides(said, as_of="2026-02-01")
    page = Page(report(scores, value="mrr")).text
    assert "Overrides at 2026-02-01: 2" in page
    assert "1 more is past the last day." in page
    assert "Means, states and gaps on this page are as computed; the order of need follows what holds." in page
    assert "failing, score 12.5: their sponsor left (Sara, until 2026-03-31)" in page
    section = page[page.index("Overrides at") : page.index("The steps, and what the data cover")]
    assert (
        f"c1 {plain.state[1]} {100 * plain.desired[1]:.1f} failing 12.5 their sponsor left Sara 2026-03-31" in section
    )
    assert f"c4 {plain.state[4]} - tolerating - their sponsor left Sara" in section  # needs data
    assert "c2" not in section
    assert "Override what somebody says instead of the score, until a day" in page
    # means and states are as computed
    assert (
        Page(report(plain, value="mrr")).text.split("Whom to turn to first")[0]
        == page.split("Whom to turn to first")[0]
    )
    assert "Override" not in Page(report(plain)).text


def test_the_order_on_the_page_follows_what_holds(plain):
    last = [row["customer"] for row in plain.worklist() if row["section"] == "in order of need"][-1]
    scores = plain.with_overrides([override(last, score=0)], as_of="2026-02-01")
    page = Page(report(scores)).text
    work = page[page.index("Whom to turn to first") :]
    rows = [row["customer"] for row in scores.worklist()]
    assert rows.index(last) < len(rows) / 2
    assert work.index(f" {last} ") < work.index(f" {rows[-4]} ")


@pytest.mark.parametrize("nasty", NASTY)
def test_overrides_stay_text(plain, nasty):
    said, calm = ([override("c1", reason=text, author=text)] for text in (nasty, calm_like(nasty)))
    page, quiet = (Page(report(plain.with_overrides(each, as_of="2026-02-01"))) for each in (said, calm))
    assert page.tags == quiet.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in quiet.attributes]


def test_overrides_of_those_without_a_score(plain):
    customers = customers_of(plain.model, [f"c{i}" for i in range(6)])
    customers["segment"][2] = "nowhere"
    scores = og.Scorer(plain.model).score(customers, on_bad="set_aside")
    said = [override("c2", score=0.5), override("c4", score=0.5)]
    page = Page(report(scores.with_overrides(said, as_of="2026-02-01"))).text
    section = page[page.index("Overrides at") : page.index("The steps, and what the data cover")]
    assert "c2 - - failing 50.0 their sponsor left" in section
    assert f"c4 {scores.state[4]} - failing 50.0" in section
    assert "nan" not in page.lower()
    assert "None" not in page


def test_many_overrides_are_cut_short(plain):
    customers = customers_of(plain.model, [f"c{i}" for i in range(120)])
    scores = og.Scorer(plain.model).score(customers)
    said = [override(f"c{i}") for i in range(70)] + [override(f"c{i}", until="2020-01-01") for i in range(70, 73)]
    page = Page(report(scores.with_overrides(said, as_of="2026-02-01"))).text
    assert "Overrides at 2026-02-01: 70" in page
    assert "... and 20 more." in page
    assert "3 more are past the last day." in page


def test_overrides_looked_at_where_there_are_none(plain):
    page = Page(report(plain.with_overrides([], as_of="2026-02-01"))).text
    assert "Overrides at 2026-02-01: 0" in page


def test_scores_of_a_scorer_of_ones_own():
    said = {"parts": PARTS, "gain": GAIN, "columns": {"band": ["low", "high", None, "mid"]}}
    page = Page(report(small(**said), by="band", keep=["plan"])).text
    assert "100 x what small says, between 0 and 1." in page
    assert "5 of 20" in page
    assert "Desired outcome" not in page
    assert "Gain if closed" in page
    bare = Page(report(small(), by="plan")).text
    assert "does not say which steps make up the distance" in bare
    assert "Gain if closed" not in bare
    left = Page(report(small(parts=PARTS / 2, exact=False), by="plan")).text
    assert "50.0 % of the gap is assigned to no step" in left
    assert "since a gate on numbers" not in left


def texts(scores, **more):
    return Page(report(scores, **more)).text


def test_the_page_says_where_the_customers_came_from(tmp_path):
    model = model_named(["plain"])
    inputs = og.model.Inputs(
        id="customer",
        as_of="2026-03-01",
        segment={"column": "segment"},
        measures={
            "m 1": {"table": "events", "by": "who", "aggregate": "count", "time": "at"},
            "m 2": {"column": "m 2", "missing": ["k.A."]},
        },
    )
    model = og.OutcomeModel(model.name, desired_outcomes=model.desired_outcomes, segments=model.segments, inputs=inputs)
    name = model.segment_names[0]
    (tmp_path / "customers.csv").write_text(f"customer,segment,m 2\nA,{name},0.5\nB,{name},k.A.\nC,{name},many\n")
    (tmp_path / "events.csv").write_text("who,at\nA,2026-02-01\nA,2026-04-01\nZ,2026-01-01\n")
    read = og.read_customers(model, tmp_path / "customers.csv", on_bad="set_aside")
    assert read.report.facts == {
        "tables": {"customers": "customers.csv", "events": "events.csv"},
        "as_of": "2026-03-01",
        "rows_in": 3,
        "set_aside": 1,
    }
    scores = og.Scorer(model).score(read)
    assert scores.reading is read.report
    page = texts(scores)
    assert "As of 2026-03-01. 3 customers read, 2 handed on, 1 set aside." in page
    assert "Tables: customers (customers.csv), events (events.csv)." in page
    for note in read.report.notes:
        assert note in page
    assert any("problem:" in note for note in read.report.notes)
    kept = scores.with_columns({"band": ["x"] * len(scores)}).with_overrides([], as_of="2026-03-01")
    assert kept.reading is read.report


def test_a_frame_has_no_report_of_reading(plain):
    page = texts(plain)
    assert "Scored: a table of 12 rows." in page
    assert "What was read" not in page
    import pandas as pd

    frame = pd.DataFrame(customers_of(plain.model, ["a", "b"])).assign(report=["x", "y"], frame=[1, 2])
    assert og.Scorer(plain.model).score(frame).reading is None  # columns of these names mean nothing


def test_the_page_says_from_where_on_it_counts():
    sales = og.RequiredOutcome("sales", needs=og.SuccessGap("g", og.Measure("g"), floor=0, target=1))
    suits = og.AppropriateExperience("how", expects=og.Expectation("w", og.Measure("w"), floor=0, target=1))
    wanted = og.DesiredOutcome(
        sales, suits, achieved_at=og.per_cell(0.6, {"big": 0.85}), appropriate_at=0.7, min_coverage=0.25
    )
    model = og.OutcomeModel("m", desired_outcomes=[wanted], segments=["big", "small"])
    page = texts(og.Scorer(model).score({"segment": ["big"], "g": [0.5], "w": [1.0]}))
    assert "sales 60.0; big 85.0 how 70.0 25.0 %" in page
    assert "Nobody has checked this score against what customers did" in page


def test_a_score_that_is_held_against_what_is_observed():
    seen = og.SuccessGap("revenue came in", og.Measure("revenue"), floor=0, target=1000)
    gap = og.SuccessGap("g", og.Measure("g"), floor=0, target=4)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("sales", needs=gap, measured_by=seen), og.AppropriateExperience("how", expects=wish)
    scorer = og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)]))
    page = texts(scorer.score({"g": [4, 4, 1, 4], "w": [1] * 4, "revenue": [900, 10, 0, None]}))
    assert "as observed, the score says something else for 1 of 3 customers." in page
    assert "Nobody has checked" not in page
    assert "Nobody has checked" in texts(scorer.score({"g": [4], "w": [1], "revenue": [None]}))


def test_the_page_says_floors_and_targets():
    target = og.per_cell(50_000, {"big": 80, "*/late": og.column("own goal"), "big/late": 0.5})
    gap = og.SuccessGap("g", og.Measure("m", unit="contacts"), floor=12.5, target=target)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=og.column("agreed"))
    parts = og.RequiredOutcome("sales", needs=gap), og.AppropriateExperience("how", expects=wish)
    cells = {"segments": ["big", "small"], "stages": ["early", "late"]}
    model = og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)], **cells)
    row = {"segment": ["big"], "stage": ["early"], "m": [50], "w": [1], "own goal": [3], "agreed": [2]}
    page = texts(og.Scorer(model).score(row))
    assert "g 12.5 50,000; late column own goal; big 80; big/late 0.5 contacts 100.0 %" in page
    assert "w 0 column agreed" in page


def test_the_page_says_what_is_doubtful_about_the_model(plain):
    for finding in og.check(plain.model):
        if finding.severity == "warning":
            assert finding.message in texts(plain)


def test_bars_have_one_scale_for_all_groups(plain):
    bars = re.findall(
        r'aria-label="[^"]*: ([\d.]+) points of the gap[^"]*"><title>[^<]*</title>(.*?)</svg>', report(plain)
    )
    lengths = [sum(float(wide) for wide in re.findall(r'x="[\d.]+" width="([\d.]+)"', rects)) for _, rects in bars]
    parts = [float(said) for said, _ in bars]
    assert max(lengths) == pytest.approx(1000)
    assert lengths == pytest.approx([1000 * part / max(parts) for part in parts], abs=6)


def heading(**columns):
    gap = og.SuccessGap("g", og.Measure("g"), floor=0, target=1)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("sales", needs=gap), og.AppropriateExperience("how", expects=wish)
    scores = og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])).score(
        columns, on_bad="set_aside"
    )
    return re.search(r'<p class="headline"[^>]*>(.*?)</p>', report(scores)).group(1).replace("&#39;", "'")


@pytest.mark.parametrize(
    ("g", "w", "said"),
    [
        ([], [], "There are no customers."),
        (["x"], [1], "Every row was set aside: there are no customers to score."),
        ([None, None], [None, None], "Nothing can be said yet: 2 customers need data first. 'g' is missing for 2."),
        ([1, 1], [1, 1], "2 of 2 customers have reached 'sales', in the way that suits them."),
        ([1, None], [1, 1], "Nobody is known to have failed; for 1 of 2 customers it depends on missing data."),
        (
            [0.25, 0.75, None],
            [1, 1, 1],
            (
                "1 of 3 customers has not reached 'sales'; for 1 more it depends on missing data. The largest gap is 'g' (100.0 % "
                "of the distance that is left): closing it alone, for everyone, would add 50.0 points to the mean score of 50.0."
            ),
        ),
        (
            [1, 1],
            [0.25, 1],
            (
                "1 of 2 customers has reached 'sales', but not in the way that suits them. The largest gap is 'w' (100.0 % of the "
                "distance that is left): closing it alone, for everyone, would add 37.5 points to the mean score of 62.5."
            ),
        ),
        (
            [0.0, 0.0],
            [0.0, 0.0],
            (
                "2 of 2 customers have not reached 'sales'. The largest gap is 'g' (100.0 % of the distance that is left): "
                "closing it alone, for everyone, would add 0.0 points to the mean score of 0.0."
            ),
        ),
    ],
)
def test_the_headline_holds_in_every_case(g, w, said):
    assert heading(g=g, w=w) == said


def test_the_headline_begins_with_what_could_not_be_read():
    assert heading(g=[0.2, 0.4, "x", "y"], w=[1, 1, 1, 1]).startswith(
        "Only 2 of 4 customers could be read; all that follows is about those. 2 of 2 customers have not reached"
    )
    assert heading(g=[0.2] * 19 + ["x"], w=[1] * 20).startswith("19 of 19 customers have not reached")
    some = heading(g=[0.2, None, None, None], w=[1, None, None, None])
    assert some.startswith("Only 1 of 4 customers has enough data for a score. 1 of 4 customers has not reached")


def test_rows_set_aside_in_reading_are_in_the_headline(plain):
    customers = customers_of(plain.model, [f"c{i}" for i in range(10)])
    customers["m 2"] = [*customers["m 2"][:7], "x", "y", "z"]
    read = og.read_customers(plain.model, customers, on_bad="set_aside")
    page = texts(og.Scorer(plain.model).score(read))
    assert "Only 7 of 10 customers could be read; all that follows is about those." in page
    assert "3 rows set aside" in page


def steps_and_scores(**columns):
    gaps = [og.SuccessGap(name, og.Measure(name), floor=0, target=1) for name in columns if name != "w"]
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("sales", needs=og.AllOf(*gaps)), og.AppropriateExperience("how", expects=wish)
    return og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])).score(columns)


def test_a_step_that_is_mostly_missing_is_found_out_first():
    page = texts(steps_and_scores(seats=[None] * 4 + [0.1], logins=[0.8] * 5, w=[1] * 5))
    assert "The largest gap, 'seats' (" in page
    assert "is mostly missing data: find out first. The largest gap that is observed is 'logins' (" in page
    columns = {"seats": [None] * 4 + [0.1], "posts": [None] * 4 + [0.1], "logins": [0.8] * 5, "done": [1] * 5}
    some = texts(steps_and_scores(**columns, w=[1] * 5))
    assert "The 2 largest gaps, above all 'seats' (" in some
    assert "are mostly missing data: find out first. The largest gap that is observed is 'logins' (" in some
    unseen = texts(steps_and_scores(seats=[None] * 5, logins=[1] * 5, w=[1] * 5))
    assert "'seats' (100.0 % of the distance that is left), is mostly missing data: find out first. Model" in unseen


def test_gains_are_said_as_in_the_table():
    scores = steps_and_scores(seats=[0.3331, 0.67], logins=[0.9996, 0.97], w=[0.99, 0.93])
    total = scores.by().total
    page = texts(scores)
    assert f"would add {100 * total.gaps[0].gain:.1f} points to the mean score of {100 * total.desired:.1f}." in page
    assert f"+{100 * total.gaps[0].gain:.1f}" in page


def test_the_page_says_what_a_missing_value_counts_as(plain):
    assert "Missing data a missing value is never a zero." in texts(plain)
    assert "a missing success gap or function counts half." in texts(plain)


def test_the_headline_of_a_scorer_of_ones_own():
    assert "1 of 4 customers is failing; for 1 more it depends on missing data." in texts(small(), by="plan")
    assert "'logins' (70.0 % of the distance that is left): closing it alone, for everyone" in texts(
        small(parts=PARTS, gain=GAIN), by="plan"
    )


def test_what_cannot_be_bridged_promises_nothing():
    gap = og.SuccessGap("g", og.Measure("g"), floor=0, target=1, bridgeable=False)
    wish = og.Expectation("w", og.Measure("w"), floor=0, target=1)
    parts = og.RequiredOutcome("sales", needs=gap), og.AppropriateExperience("how", expects=wish)
    scores = og.Scorer(og.OutcomeModel("m", desired_outcomes=[og.DesiredOutcome(*parts)])).score({"g": [0.1], "w": [1]})
    assert "is 'g (cannot be bridged)' (100.0 % of the distance that is left)." in report(scores).replace("&#39;", "'")


def test_the_interval_of_a_small_group_is_explained(plain):
    assert "95 % where the mean score of such customers lies" in texts(plain)
    many = customers_of(plain.model, [f"c{i}" for i in range(3000)])
    assert "95 %" not in texts(og.Scorer(plain.model).score(many))


def test_it_prints_on_a4():
    model = og.gallery.load("telco")
    assert "@page { size: A4;" in report(og.Scorer(model).score(og.simulate(model, 3, seed=1)))
