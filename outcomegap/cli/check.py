"""``outcomegap check MODEL``: what is wrong with a model, if anything."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import click

from outcomegap.cli.reporting import FOUND, as_json, harmless, reported, say_json
from outcomegap.errors import Finding
from outcomegap.model import OutcomeModel


@click.command()
@click.argument("model")
@as_json
@reported
def check(model: str, *, as_json: bool) -> None:
    """Check a model: MODEL is a TOML, JSON or YAML file, or the name of a built-in example.

    Prints every finding with its place. Exit code 1 where one is an error, 0 where there are warnings only.
    """
    from outcomegap.cli.models import read
    from outcomegap.model import check as check_model

    made, found = read(model)
    findings = list(found) if made is None else [*found, *check_model(made)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if as_json:
        say_json(_data(model, made, findings))
    else:
        for finding in findings:
            click.echo(harmless(str(finding)))
        click.echo(harmless(f"{model if made is None else made.name}: {_summary(made, findings)}"))
    sys.exit(FOUND if errors else 0)


def _data(name: str, made: OutcomeModel | None, findings: Sequence[Finding]) -> dict[str, object]:
    errors = any(finding.severity == "error" for finding in findings)
    return {
        "model": name if made is None else made.name,
        "fingerprint": None if made is None else made.fingerprint,
        "ok": not errors,
        "findings": [finding.to_dict() for finding in findings],
    }


def _summary(made: OutcomeModel | None, findings: Sequence[Finding]) -> str:
    found = Counter(finding.severity for finding in findings)
    kinds = [_counted(found[kind], kind) for kind in ("error", "warning", "info") if found[kind]]
    size = "" if made is None else f" ({_counted(len(made.cells), 'cell')}, {_counted(len(made.steps), 'step')})"
    return (", ".join(kinds) or "nothing wrong") + size


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 and what != 'info' else ''}"
