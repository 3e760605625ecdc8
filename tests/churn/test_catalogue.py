"""Looking things up, finding what customers stated, and adding catalogues of one's own."""

from __future__ import annotations

import json
import pickle

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from outcomegap.churn import Catalogue, Entry, catalogue
from outcomegap.churn.losses import reading_of
from outcomegap.errors import ModelError
from outcomegap.model import Measure

BOOK = catalogue()
OWN = """
schema_version = 1
family = "agency"
source = "our exit interviews"

[measures.briefs_rewritten]
unit = "briefs"
low = 0
description = "Briefs we had to write again; more is worse."

[entries.tired-of-us]
labels = { en = "Tired of our ideas", de = "Unserer Ideen müde" }
root_causes = ["appropriate_experience"]
avoidable = "yes"
argument = "Fresh eyes can be brought in."
owner = "vendor"
phases = ["adopt", "accomplish"]
measures = ["briefs_rewritten", "first_reply_hours"]
see_also = ["indifference"]
also = ["same old ideas"]
"""


def findings_of(*extra):
    with pytest.raises(ModelError) as caught:
        catalogue(extra=list(extra))
    assert caught.value.findings
    assert all(str(finding) in str(caught.value) for finding in caught.value.findings[:20])
    return [(finding.rule, finding.where) for finding in caught.value.findings]


# -- reading it ------------------------------------------------------------------------------------------------------


def test_it_is_a_collection():
    assert BOOK["budget"].id == "budget"
    assert "budget" in BOOK
    assert BOOK["budget"] in BOOK
    assert "bugdet" not in BOOK
    assert 3 not in BOOK
    assert len(list(BOOK)) == len(BOOK) == len(BOOK.ids)
    assert repr(BOOK) == "Catalogue(50 entries in reasons, habits, missed_outcomes, customer_events)"
    assert repr(BOOK["died"]) == "Entry('died', 'customer_events', 'The customer died')"


def test_it_never_changes():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        BOOK.entries = ()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        BOOK["budget"].owner = "customer"
    with pytest.raises(TypeError):
        BOOK.root_causes["new"] = None


def test_equal_by_value_and_picklable():
    assert catalogue() == Catalogue(BOOK.entries)
    assert hash(catalogue()) == hash(Catalogue(BOOK.entries))
    assert pickle.loads(pickle.dumps(BOOK)) == BOOK


@pytest.mark.parametrize("name", ["bugdet", ""])
def test_an_unknown_entry_is_named_with_the_nearest(name):
    with pytest.raises(ModelError, match=r"no entry .*(did you mean 'budget'|known: 'budget')"):
        BOOK[name]


def test_a_label_in_an_unknown_language_names_the_known_ones():
    with pytest.raises(ModelError, match=r"no label in 'xx' \(known: 'en', 'fa', 'he'\)"):
        BOOK["budget"].label("xx")
    with pytest.raises(ModelError, match="no label in 'xx'"):
        BOOK.root_causes["customer_event"].label("xx")


def test_select_agrees_with_reading_every_entry():
    for cause in BOOK.root_causes:
        for owner in ("vendor", "customer", "joint"):
            expected = [e.id for e in BOOK if cause in e.root_causes and e.owner == owner and "activate" in e.phases]
            assert [e.id for e in BOOK.select(root_cause=cause, owner=owner, phase="activate")] == expected


@pytest.mark.parametrize("what", ["family", "root_cause", "phase", "owner", "avoidable"])
def test_select_refuses_a_name_it_does_not_know(what):
    with pytest.raises(ModelError, match=rf"catalogue\.{what}: cannot be 'nonsense'"):
        BOOK.select(**{what: "nonsense"})


def test_plain_data_are_ready_for_json():
    data = json.loads(json.dumps([entry.to_dict() for entry in BOOK]))
    assert data[0]["labels"]["fa"] == BOOK["budget"].label("fa")
    assert data[0]["measures"] == ["days_past_due", "discount_requests", "seats_unused_share"]


