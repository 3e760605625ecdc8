"""What a text in a column of reasons says: an entry of the catalogue, nothing at all, or something nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from outcomegap.churn.collection import Catalogue
from outcomegap.churn.columns import Columns, as_text
from outcomegap.churn.entry import Entry
from outcomegap.churn.unknown import UNKNOWN_WORDS, like_unknown
from outcomegap.churn.words import plain
from outcomegap.errors import Problem, hint, nearest

Told = Literal["entry", "unknown", "unmatched"]
#: Stands among suggestions for "says nothing": map such a text to None.
SAYS_NOTHING = "unknown"


@attrs.frozen
class Reading:
    """What one text says.

    Parameters
    ----------
    text
        As it was written, without blanks around it; None for an empty cell.
    told
        ``"entry"``, ``"unknown"`` (nothing was said), ``"unmatched"`` (something was, but it fits no entry).
    entry
        The entry, where it says one.
    """

    text: str | None
    told: Told
    entry: Entry | None = None


class Reader:
    """Reads texts: by a mapping first, then by the catalogue, then by the list of words for "unknown".

    Parameters
    ----------
    book
        The catalogue.
    mapping
        Plain text -> id of an entry, or None for "says nothing".

    Examples
    --------
    >>> from outcomegap.churn import catalogue
    >>> reader = Reader(catalogue(), {plain("Moved on"): "needs-changed"})
    >>> [reader.read(text).told for text in ("bugs", "moved ON", "No idea.", None, "well")]
    ['entry', 'entry', 'unknown', 'unknown', 'unmatched']
    """

    def __init__(self, book: Catalogue, mapping: Mapping[str, str | None]) -> None:
        self.book = book
        self._mapping = dict(mapping)
        self._known: dict[str | None, Reading] = {}

    def read(self, text: str | None) -> Reading:
        """Say what a text says."""
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str | None) -> Reading:
        said = plain(text) if text is not None else ""
        if said in self._mapping:
            name = self._mapping[said]
            return Reading(text, "unknown") if name is None else Reading(text, "entry", self.book[name])
        entry = self.book.find(text) if text is not None and said else None
        if entry is not None:
            return Reading(text, "entry", entry)
        return Reading(text, "unknown" if not said or said in UNKNOWN_WORDS else "unmatched")


def mapping_of(given: object, book: Catalogue, columns: Columns) -> dict[str, str | None]:
    """Take a mapping from raw text to the id of an entry; note what is wrong with it.

    Parameters
    ----------
    given
        Raw text -> id of an entry, an `Entry`, or None for "says nothing". Case, punctuation and spaces of the text
        do not matter.
    book
        The catalogue that the ids belong to.
    columns
        Where mistakes are noted.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        columns.note("mapping", f"mapping says raw text -> id of an entry (got {given!r:.60})")
        return {}
    found: dict[str, str | None] = {}
    for raw, target in given.items():
        text = as_text(raw)
        said = plain(text) if text is not None else ""
        name = target.id if isinstance(target, Entry) else target
        if not said:
            columns.note("mapping", f"mapping: {raw!r:.60} is no text to look for; leave it out, blank is unknown")
        elif name is not None and name not in book:
            message = f"mapping: {raw!r:.60} stands for {name!r:.60}, which is no entry{hint(name, book.ids)}"
            near = nearest(name, book.ids)
            columns.problems.append(Problem("unknown-entry", message, value=str(name), suggestion=near))
        elif said in found and found[said] != name:
            columns.note("mapping", f"mapping: {raw!r:.60} is {found[said]!r} as well as {name!r}; say it once")
        else:
            found[said] = name
    return found


def suggestions(text: str, book: Catalogue) -> tuple[str, ...]:
    """Return the ids of the entries nearest to a text; a person decides.

    Where it is nearest to a word for "not known", `SAYS_NOTHING` stands there alone.

    Examples
    --------
    >>> from outcomegap.churn import catalogue
    >>> [suggestions(text, catalogue()) for text in ("slow suport", "unkown", "7", "meh")]
    [('wasting-time',), ('unknown',), (), ()]
    """
    if like_unknown(text):
        return (SAYS_NOTHING,)
    return tuple(entry.id for entry in book.suggest(text))
