"""What people write where they do not know, will not say, or tick "other"."""

from __future__ import annotations

import difflib
from functools import lru_cache

from outcomegap.churn.words import plain

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
        *("no idea why", "did not say why", "they did not say", "they did not say why", "customer did not say"),
        *("who knows", "nobody knows", "unknown cause", "cause unknown", "not told"),
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

#: Words for "not known" that are shorter than this are like too many others: "other" like "bother".
SHORTEST = 6
#: A slip of the pen steps this share of the letters where they were, and adds or drops no more than one.
NEAR, LONGER = 0.85, 1
_LONG = tuple(sorted(word for word in UNKNOWN_WORDS if len(word) >= SHORTEST))


@lru_cache(maxsize=4096)
def like_unknown(text: str) -> bool:
    """Tell whether a text is a word for "not known", or is one but for a slip of the pen.

    Examples
    --------
    >>> [like_unknown(text) for text in ("Unknown", "unkown", "i dont knwo", "?", "unknown to them", "no response")]
    [True, True, True, True, False, False]
    """
    said = plain(text)
    if not said or said in UNKNOWN_WORDS:
        return True
    spelling = difflib.SequenceMatcher(None, "", said, autojunk=False)
    for word in _LONG:
        if abs(len(word) - len(said)) <= LONGER:
            spelling.set_seq1(word)
            if spelling.quick_ratio() >= NEAR and spelling.ratio() >= NEAR:
                return True
    return False
