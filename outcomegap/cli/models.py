"""The MODEL argument: a model file, the name of a built-in example, or of a scorer that a package offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from outcomegap.errors import Finding, ModelError, hint
from outcomegap.model import OutcomeModel


def load_model(name: str) -> OutcomeModel:
    """Load a model from a file, or by the name of a built-in example.

    Raises
    ------
    ModelError
        If there is no such file or example, or the file is no model; all findings at once.

    Examples
    --------
    >>> load_model("email-marketing").name
    'E-mail marketing'
    """
    model, findings = read(name)
    if model is None:
        errors = [finding for finding in findings if finding.severity == "error"]
        if [finding.where for finding in errors] == [name]:  # the name alone is enough to say where
            raise ModelError(f"{name}: {errors[0].message} [{errors[0].rule}]", errors)
        raise ModelError.all(name, errors)
    return model


def load_scorer(name: str) -> Any:
    """Load a model and make its scorer; or take the scorer of that name that an installed package offers.

    Raises
    ------
    ModelError
        If there is none of that name, or it cannot be used; all findings at once.
    """
    from outcomegap import gallery
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.outcome_scorer import load_scorer as installed, scorer_names

    if name in scorer_names() and name not in gallery.names() and not Path(name).is_file():
        return installed(name)
    return Scorer(load_model(name))


def needs_model(scorer: Any, option: str) -> None:
    """Refuse an option that works on the scores of a model alone.

    Raises
    ------
    click.UsageError
        If the scorer is one that a package offers.
    """
    import click

    from outcomegap.scoring import Scorer

    if not isinstance(scorer, Scorer):
        message = f"{option} is for models, whose scores can be computed again; {scorer.name!r} is a scorer of its own"
        raise click.UsageError(message)


def read(name: str) -> tuple[OutcomeModel | None, tuple[Finding, ...]]:
    """Return the model, None where there is none to be had, and what reading it found.

    What has a suffix, or stands in a folder, is a file; anything else is a name.
    """
    from outcomegap import gallery

    path = Path(name)
    if path.suffix or path.parent != Path() or path.is_file():
        return _read_file(path)
    if name in gallery.names():
        return gallery.load(name), ()
    from outcomegap.scoring.outcome_scorer import scorer_names

    if name in scorer_names():
        message = "this is a scorer that a package offers; score, worklist and explain take it, models are needed here"
        return None, (Finding("no-model", name, message),)
    known = [*gallery.names(), *scorer_names()]
    message = f"there is no model file, and no built-in example, of that name{hint(name, known)}"
    return None, (Finding("unknown-model", name, message),)


def _read_file(path: Path) -> tuple[OutcomeModel | None, tuple[Finding, ...]]:
    from outcomegap.files.load import read_file

    try:
        model, findings = read_file(path)
    except ModelError as error:
        return None, error.findings
    return model, tuple(findings)