def test_rows_are_flat_and_take_a_language():
    rows = BOOK.rows(language="fa")
    assert len(rows) == len(BOOK)
    assert all(isinstance(value, str) for row in rows for value in row.values())
    assert rows[0]["label"] == BOOK["budget"].label("fa")
    with pytest.raises(ModelError, match="no entry has a label in 'xx'"):
        BOOK.rows(language="xx")


# -- finding what was stated -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("died", "died"),
        ("Deceased", "died"),
        ("bugs", "unreliable"),
        ("slow support", "wasting-time"),
        ("price", "budget"),
        ("TOO EXPENSIVE!!", "budget"),
        ("never set up", "bad-set-up"),
        ("Moved", "moved-away"),
        ("switched to competitor", "competition"),
        ("missing features", "function-missing"),
        ("cash_trouble", "cash-squeeze"),
        ("Can't pay", "cash-squeeze"),
        ("can\u2019t pay", "cash-squeeze"),
        ("قيمت بالا", "budget"),  # typed on an Arabic keyboard
        ("כבר לא צריך", "need-ended"),
    ],
)
def test_what_customers_write_is_found(text, name):
    assert BOOK.find(text).id == name


#: What stands in exit surveys: in English, Persian and Hebrew.
SURVEYS = {
    "budget": ["price too high", "budget cut", "too_expensive", "قیمت بالا بود", "گرونه", "کمبود بودجه", "יקר מדי"],
    "competition": ["Competitor made better offer", "switched_service", "رقیب پیشنهاد بهتری داد", "עברנו למתחרה"],
    "moved-away": ["moved", "relocated", "اسباب‌کشی کردیم", "اسباب کشی", "עברתי דירה", 'מעבר לחו"ל'],
    "died": ["Deceased", "فوت مشتری", "مشتری فوت کرد", "הלקוח נפטר"],
    "not-caring": ["Attitude of support person", "برخورد بد پشتیبانی", "رفتار نامناسب", "יחס מזלזל"],
    "useless-website": ["Lack of self-service", "سایت ضعیف", "אין שירות עצמי"],
    "unreliable": ["too many bugs", "too_complex", "باگ زیاد", "قطعی مکرر", "کار نمیکنه", "תקלות", "לא עובד"],
    "poor-onboarding": ["poor onboarding", "آموزش ندیدیم", "אונבורדינג גרוע"],
    "acquired": ["acquired", "M&A", "ادغام شرکت", "נרכשנו"],
    "closed": ["bankrupt", "تعطیلی کسب و کار", "ورشکست شدیم", "פשיטת רגל", "סגרתי את העסק"],
    "need-ended": ["no longer needed", "عدم نیاز", "دیگه نیاز ندارم", "לא צריך יותר"],
    "needs-changed": ["switched to in-house", "نیازمان تغییر کرد", "خودمان انجام میدهیم", "פיתוח פנימי"],
    "function-missing": ["missing feature", "bad fit", "product gap", "نبود امکانات", "חסר פיצ\u05f3ר", "לא התאים לנו"],
    "wasting-time": ["slow support", "پشتیبانی کند", "تاخیر در پاسخگویی", "תמיכה איטית"],
    "changed-jobs": ["champion left", "تغییر شغل", "החלפתי עבודה"],
    "cash-squeeze": ["cash flow problems", "مشکلات مالی", "בעיות תזרים"],
    "failed-payments": ["non-payment", "کارت منقضی شد", "כרטיס נדחה"],
    "not-adopted": ["unused", "I don't use the service enough", "استفاده نمیکنم", "לא משתמש מספיק"],
    "bad-set-up": ["failed implementation", "راه اندازی نشد", "ההטמעה נכשלה"],
    "value": ["lack of ROI", "ارزشش را نداشت", "نتیجه نگرفتیم", "לא משתלם"],
    "hard-to-reach": ["nobody answers", "عدم پاسخ‌گویی", "جواب نمیدهند", "לא עונים לטלפון"],
    "neglect": ["no follow-up", "پیگیری نشد", "חוסר יחס"],
    "shifting-blame": ["no accountability", "پاسکاری", "לא לוקחים אחריות"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SURVEYS.items() for text in texts])
