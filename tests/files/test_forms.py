"""The table of gate forms: a further kind of gate is one more row."""

from __future__ import annotations

from typing import Any

import outcomegap.files as files
from outcomegap.files import GATE_FORMS, GateForm, Parsed
from outcomegap.model import AllOf, AnyOf, AtLeast, Mean, Numeric, PowerMean, Weakest
from outcomegap.model.gate import GATE_KINDS
from outcomegap.model.numeric import NUMERIC_KINDS
from tests.files.texts import changed, told

GATE = 'all_of = ["e-mails delivered", "list built", { any_of = ["copy persuades", "offer is irresistible"] }]'


def test_every_kind_of_gate_has_a_form():
    assert {form.kind for form in GATE_FORMS.values()} == {*GATE_KINDS, *NUMERIC_KINDS}
    assert {key: form.kind for key, form in GATE_FORMS.items()} == {
        "all_of": AllOf,
        "any_of": AnyOf,
        "at_least": AtLeast,
        "mean": Mean,
        "weakest": Weakest,
        "power_mean": PowerMean,
        "gate": Numeric,
    }


def test_a_form_of_your_own():
    """``{ most_of = [...] }``: more than half of the children."""

    def read(_reading: Any, _where: str, table: dict[str, Any]) -> Parsed:
        children = [(f".most_of[{i}]", raw) for i, raw in enumerate(table["most_of"])]
        return Parsed(children, lambda nodes, name: AtLeast(len(nodes) // 2 + 1, *nodes, name=name))

    form = GateForm(AtLeast, read, lambda gate, children: {"at_least": gate.k, "of": children}, {"most_of": {}})
    text = changed(GATE, 'most_of = ["e-mails delivered", "list built", "copy persuades", "offer is irresistible"]')
    model = files.loads(text, gates={"most_of": form})
    assert model.desired_outcomes[0].required.needs.k == 3
    assert files.loads(files.dumps(model)) == model
    assert "unknown key" in told(text)["desired_outcomes[0].required.most_of"]
