"""What customers expect and what they perceive: SERVQUAL, SERVPERF, and the zone of tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import attrs
import numpy as np

from outcomegap.checks import Checks
from outcomegap.errors import DataError
from outcomegap.frames.arrays import Array, objects
from outcomegap.listing import Listing
from outcomegap.survey.answers import Answers, Estimated, lacking, read, shares_of

Differences = Mapping[str, tuple[str, str]]
#: Where perception lies against the levels that are adequate and desired; the last is for no answer, or no zone.
PLACES = objects(["below", "within", "above", None])


class Dimensioned(Estimated, total=False):
    """How answers are read; and dimension -> its items, and dimension -> its weight."""

    dimensions: Mapping[str, Sequence[str]] | None
    weights: Mapping[str, float] | None


def servqual(expectation: object, perception: object, **asked: Unpack[Dimensioned]) -> Listing:
    """Return the SERVQUAL gaps: perception - expectation, for each item, each dimension, and over all.

    The gap of an item is the mean over respondents of perception - expectation. Each respondent's gap in a dimension is
    the mean of the items that this respondent answered both ways; the gap of the dimension is the mean over
    respondents. Over all, unweighted, it is the mean of the dimensions' gaps; weighted, sum w g / sum w. Intervals are
    Student's over respondents, as is t, that of paired answers.

    Parameters
    ----------
    expectation, perception
        Answers, as in `opportunity`; both on one scale.
    dimensions
        Dimension -> its items. Without it each item is a dimension of its own.
    weights
        Dimension (without `dimensions`, item) -> its weight, such as points out of 100.
    **asked
        How answers are read, as in `opportunity`: ``frame``, ``by``, ``weight``, ``missing``, ``scale``,
        ``values``, ``confidence``.

    Returns
    -------
    Listing
        A row an item (and segment): ``expectation``, ``perception`` (each with ``_deviation``, the standard deviation),
        ``gap`` with ``low`` and ``high``, ``t``, ``answers``. Its part ``dimensions`` has the same columns; its part
        ``overall`` has the rows "unweighted" and, with weights, "weighted".

    Raises
    ------
    DataError
        With every mistake in the answers, the dimensions or the weights.

    References
    ----------
    Parasuraman, Zeithaml & Berry, SERVQUAL: a multiple-item scale, Journal of Retailing 64 (1988) 12-40.

    Examples
    --------
    >>> found = servqual({"on time": [7, 6], "keen to help": [6, 6]}, {"on time": [5, 5], "keen to help": [6, 5]},
    ...                  dimensions={"reliability": ["on time"], "responsiveness": ["keen to help"]})
    >>> found.columns["gap"].tolist(), found.parts["overall"].columns["gap"].tolist()
    ([-1.5, -0.5], [-1.0])
    """
    given = {"expectation": expectation, "perception": perception}
    return _report("SERVQUAL gaps", "gap", given, {"gap": ("perception", "expectation")}, asked, drawing="gaps")


def servperf(performance: object, **asked: Unpack[Dimensioned]) -> Listing:
    """Return SERVPERF: perceived performance alone, for each item, each dimension, and over all.

    Means and intervals are those of `servqual` with performance in place of the gap.

    Parameters
    ----------
    performance
        Answers, as in `opportunity`.
    dimensions, weights
        As in `servqual`.
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        A row an item (and segment): ``performance`` with ``low`` and ``high``, ``deviation``, ``answers``; the parts
        ``dimensions`` and ``overall`` as in `servqual`.

    Raises
    ------
    DataError
        With every mistake in the answers, the dimensions or the weights.

    References
    ----------
    Cronin & Taylor, Measuring service quality: a reexamination and extension, Journal of Marketing 56 (1992) 55-68.

    Examples
    --------
    >>> servperf({"on time": [5, 6], "keen to help": [6, 5]}).parts["overall"].columns["performance"].tolist()
    [5.5]
    """
    return _report(
        "SERVPERF: perceived performance", "performance", {"performance": performance}, {}, asked, drawing="intervals"
    )


def zone_of_tolerance(adequate: object, desired: object, perception: object, **asked: Unpack[Dimensioned]) -> Listing:
    """Compare perception with two levels of expectation: the lowest that is adequate, and the one desired.

    The measure of adequacy is perception - adequate, that of superiority perception - desired, the width of the zone
    desired - adequate. Means and intervals are those of `servqual`; the parts sum up adequacy.

    Parameters
    ----------
    adequate, desired, perception
        Answers, as in `opportunity`; all on one scale.
    dimensions, weights
        As in `servqual`.
    **asked
        How answers are read, as in `opportunity`.

    Returns
    -------
    Listing
        A row an item (and segment): ``adequate``, ``desired``, ``perception``, ``width``, ``place`` of perception
        ("below", "within" or "above" the zone; null where more is adequate than desired), ``adequacy`` with ``low`` and
        ``high``, ``superiority`` with ``superiority_low`` and ``superiority_high``, ``answers``; the parts
        ``dimensions`` and ``overall`` as in `servqual`.

    Raises
    ------
    DataError
        With every mistake in the answers, the dimensions or the weights.

    References
    ----------
    Zeithaml, Berry & Parasuraman, The nature and determinants of customer expectations of service, Journal of the
    Academy of Marketing Science 21 (1993) 1-12; Parasuraman, Zeithaml & Berry, Alternative scales for measuring service
    quality, Journal of Retailing 70 (1994) 201-230.

    Examples
    --------
    >>> found = zone_of_tolerance({"on time": [5, 6]}, {"on time": [8, 9]}, {"on time": [7, 6]})
    >>> found[0]["place"], found[0]["adequacy"], found[0]["superiority"]
    ('within', 1.0, -2.0)
    """
    given = {"adequate": adequate, "desired": desired, "perception": perception}
    differences = {"adequacy": ("perception", "adequate"), "superiority": ("perception", "desired")}
    differences["width"] = ("desired", "adequate")
    return _report("Zone of tolerance", "adequacy", given, differences, asked, drawing="zone")


def _report(
    title: str, main: str, given: Mapping[str, object], differences: Differences, asked: Any, **form: Any
) -> Listing:
    """Return the tables of items, of dimensions, and over all; `differences` are those between two questions."""
    dimensions, weights, checks, parts = asked.pop("dimensions", None), asked.pop("weights", None), Checks(title), {}
    if isinstance(dimensions, Mapping):
        dimensions = {name: [of] if isinstance(of, str) else of for name, of in dimensions.items()}
    items = read(checks, given, **asked)
    found = {name: items[one] - items[other] for name, (one, other) in differences.items()}
    of = items = attrs.evolve(items, given={**items.given, **found})
    if dimensions is not None:
        of = _by_dimension(checks, items, dimensions)
        parts["dimensions"] = of.listing("Dimensions", _columns(of, main), **form)
    wanted = {"unweighted": None} | ({} if weights is None else {"weighted": weights})
    matrix = np.column_stack([shares_of(checks, "weights", of.attributes, each) for each in wanted.values()])
    with np.errstate(all="ignore"):
        own = of.mean(np.nan_to_num(of[main]) @ matrix / (of.known @ matrix))  # each respondent's, of what there is
    moved = of.mean(of[main]).value @ matrix - own.value
    overall = {name: values + moved for name, values in own.columns(main).items()} | {"answers": own.answers}
    parts["overall"] = of.listing("Over all", overall, tuple(wanted), drawing="intervals")
    columns, notes = _columns(items, main), list[str]()
    if (columns.get("width", np.zeros(1)) < 0).any():
        notes.append("Where more is called adequate than desired, there is no zone to be in.")
    if left := sorted(set(items.attributes).difference(*(dimensions or {"": items.attributes}).values())):
        notes.append(f"In no dimension, and so not in the whole: {', '.join(left)}.")
    return items.listing(title, columns, parts=parts, notes=notes, **form)


def _columns(of: Answers, main: str) -> dict[str, Array]:
    """Return the mean of each question and difference, with its interval and deviation."""
    means, found = {name: of.mean(values) for name, values in of.given.items()}, dict[str, Array]()
    for name, mean in means.items():
        found |= mean.columns(name, "" if name == main else f"{name}_") | {f"{name}_deviation": mean.deviation}
    score = means[main]
    if "superiority" in means:
        cases = [means["width"].value < 0, score.value < 0, means["superiority"].value > 0, score.answers > 0]
        found["place"] = PLACES[np.select(cases, [3, 0, 2, 1], 3)]
    with np.errstate(all="ignore"):
        t = np.where(score.deviation > 0, score.value / score.deviation * np.sqrt(score.number), np.nan)
    return found | {"t": t, "answers": score.answers}


def _by_dimension(checks: Checks, answers: Answers, dimensions: Mapping[str, Sequence[str]]) -> Answers:
    """Return each respondent's mean answer in each dimension."""
    if not isinstance(dimensions, Mapping) or not dimensions or not all(dimensions.values()):
        raise DataError.of("dimensions", f"dimensions map each dimension to its items (got {dimensions!r:.100})")
    said, known = [name for names in dimensions.values() for name in names], answers.attributes
    lacking(checks, "answers", known, said)
    for name in dict.fromkeys(name for name in said if said.count(name) > 1):
        checks.problem("repeated", f"dimensions: item {name!r:.60} is named twice")
    checks.done()
    member = np.array([[name in names for names in dimensions.values()] for name in known], dtype=np.float64)
    counts = answers.known @ member
    with np.errstate(all="ignore"):
        given = {argument: np.nan_to_num(values) @ member / counts for argument, values in answers.given.items()}
    return attrs.evolve(answers, attributes=tuple(dimensions), given=given, known=counts > 0)