def test_what_stands_in_exit_surveys_is_found(name, text):
    assert BOOK.find(text).id == name


@pytest.mark.parametrize(
    "text",
    [
        *("Don't know", "don`t know", "Not sure.", "Other", "prefer not to say", "n.a."),
        *("نمی‌دانم", "نمیدانم", "نمي دانم", "نمیدونم", "مشخص نیست", "سایر", "بدون دلیل", "دلیل خاصی نداشت"),
        *("לא יודע", "לא יודעת", "אין לי מושג", "לא צוינה סיבה", "אחר", "סיבה אחרת"),
    ],
)
def test_what_says_nothing_is_unknown(text):
    assert BOOK.find(text) is None
    assert reading_of(text, BOOK, {}).told == "unknown"


@pytest.mark.parametrize(
    "text", ["no answer", "poor quality", "too slow", "bad service", "indifferent", "התפטר", "ضعیف"]
)
def test_what_may_mean_two_things_is_left_to_a_person(text):
    assert reading_of(text, BOOK, {}).told == "unmatched"


@pytest.mark.parametrize("text", ["moved on", "", "   ", "?!", "unknown", "n/a", "support", None, float("nan")])
def test_what_fits_no_entry_is_not_guessed(text):
    assert BOOK.find(text) is None


def test_the_three_kinds_of_cause_are_told_apart():
    """Died; bugs; slow support: one event, one required outcome, one experience."""
    found = [BOOK.find(text) for text in ("died", "bugs", "slow support")]
    assert [entry.root_causes for entry in found] == [
        ("customer_event",),
        ("required_outcome",),
        ("appropriate_experience",),
    ]
    assert [entry.avoidable for entry in found] == ["no", "yes", "yes"]


@given(data=st.data())
@settings(max_examples=100)
def test_every_phrase_of_an_entry_finds_it_however_it_is_typed(data):
    entry = data.draw(st.sampled_from(BOOK.entries))
    text = data.draw(st.sampled_from([entry.id, *entry.labels.values(), *entry.also]))
    change = data.draw(st.sampled_from([str.upper, str.lower, str.title, lambda t: f"  {t} ... ", lambda t: f"“{t}”"]))
    assert BOOK.find(change(text)) == entry
    assert BOOK.suggest(text, 1) == (entry,)


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("moved on", "moved-away"),
        ("they were far too expensiv", "budget"),
        ("the support replies slowly", "wasting-time"),
        ("Extra data charges", "budget"),
        ("our champion has left us", "changed-jobs"),
        ("Competitor made a better offer", "competition"),
        ("נהיה יקר מדי", "budget"),
    ],
)
def test_what_fits_no_entry_gets_suggestions(text, among):
    assert among in [entry.id for entry in BOOK.suggest(text)]


@pytest.mark.parametrize("text", ["", "qqq", "Don't you?", None, float("nan")])
def test_where_nothing_is_near_nothing_is_suggested(text):
    assert BOOK.suggest(text) == ()


def test_how_many_are_suggested():
    for n in (0, -1):
        with pytest.raises(ModelError):
            BOOK.suggest("price", n)
    assert len(BOOK.suggest("price too high", 1)) == 1


# -- catalogues of one's own -----------------------------------------------------------------------------------------


def check_own(book):
    entry = book["tired-of-us"]
    assert len(book) == len(BOOK) + 1
    assert book.families == (*BOOK.families, "agency")
    assert entry.source == "our exit interviews"
    assert entry.phases == ("accomplish", "adopt")  # in the order of the journey
    assert [measure.name for measure in entry.measures] == ["briefs_rewritten", "first_reply_hours"]
    assert entry.measures[0].low == 0.0
    assert "tired-of-us" in book["indifference"].see_also
    assert book.find("Same old ideas").id == "tired-of-us"
    assert entry.label("de") == "Unserer Ideen müde"
    with pytest.raises(ModelError, match="no label in 'fa'"):
        entry.label("fa")
    assert book.rows(language="fa")[-1]["label"] == "Tired of our ideas"


