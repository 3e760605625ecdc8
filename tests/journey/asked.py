"""Everything public in og.journey with arguments with which it works."""

from __future__ import annotations

import outcomegap as og
from outcomegap import journey
from tests.churn.arguments import Asked
from tests.journey.phone import history_of, phone, rows

LOG = {
    "customer": ["A", "A", "B"],
    "event": ["contract_signed", "crash", "login"],
    "time": ["2026-01-01", "2026-01-02T10:00", "2026-01-03"],
    "none": [None, "A", "B"],
    "gone": ["2026-01-01", None, "2026-01-03"],
    "soon": ["2026-01-01", "soon", "2026-01-03"],
    "swapped": ["01.02.2026", "2026-01-02", "2026-01-03"],
    "number": [1, 2, 3],
    "nested": [["A"], ["B"], ["C"]],
}
CONTACTS = LOG | {"kind": ["call", "sale", "call"], "satisfaction": [1.0, 10.0, None], "before": [2.0, None, 3.0],
                  "above": [1.0, 11.0, None], "minus": [1.0, -1.0, None], "endless": [1.0, float("inf"), None]}  # fmt: skip
LEFT = {"who": ["A"], "when": ["2026-01-15"], "none": [None], "soon": ["soon"]}
PROSPECTS = {
    "who": ["A", "B"], "fits": [True, None], "twice": ["A", "A"], "none": ["A", None], "text": ["yes", "perhaps"],
    "due": ["2026-01-01", None], "hired": [False, None], "soon": ["soon", None],
}  # fmt: skip
MODEL = phone()
SCORER = og.Scorer(MODEL)
ROWS = rows({"A": 1.0, "B": 2.0}) | {"mrr": [1.0, 2.0], "minus": [-1.0, 1.0], "text": ["x", "y"]}
SCORES = SCORER.score(ROWS)
HISTORY = history_of({"2026-01-01": {"A": 1.0, "B": 2.0}, "2026-02-01": {"A": 2.0, "B": 2.0}})
STAGED = og.OutcomeModel(
    "staged", segments=[og.Segment("firm"), og.Segment("hobby")], stages=["early", "late"],
    desired_outcomes=MODEL.desired_outcomes,
)  # fmt: skip
PLACED = ROWS | {"segment": ["firm", "hobby"], "stage": ["early", "late"]}
EIGHT = journey.phases()
STEPS = journey.Milestones(["list imported", journey.Milestone("first sale", 1_000)])
PROGRESS = STEPS.progress(LOG, as_of="2026-02-01")
DAYS = journey.first_hundred_days(LOG, as_of="2026-02-01")
FIT = journey.Fit("fits", "technical", "fits")
AGREED = journey.Fit(
    "agreed", "resource", "fits", accountable=[journey.Accountability("we", "hire", by=og.column("due"))]
)
RULE = journey.Rule("failing", when={"state": "failing"}, for_days=3)
PHASE = {"id": "admit", "number": 2, "labels": {"en": "Admit"}, "feels": "Glad.", "act": "Celebrate.",
         "evidence": "contract_signed", "window_days": 2}  # fmt: skip
FIRST = {"begins": None, "minutes": 5, "session_gap_minutes": 30, "days": 7, "errors": ()}
EVENTS = {"events": LOG, "as_of": "2026-02-01", "customer": "customer", "event": "event", "time": "time"}


def add(**arguments):
    """Add to a history of its own each time, since adding changes it."""
    return history_of({"2026-01-01": {"A": 1.0}}).add(**arguments)


def remove(date):
    """Take a day out of a history of its own each time."""
    return history_of({"2026-01-01": {"A": 1.0}}).remove(date)


def save(path, suffix):
    """Save that history."""
    return HISTORY.save(path, suffix=suffix)


