"""Load and dump models: `outcomegap.load`, `loads`, `dump`, `dumps`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from outcomegap.errors import DataError, Finding, ModelError
from outcomegap.files.formats import Format, encoded, format_of, format_of_file, read_text
from outcomegap.files.model_file import read_model, write_model
from outcomegap.files.sheet import is_sheet, read_sheet, sheet_bytes
from outcomegap.model.custom import Curve, CustomGate, Join
from outcomegap.model.model import OutcomeModel
from outcomegap.replacing import replacing


def load(
    path: str | PathLike[str],
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> OutcomeModel:
    """Load a model from a file.

    Nothing in the file is imported or run. A curve, gate or join that it names is built in, given here, or
    offered by an installed package (entry-point groups ``outcomegap.curves``, ``outcomegap.gates`` and
    ``outcomegap.joins``).

    Parameters
    ----------
    path
        A file that ends in ``.toml``, ``.json``, ``.yaml`` or ``.yml``, in UTF-8; or a sheet (docs/sheet) that ends in
        ``.csv`` or ``.xlsx``.
    curves
        Curves of your own (`outcomegap.curve`) by name.
    gates
        Gates of your own (`CustomGate`) by name.
    joins
        Joins of your own (`Join`) by name.

    Raises
    ------
    ModelError
        If the file cannot be read; ``.findings`` holds every reason with its path, such as
        ``gaps.list built.target``. `outcomegap.check` applies the rules that need a whole model.
    EngineError
        If the file is YAML and its extra is not installed.

    Warns
    -----
    UserWarning
        If a declared measure is not used by any step: it is left out of the model.

    Examples
    --------
    >>> import outcomegap as og, tempfile, pathlib
    >>> model = og.gallery.load("email-marketing")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.toml"
    >>> dump(model, path)
    >>> load(path) == model
    True
    """
    return _made(str(path), *read_file(Path(path), curves=curves, gates=gates, joins=joins))


def loads(
    text: str,
    format: str = "toml",  # noqa: A002 -- what people call it
    *,
    curves: Mapping[str, Curve] | None = None,
    gates: Mapping[str, CustomGate] | None = None,
    joins: Mapping[str, Join] | None = None,
) -> OutcomeModel:
    r"""Load a model from text, as `load` does from a file.

    Parameters
    ----------
    text
        The whole text.
    format
        ``"toml"``, ``"json"`` or ``"yaml"``.
    curves, gates, joins
        As in `load`.

    Examples
    --------
    >>> try:
    ...     loads('schema_version = 1\nname = "mail"\nsegmens = ["startup"]')
    ... except ModelError as error:
    ...     print(error.findings[0])
    error: segmens: unknown key (did you mean 'segments'?) [unknown-key]
    """
    return _made("text", *_parsed(format_of(format), text, curves=curves, gates=gates, joins=joins))


def dump(model: OutcomeModel, path: str | PathLike[str]) -> None:
    """Write a model to a file in the format of its suffix; ``load(path)`` gives an equal model.

    Parameters
    ----------
    model
        The model.
    path
        A file that ends in ``.toml``, ``.json``, ``.yaml`` or ``.yml``, or as a sheet in ``.csv`` or ``.xlsx``.
        An existing file is replaced when the new one is complete.

    Raises
    ------
    ModelError
        If a file cannot hold the model (two different steps have one name), or cannot be written.

    Examples
    --------
    >>> import outcomegap as og, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.json"
    >>> dump(og.gallery.load("email-marketing"), path)
    >>> path.read_text().splitlines()[1]
    '  "schema_version": 1,'
    """
    file = Path(path)
    try:
        raw = sheet_bytes(model, file.suffix) if is_sheet(file) else _text(model, format_of_file(file))
        with replacing(file, None) as out:
            out.write(raw)
    except (DataError, OSError) as error:
        why = getattr(error, "strerror", None) or str(error).partition("cannot be written: ")[2] or str(error)
        raise ModelError.of("file", str(file), f"cannot be written: {why}") from error


def dumps(model: OutcomeModel, format: str = "toml") -> str:  # noqa: A002 -- what people call it
    """Return a model as text, as `dump` writes it.

    Parameters
    ----------
    model
        The model.
    format
        ``"toml"``, ``"json"`` or ``"yaml"``.

    Examples
    --------
    >>> import outcomegap as og
    >>> model = og.gallery.load("email-marketing")
    >>> loads(dumps(model)) == model
    True
    """
    return _text(model, format_of(format)).decode()


def read_file(path: Path, **own: Any) -> tuple[OutcomeModel | None, list[Finding]]:
    """Read a model from a file of any format: the model, or None and everything that is wrong with it.

    Parameters
    ----------
    path
        The file, as in `load`.
    **own
        Curves, gates and joins of your own, as in `load`.

    Raises
    ------
    ModelError
        If it holds no text or table, or cannot be read.
    """
    return read_sheet(path, **own) if is_sheet(path) else _parsed(format_of_file(path), read_text(path), **own)


def _parsed(form: Format, text: str, **own: Any) -> tuple[OutcomeModel | None, list[Finding]]:
    try:
        data = form.parse(text)
    except ModelError as error:
        return None, list(error.findings)
    return read_model(data, **own)


def _made(source: str, model: OutcomeModel | None, findings: Sequence[Finding]) -> OutcomeModel:
    """Return the model, or raise an error with every reason; warn about findings that are not errors."""
    if model is None:
        raise ModelError.all(source, [f for f in findings if f.severity == "error"])
    for finding in findings:
        warnings.warn(f"{source}: {finding}", stacklevel=3)
    return model


def _text(model: OutcomeModel, form: Format) -> bytes:
    return encoded(form.text(write_model(model)), f"model {model.name!r}")