def test_a_text_a_path_a_name_of_a_file_a_table_and_entries_are_read_alike(tmp_path):
    import tomllib

    path = tmp_path / "agency.toml"
    path.write_text(OWN, encoding="utf-8")
    for extra in (OWN, [OWN], path, [path], str(path), tomllib.loads(OWN), [tomllib.loads(OWN)]):
        check_own(catalogue(extra=extra))
    entry = catalogue(extra=OWN)["tired-of-us"]
    check_own(catalogue(extra=entry))
    check_own(catalogue(extra=iter([entry])))
    assert "tired-of-us" not in catalogue()["indifference"].see_also  # the built-in one is left as it is


def test_one_s_own_entries_may_join_a_built_in_list():
    book = catalogue(extra=OWN.replace('"agency"', '"habits"'))
    assert len(book.select(family="habits")) == 24
    assert book.to_markdown().count("## habits") == 1


def test_nothing_added_is_the_built_in_catalogue():
    assert catalogue(extra=[]) == catalogue() == catalogue(extra=None)
    assert catalogue(extra="schema_version = 1") == catalogue()


BAD = [
    ('avoidable = "yes"', 'avoidable = "maybe"', "unknown-value", "entries.tired-of-us.avoidable"),
    ('avoidable = "yes"', "avoidable = true", "unknown-value", "entries.tired-of-us.avoidable"),
    ('owner = "vendor"', 'owner = "us"', "unknown-value", "entries.tired-of-us.owner"),
    ('["appropriate_experience"]', '["experience"]', "unknown-value", "entries.tired-of-us.root_causes"),
    ('["appropriate_experience"]', "[]", "list", "entries.tired-of-us.root_causes"),
    ('["appropriate_experience"]', '"appropriate_experience"', "list", "entries.tired-of-us.root_causes"),
    ('["adopt", "accomplish"]', '["adoption"]', "unknown-value", "entries.tired-of-us.phases"),
    ('["adopt", "accomplish"]', '["adopt", "adopt"]', "repeated", "entries.tired-of-us.phases"),
    ('["adopt", "accomplish"]', "[1]", "list", "entries.tired-of-us.phases"),
    ('"Fresh eyes can be brought in."', '" "', "text", "entries.tired-of-us.argument"),
    ('"Fresh eyes can be brought in."', "7", "text", "entries.tired-of-us.argument"),
    ('argument = "Fresh eyes can be brought in."\n', "", "missing-key", "entries.tired-of-us.argument"),
    ('see_also = ["indifference"]', 'see_also = ["indiference"]', "link", "entries.tired-of-us.see_also"),
    ('see_also = ["indifference"]', 'see_also = ["tired-of-us"]', "link", "entries.tired-of-us.see_also"),
    ('also = ["same old ideas"]', 'also = ["price"]', "ambiguous", "entries.tired-of-us"),
    ('also = ["same old ideas"]', "aliases = []", "unknown-key", "entries.tired-of-us.aliases"),
    ('en = "Tired of our ideas"', 'en = "Trust is gone"', "ambiguous", "entries.tired-of-us"),
    ('en = "Tired of our ideas"', 'en = ""', "text", "entries.tired-of-us.labels.en"),
    ('"first_reply_hours"', '"first_reply_hour"', "unknown-measure", "entries.tired-of-us.measures"),
    ('"first_reply_hours"', '"briefs_rewritten"', "repeated", "entries.tired-of-us.measures"),
    ('unit = "briefs"', 'units = "briefs"', "unknown-key", "measures.briefs_rewritten.units"),
    ("low = 0", 'low = "none"', "number", "measures.briefs_rewritten.low"),
    ('family = "agency"', 'family = "Our Agency"', "identifier", "entries.tired-of-us.family"),
    ('family = "agency"\n', "", "missing-key", "family"),
    ("schema_version = 1", "schema_version = 2", "schema-version", "schema_version"),
    ("schema_version = 1\n", "", "missing-key", "schema_version"),
    ("tired-of-us]", '"Tired of us"]', "identifier", "entries.Tired of us.id"),
    ("tired-of-us]", "budget]", "duplicate-id", "entries.budget"),
    (
        "[measures.briefs_rewritten]",
        "[measures.briefs_rewritten]\n[measures.first_reply_hours]",
        "measure",
        "entries.tired-of-us.measures",
    ),
]


