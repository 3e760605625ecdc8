"""A history kept in a folder: a file of scores a day, and one file that says which model held when."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

import outcomegap
from outcomegap.checks import among
from outcomegap.errors import DataError
from outcomegap.files import dumps, loads
from outcomegap.journey.effective import effective_at
from outcomegap.journey.history import History
from outcomegap.model import Curve, CustomGate, Join, OutcomeModel
from outcomegap.scoring.saved import SUFFIXES, load_scores

#: The file that says what the others are.
HEADER = "history.json"
#: Number of the form that is written.
FORM = 1


def save_history(history: History, path: str | PathLike[str], suffix: str) -> None:
    """Save a history; what `History.save` does."""
    folder = _folder("save", path)
    if not among(suffix, SUFFIXES):
        raise DataError(f"save: suffix is one of {', '.join(SUFFIXES)} (got {suffix!r:.60})")
    old = _old_files(folder)
    files = {str(day): f"{day}{suffix}" for day in history.dates}
    models = [[None if since is None else str(since), dumps(model)] for since, model in history.models.items()]
    header = {"form": FORM, "library": outcomegap.__version__, "models": models, "days": files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for day, file in files.items():
            history.scores(day).save(folder / file)
        (folder / HEADER).write_text(json.dumps(header, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for file in old - set(files.values()):
            (folder / file).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written: {error.strerror or error}") from error


def load_history(
    path: str | PathLike[str],
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> History:
    """Load a history that `History.save` saved; nothing in it is ever run.

    Parameters
    ----------
    path
        The folder.
    curves, gates, joins
        Curves, gates and join rules of your own that its models use, by name, as in `outcomegap.load`.

    Raises
    ------
    DataError
        If it is not there or damaged, or a day's scores are by another model than the one that held.

    Examples
    --------
    >>> import outcomegap as og, pathlib, tempfile
    >>> model = og.gallery.load("email-marketing")
    >>> customers = og.simulate(model, 5, seed=1) | {"id": list("ABCDE")}
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "history"
    >>> History(model).add("2026-01-31", customers).save(folder)
    >>> load_history(folder)
    <History of 1 days>
    """
    folder = _folder("load_history", path)
    header = _header(folder)
    history = History(_models(folder, header["models"], {"curves": curves, "gates": gates, "joins": joins}))
    for day, file in header["days"].items():
        scores = load_scores(folder / file, curves=curves, gates=gates, joins=joins)
        if scores.model != effective_at(history._models, np.datetime64(day, "D")).model:
            raise DataError(f"{folder / file}: its scores are by another model than the one that held on {day}")
        history.add(day, scores)
    return history


def _folder(what: str, path: object) -> Path:
    if not isinstance(path, (str, PathLike)) or isinstance(fspath(path), bytes) or "\0" in fspath(path):
        raise DataError(f"{what}: path names a folder (got {path!r:.60})")
    return Path(path)


def _models(folder: Path, listed: list[Any], own: Mapping[str, Any]) -> OutcomeModel | dict[Any, OutcomeModel]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it was told of what its file does not use when it was loaded first
            models = {since: loads(text, **own) for since, text in listed}
    except (TypeError, ValueError) as error:
        hand = "hand curves of your own over: load_history(path, curves=...); so too gates= and joins="
        raise DataError(f"{folder / HEADER}: a model in it cannot be read ({hand}): {error}") from error
    if None in models:
        if len(models) > 1:
            raise _damaged(folder, "one of its models has no first day")
        return models[None]
    return models


def _header(folder: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{folder}: holds no saved history ({HEADER} is not there)") from error
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, str(error)) from error
    known = isinstance(header, dict) and isinstance(header.get("form"), int)
    if not known or not isinstance(header.get("models"), list) or not isinstance(header.get("days"), dict):
        raise _damaged(folder, "it is not whole")
    if header["form"] > FORM:
        library = header.get("library")
        raise DataError(f"{folder}: was saved by a newer version, {library}; this is {outcomegap.__version__}")
    for file in header["days"].values():
        if not isinstance(file, str) or Path(file).name != file:
            raise _damaged(folder, f"{file!r:.60} is no file beside it")
    return header


def _old_files(folder: Path) -> set[str]:
    """Return the files of the history that is there; an error where the folder holds something else."""
    if folder.is_file():
        raise DataError(f"{folder}: is a file; a history is saved as a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return set()
    if not (folder / HEADER).is_file():
        raise DataError(f"{folder}: holds something else; name a folder that is new, empty, or holds a saved history")
    return set(_header(folder)["days"].values())


def _damaged(folder: Path, why: str) -> DataError:
    return DataError(f"{folder / HEADER}: this is no saved history, or it is damaged: {why}")
