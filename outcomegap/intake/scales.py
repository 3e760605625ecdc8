"""Rating scales among columns of numbers, and a 0 that is no answer but a code for none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from outcomegap.intake.profile import Profile
from outcomegap.intake.words import ASKED, COUNTED, has, scale_of

Scale = tuple[float, float]
#: The highest points of scales that are told by their values alone.
TOPS = (5.0, 7.0, 10.0)
#: So many columns of one scale are a questionnaire, whatever they are called.
FAMILY = 3
#: This share of the points of a scale must be in use.
IN_USE = 0.7


def scales_of(profiles: Iterable[Profile]) -> dict[str, Scale]:
    """Find the rating scales of a table.

    A scale is told by its column's name (``Rating (1-5)``), or by whole numbers up to 5, 7 or 10 in a column that is
    called like a question, or in one of several that are alike. A 0 on a scale from 1 is left out of it (see
    `zero_is_code`).

    Parameters
    ----------
    profiles
        What the columns hold.

    Returns
    -------
    dict
        Column -> (lowest, highest answer).

    Examples
    --------
    >>> from outcomegap.intake.profile import profile
    >>> scales_of([profile("ease", np.array([0, 1, 1, 2, 3, 4, 5, 5])), profile("seats", np.array([1, 2, 3, 4, 5]))])
    {'ease': (1.0, 5.0)}
    """
    found: dict[str, Scale] = {}
    alike: dict[str, Scale] = {}
    for one in profiles:
        if one.kind != "numbers":
            continue
        named = scale_of(one.name)
        if named is not None:
            if _fits(one, named):
                found[one.name] = named
        elif (scale := _by_values(one)) is not None and not has(one.name, COUNTED):
            alike[one.name] = scale
    families = Counter(alike.values())
    return found | {name: scale for name, scale in alike.items() if has(name, ASKED) or families[scale] >= FAMILY}


def zero_is_code(one: Profile, scale: Scale) -> bool:
    """Tell whether a scale starts at 1 and the column holds a 0 all the same."""
    return scale[0] == 1.0 and bool((one.values == 0.0).any())


def _fits(one: Profile, scale: Scale) -> bool:
    low, high = scale
    inside = (one.values >= low) & (one.values <= high)
    return bool((inside | (one.values == 0.0)).all())


def _by_values(one: Profile) -> Scale | None:
    values = one.values
    top = float(values[-1])
    if top not in TOPS or values[0] < 0 or (values != np.floor(values)).any():
        return None
    points: Mapping[float, int] = dict(zip(values.tolist(), one.counts.tolist(), strict=True))
    if sum(value >= 1.0 for value in points) < IN_USE * top:
        return None
    if 0.0 not in points:
        return (1.0, top)
    if top == 10.0:
        return (0.0, top)  # 0 to 10 is as common a scale as 1 to 10
    # Fewer than gave the lowest answer: people who gave none. Otherwise it may be a count.
    return (1.0, top) if points[0.0] < points.get(1.0, 0) else None