@pytest.mark.parametrize(("good", "bad", "rule", "where"), BAD, ids=[f"{b[2]}-{i}" for i, b in enumerate(BAD)])
def test_each_mistake_is_named_with_its_place(good, bad, rule, where):
    assert OWN.count(good) == 1
    found = findings_of(OWN.replace(good, bad))
    assert any(r == rule and w.endswith(where) for r, w in found), found


def test_all_mistakes_are_told_at_once_and_each_names_its_source(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("family = ", encoding="utf-8")
    latin = tmp_path / "latin.toml"
    latin.write_bytes("name = 'é'".encode("latin-1"))
    bad = OWN.replace('"vendor"', '"us"').replace('"yes"', '"maybe"').replace('"indifference"', '"nobody"')
    found = findings_of(
        path,
        latin,
        tmp_path / "absent.toml",
        tmp_path,
        bad,
        {"schema_version": 1, "family": "x"},
        {"entries": 3},
        {"entries": {"a": 3}},
        {"entries": {"budget": {}}},
        "a\0b",
    )
    for expected in [
        ("syntax", "broken.toml"),
        ("encoding", "latin.toml"),
        ("file", "absent.toml"),
        ("file", tmp_path.name),
        ("unknown-value", "extra[4].entries.tired-of-us.owner"),
        ("unknown-value", "extra[4].entries.tired-of-us.avoidable"),
        ("link", "extra[4].entries.tired-of-us.see_also"),
        ("duplicate-id", "extra[8].entries.budget"),
        ("syntax", "extra[9]"),
        ("table", "extra[6].entries"),
        ("table", "extra[7].entries.a"),
    ]:
        assert expected in found


def test_a_link_to_an_entry_that_could_not_be_read_is_no_second_mistake():
    other = (
        OWN.replace("tired-of-us", "other").replace("Tired", "Sick").replace("same old", "old").replace("müde", "satt")
    )
    other = other.replace('"indifference"', '"tired-of-us"')
    assert findings_of(OWN.replace('"vendor"', '"us"'), other) == [
        ("unknown-value", "extra[0].entries.tired-of-us.owner")
    ]


def test_an_entry_of_one_s_own_says_all_its_mistakes_at_once():
    with pytest.raises(ModelError) as caught:
        Entry(
            "Bad Id",
            "x",
            labels={},
            root_causes="customer_event",
            avoidable="si",
            argument="",
            owner=None,
            measures=[Measure("b"), Measure("b")],
            see_also=["Bad Id"],
        )
    assert {finding.where.split(".")[-1] for finding in caught.value.findings} == {
        *("id", "labels", "root_causes", "avoidable", "argument", "owner", "measures")
    }


def test_entries_that_share_a_name_make_no_catalogue():
    with pytest.raises(ModelError, match="stands in 'reasons' and again in 'reasons'"):
        Catalogue([BOOK["budget"], attrs.evolve(BOOK["budget"], avoidable="no")])
    with pytest.raises(ModelError, match="no entry 'value'"):
        Catalogue([BOOK["budget"]])


KEYS = ["labels", "root_causes", "avoidable", "argument", "owner", "measures", "see_also", "also", "phases", "x"]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["en", "yes", "budget"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "low"]) | st.text(max_size=4), inner)
    ),
    max_leaves=6,
)


@given(
    entry=st.dictionaries(st.sampled_from(KEYS), JUNK),
    top=st.dictionaries(st.sampled_from(["family", "measures"]), JUNK),
)
@settings(max_examples=150, deadline=None)
def test_junk_is_a_model_error_and_nothing_else(entry, top):
    with pytest.raises(ModelError) as caught:
        catalogue(extra={"schema_version": 1, "entries": {"own": entry}, **top})
    assert all(finding.message and finding.where for finding in caught.value.findings)
