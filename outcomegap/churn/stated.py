"""What a text in a column of reasons says: an entry of the catalogue, nothing at all, or something nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from outcomegap.churn.collection import Catalogue
from outcomegap.churn.columns import Columns, as_text
from outcomegap.churn.entry import Entry
from outcomegap.churn.words import plain
from outcomegap.errors import Problem, hint, nearest

Told = Literal["entry", "unknown", "unmatched"]

#: What people write where they do not know, will not say or tick "other", in the plain form that
#: `outcomegap.churn.words.plain` gives. Text without any letter or digit ("-", "?") and empty cells are unknown as
#: well. Nothing else is.
UNKNOWN_WORDS = frozenset(
    plain(word)
    for word in (
        *("unknown", "not known", "reason unknown", "unknown reason", "don't know", "do not know", "dont know"),
        *("I don't know", "we don't know", "did not say", "didn't say", "would not say", "wouldn't say"),
        *("not stated", "not given", "not provided", "not specified", "unspecified", "undisclosed", "not disclosed"),
        *("no reason", "no reason given", "no reason stated", "none", "none given", "null", "nan", "n/a", "na"),
        *("not available", "not applicable", "not recorded", "tbd", "to be determined", "unclear", "no idea"),
        *("I do not know", "we do not know", "dunno", "idk", "not sure", "unsure", "I'm not sure", "no data", "nil"),
        *("no particular reason", "no specific reason", "no reason provided", "reason not given", "reason not stated"),
        *("did not give a reason", "gave no reason", "no comment", "no comments", "blank", "empty", "no information"),
        *("prefer not to say", "prefer not to answer", "rather not say", "refused to say", "refused to answer"),
        *("declined to answer", "declined to say", "no answer given", "no response given", "not answered"),
        *("other", "others", "other reason", "other reasons", "misc", "miscellaneous", "none of the above"),
        *("نامعلوم", "نامشخص", "نمی‌دانم", "نمی‌دانیم", "اعلام نشده", "بدون دلیل", "بی‌پاسخ"),
        *("نمی‌داند", "نمی‌دانند", "نمی‌دونم", "نمی‌دونیم", "معلوم نیست", "مشخص نیست", "مشخص نشده", "مطمئن نیستم"),
        *("اطلاعی ندارم", "اطلاعی نداریم", "اطلاع ندارم", "بی‌اطلاع", "نظری ندارم", "بدون نظر", "ندارد", "هیچ"),
        *("اعلام نشد", "اعلام نکرد", "اعلام نکرده", "ذکر نشده", "ذکر نشد", "ذکر نکرد", "نگفت", "گفته نشده"),
        *("ثبت نشده", "ثبت نشد", "درج نشده", "خالی", "بدون پاسخ", "پاسخ داده نشده", "بدون ذکر دلیل", "بی‌دلیل"),
        *("دلیل نامعلوم", "دلیل نامشخص", "به دلایل نامعلوم", "دلیلی ندارد", "دلیلی نداشت", "دلیلی اعلام نشد"),
        *("دلیل خاصی ندارد", "دلیل خاصی نداشت", "دلیل خاصی ندارم", "ترجیح می‌دهم نگویم", "نمی‌خواهم بگویم"),
        *("سایر", "سایر موارد", "سایر دلایل", "دلایل دیگر", "دلیل دیگر", "موارد دیگر", "متفرقه", "هیچ‌کدام", "هیچکدام"),
        *("לא ידוע", "לא יודע", "לא יודעת", "לא יודעים", "לא נמסר", "לא צוין", "ללא סיבה"),
        *("לא ידועה", "סיבה לא ידועה", "הסיבה לא ידועה", "לא יודעות", "אני לא יודע", "אני לא יודעת", "אין לי מושג"),
        *("אין מושג", "לא בטוח", "לא בטוחה", "לא ברור", "לא נמסרה", "לא נמסרה סיבה", "לא צוינה", "לא צוינה סיבה"),
        *("לא צויין", "לא צויינה", "לא נרשם", "לא הוזן", "לא אמר", "לא אמרה", "לא אמרו", "לא מסר סיבה", "לא מסרה סיבה"),
        *("לא נתן סיבה", "לא נתנה סיבה", "לא פורט", "אין סיבה", "בלי סיבה", "אין סיבה מיוחדת", "ללא סיבה מיוחדת"),
        *("אין מידע", "אין נתונים", "אין", "ללא", "ריק", "מעדיף לא לענות", "מעדיפה לא לענות", "מעדיף לא לומר"),
        *("מעדיפה לא לומר", "סירב לענות", "סירבה לענות", "אחר", "סיבה אחרת", "סיבות אחרות", "שונות", "אף אחד מאלה"),
    )
)


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
    """Return the ids of the entries nearest to a text; a person decides."""
    found: tuple[Any, ...] = book.suggest(text)
    return tuple(entry.id for entry in found)
