"""A model file as people write it, and the pieces that tests change in it."""

from __future__ import annotations

from typing import Any

import outcomegap.files as files
from outcomegap.errors import Finding, ModelError

MAIL = """\
schema_version = 1
name = "E-mail marketing"
segments = ["startup", { name = "enterprise", ideal = true }]
stages = ["onboarding", "adopting", "scaling"]

[measures]
delivery_rate = { low = 0, high = 1 }
list_size = { unit = "contacts", low = 0 }
click_rate = { low = 0, high = 1 }
offer_score = { low = 0, high = 10 }
first_reply_hours = { unit = "h", low = 0 }
training_days = {}

[functions."e-mails delivered"]
measure = "delivery_rate"
floor = 0.80
target = 0.99

[gaps."list built"]
measure = "list_size"
floor = 0
target = { default = 500, enterprise = 50_000, "enterprise/scaling" = 200_000 }
owner = "customer"
remedy = "list-building guide"
after = ["e-mails delivered"]

[gaps."copy persuades"]
measure = "click_rate"
floor = 0
target = 0.03
curve = "smooth"
status = "being closed"

[gaps."offer is irresistible"]
measure = "offer_score"
floor = 3
target = 8
bridgeable = false

[expectations."support replies"]
measure = "first_reply_hours"
floor = 48
target = { default = { column = "sla_hours" }, enterprise = 1 }

[expectations."formal training"]
measure = "training_days"
floor = 0
target = 2
missing = 0.25

[[desired_outcomes]]
achieved_at = { default = 0.5, "*/scaling" = 0.75 }
[desired_outcomes.required]
name = "sales from e-mail"
promised = true
all_of = ["e-mails delivered", "list built", { any_of = ["copy persuades", "offer is irresistible"] }]
[desired_outcomes.experience]
name = "how they want to get there"
mean = { "support replies" = 2, "formal training" = 1 }
"""


def changed(old: str, new: str) -> str:
    """Return the file with one place changed, which must stand there once."""
    assert MAIL.count(old) == 1, old
    return MAIL.replace(old, new)


def findings_of(text: str, form: str = "toml", **options: Any) -> tuple[Finding, ...]:
    """Return what is wrong with a text."""
    try:
        files.loads(text, form, **options)
    except ModelError as error:
        return error.findings
    return ()


def told(text: str, form: str = "toml", **options: Any) -> dict[str, str]:
    """Return what is wrong with a text: path -> message."""
    return {finding.where: finding.message for finding in findings_of(text, form, **options)}


def rules(text: str, form: str = "toml", **options: Any) -> dict[str, str]:
    """Return what is wrong with a text: path -> rule."""
    return {finding.where: finding.rule for finding in findings_of(text, form, **options)}


def data() -> dict[str, Any]:
    """Return the file as plain data, to change at will."""
    import tomllib

    return tomllib.loads(MAIL)
