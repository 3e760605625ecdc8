"""Example models, to score with and to start from."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from outcomegap.errors import ModelError, hint
from outcomegap.files import loads
from outcomegap.model import OutcomeModel

_SUFFIX = ".toml"


def names() -> tuple[str, ...]:
    """Return the names of the example models.

    Examples
    --------
    >>> names()
    ('airline', 'airline-fitted', 'email-marketing', 'email-validation', 'telco', 'telco-fitted')
    """
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def load(name: str) -> OutcomeModel:
    """Load an example model.

    Parameters
    ----------
    name
        One of `names`; ``_`` and blanks may stand for ``-``, and case does not matter.

    Raises
    ------
    ModelError
        If there is no such model; the message names the nearest.

    Examples
    --------
    >>> load("email_marketing")
    <OutcomeModel 'E-mail marketing': 18 steps, 9 cells>
    """
    return loads(text(name))


def text(name: str) -> str:
    """Return the model file of an example as text, to copy and change.

    Parameters
    ----------
    name
        As in `load`.

    Raises
    ------
    ModelError
        If there is no such model.

    Examples
    --------
    >>> text("airline").splitlines()[0]
    'schema_version = 1'
    """
    return (files(__name__) / (_known(name) + _SUFFIX)).read_text(encoding="utf-8")


def path(name: str) -> Path:
    """Return the path of the model file of an example.

    Parameters
    ----------
    name
        As in `load`.

    Raises
    ------
    ModelError
        If there is no such model.

    Examples
    --------
    >>> path("airline").name
    'airline.toml'
    """
    with as_file(files(__name__) / (_known(name) + _SUFFIX)) as file:
        return file


def _known(name: str) -> str:
    folded = str(name).strip().casefold().replace("_", "-").replace(" ", "-").removesuffix(_SUFFIX)
    if folded not in names():
        raise ModelError.of("gallery", "gallery", f"no example model {name!r}{hint(folded, names())}")
    return folded