ASKED = {
    "Accountability": Asked(journey.Accountability, {"who": "we", "what": "hire", "by": "2026-01-01", "done": None}),
    "FirstHundredDays.__getitem__": Asked(DAYS.__getitem__, {"customer": "A"}),
    "FirstHundredDays.first_impression": Asked(DAYS.first_impression, FIRST),
    "Fit": Asked(
        journey.Fit,
        {"name": "fits", "kind": "technical", "column": "fits"}
        | dict.fromkeys(("yes", "no", "at_least", "at_most"))
        | {"accountable": ()},
    ),
    "Fit.answer": Asked(FIT.answer, {"value": True}),
    "History": Asked(journey.History, {"models": MODEL}),
    "History.add": Asked(
        add,
        {"date": "2026-03-01", "customers": ROWS, "segment": "segment", "stage": "stage", "goal": "goal", "id": "id"}
        | {"on_bad": "raise"},
    ),
    "History.alarm": Asked(
        HISTORY.alarm,
        {"left": LEFT, "periods": ("2026-01-01", "2026-02-01", "2026-03-01"), "customer": "who", "time": "when"}
        | {"margin": 0.02, "worth_naming": 1.5, "confidence": 0.95, "test": "poisson"},
    ),
    "History.change": Asked(HISTORY.change, {"date": None}),
    "History.fired": Asked(lambda rules: HISTORY.fired(rules), {"rules": RULE}),  # noqa: PLW0108 - rules have no name to be given by
    "History.model_at": Asked(HISTORY.model_at, {"date": "2026-01-01"}),
    "History.remove": Asked(remove, {"date": "2026-01-01"}),
    "History.save": Asked(save, {"path": "there", "suffix": ".json"}),
    "History.scores": Asked(HISTORY.scores, {"date": "2026-01-01"}),
    "History.series": Asked(HISTORY.series, {"customer": "A"}),
    "History.trend": Asked(HISTORY.trend, {"of": "desired", "since": None, "per_days": 30, "confidence": 0.95}),
    "LookAhead.to_frame": Asked(journey.look_ahead(og.Scorer(STAGED), PLACED).to_frame, {"steps": True}),
    "Milestone": Asked(
        journey.Milestone,
        {"name": "first sale", "value": 1, "event": None, "due_days": 30} | {"owner": "joint", "remedy": "call them"},
    ),
    "Milestones": Asked(journey.Milestones, {"items": ["first sale"], "per": "year"}),
    "Milestones.__getitem__": Asked(STEPS.__getitem__, {"place": 0}),
    "Milestones.after": Asked(STEPS.after, {"name": None}),
    "Milestones.place": Asked(STEPS.place, {"name": None}),
    "Milestones.progress": Asked(STEPS.progress, EVENTS),
    "Phase": Asked(journey.Phase, PHASE),
    "Phase.label": Asked(EIGHT["admit"].label, {"language": "en"}),
    "Phases": Asked(journey.Phases, {"items": EIGHT.items, "clock_starts": "admit", "horizon_days": 100}),
    "Phases.__getitem__": Asked(EIGHT.__getitem__, {"name": "admit"}),
    "Phases.after": Asked(EIGHT.after, {"name": "admit"}),
    "Phases.proved_by": Asked(EIGHT.proved_by, {"event": "contract_signed"}),
    "Progress.steps": Asked(PROGRESS.steps, {"within_days": 30, "confidence": 0.95}),
    "Progress.vector": Asked(PROGRESS.vector, {"share": None, "within_days": 30, "confidence": 0.95}),
    "Rule": Asked(journey.Rule, {"name": "failing", "when": {"state": "failing"}, "for_days": 3, "max_gap_days": None}),
    "Rule.answers": Asked(RULE.answers, {"scores": SCORES}),
    "SuccessVector.to_frame": Asked(journey.success_vector(STEPS, 3).to_frame, {"kind": "dict"}),
    "Trend.per": Asked(journey.Trend(1.0, 0.5, 2.0, 9).per, {"times": 30}),
    "first_hundred_days": Asked(
        journey.first_hundred_days,
        EVENTS | dict.fromkeys(("phases", "clock", "horizon_days", "windows")) | {"confidence": 0.95},
    ),
    "first_impression": Asked(journey.first_impression, EVENTS | FIRST | {"confidence": 0.95}),
    "gap_status": Asked(journey.gap_status, {"scores": SCORES, "weight": "mrr"}),
    "load_history": Asked(journey.load_history, {"path": "saved", "curves": None, "gates": None, "joins": None}),
    "look_ahead": Asked(
        journey.look_ahead,
        {"scorer": og.Scorer(STAGED), "customers": PLACED, "to": "next"}
        | {"segment": "segment", "stage": "stage", "goal": "goal", "id": "id"},
    ),
    "phases": Asked(journey.phases, dict.fromkeys(("evidence", "window_days", "clock_starts", "horizon_days"))),
    "potential": Asked(
        journey.potential,
        {"frame": PROSPECTS, "gates": [FIT, AGREED], "customer": "who", "as_of": "2026-01-01", "confidence": 0.95},
    ),
    "promises": Asked(
        journey.promises,
        {"model": STAGED, "customers": PLACED, "value": "mrr"}
        | {"segment": "segment", "stage": "stage", "goal": "goal", "id": "id"},
    ),
    "spectrum": Asked(
        journey.spectrum,
        {"contacts": CONTACTS, "customer": "customer", "time": "time", "kind": "kind", "satisfaction": "satisfaction"}
        | {"before": "before", "scale": (0, 10), "repeat_at": 7, "advocate_at": 9, "as_of": None, "confidence": 0.95},
    ),
    "success_vector": Asked(
        journey.success_vector,
        {"milestones": STEPS, "customers": 100, "share": 0.9, "intervals": {"first sale": (0.8, 1.0)}},
    ),
    "theil_sen": Asked(journey.theil_sen, {"times": [0, 1, 2], "values": [1.0, 2.0, 3.0], "confidence": 0.95}),
}
