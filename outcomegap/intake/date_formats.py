"""How dates are written in a column of text, told from all of its texts together."""

from __future__ import annotations

from collections.abc import Iterable

from outcomegap.intake.written import parse_time

#: Ways to write a date, with the mark between its parts, and a time after it.
PARTS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%d{0}%b{0}%Y", "%d{0}%b{0}%y")
WORDS = ("%d %B %Y", "%d. %B %Y", "%d. %b %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a, %d %b %Y")
DAYS = (*(form.format(mark) for form in PARTS for mark in "-./ "), *WORDS, "%Y%m%d")
#: So many different texts are looked at.
COMPARED = 1_000
CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
FORMATS = [*DAYS, *(f"{day}{gap}{clock}" for day in DAYS for gap in (" ", ", ") for clock in CLOCKS)]


def formats_of(texts: Iterable[str]) -> list[str | None]:
    """Return every way to write dates that reads all texts; None is ISO 8601, which needs no word.

    Examples
    --------
    >>> formats_of(["22-03-2021", "02-05-2021"]), formats_of(["01/02/2026"]), formats_of(["2026-01-31"])
    (['%d-%m-%Y'], ['%d/%m/%Y', '%m/%d/%Y'], [None])
    >>> formats_of(["soon"])
    []
    """
    left: list[str | None] = [None, *FORMATS]
    for text in texts:
        left = [form for form in left if _reads(text, form)]
        if not left:
            break
    return left[:1] if left[:1] == [None] else left


def formats_that_read(values: Iterable[object]) -> list[str]:
    """Return every `date_format` that reads all values, as `Source` takes them; none where nothing does.

    Examples
    --------
    >>> formats_that_read(["1782604237", "1782604238"]), formats_that_read([1782604237000]), formats_that_read(["soon"])
    (['seconds'], ['milliseconds'], [])
    >>> formats_that_read(["2026-01-31"]), formats_that_read(["01/02/2026", "02/02/2026"])
    (['iso'], ['%d/%m/%Y', '%m/%d/%Y'])
    """
    texts = [str(value).strip() for value in values][:COMPARED]
    for form, digits in (("seconds", (9, 10)), ("milliseconds", (12, 13))):
        if all(text.partition(".")[0].isdecimal() and len(text.partition(".")[0]) in digits for text in texts):
            return [form]
    return [form or "iso" for form in formats_of(texts)]


def _reads(text: str, form: str | None) -> bool:
    try:
        parse_time(text, form)
    except (ValueError, OverflowError):
        return False
    return not text.strip().isdigit() or form == "%Y%m%d"
