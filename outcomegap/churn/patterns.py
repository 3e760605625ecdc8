"""Patterns in the data: what goes together with leaving and who can act on it; what is bought together, by whom."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import in_range, whole
from outcomegap.errors import DataError, EngineError
from outcomegap.frames.arrays import Array, Mask, objects
from outcomegap.intake.named_columns import Columns, stand_for
from outcomegap.listing import Listing, as_column, beside, counted, number, percent
from outcomegap.model import Measure, OutcomeModel, SuccessGap
from outcomegap.scoring.groups import factor
from outcomegap.stats import area_of, z_of

Rows = NDArray[np.int64]
#: At least so many who left, and so many who stayed.
FEWEST = 20
#: A measure that alone tells those who left from those who stayed this well is likely known only afterwards.
SUSPICIOUS = 0.9
#: No more resamples than this: they would take days.
MOST = 100_000
#: Measures that go together this closely cannot be told apart.
TWINS = 0.8
#: From this share of a cluster's customers on, a product is part of what the cluster is called.
TYPICAL = 0.5
#: Up to here a silhouette means no structure, or a weak one (Kaufman & Rousseeuw, Finding Groups in Data, 1990).
NONE, WEAK = 0.25, 0.5
#: Numbers of clusters that are tried where none is given.
FEWEST_KINDS, MOST_KINDS = 2, 8
#: How many starts of each kind k-means has, the best is taken; and how many beyond so many different bundles.
STARTS, FEWER_STARTS, MANY = 10, 2, 5_000
#: Of so many customers, drawn at random, silhouettes are then: each is compared with every bundle.
DRAWN = 3_000


def _learn(what: str) -> None:
    if find_spec("sklearn") is None:
        raise EngineError(f"churn.{what} needs scikit-learn: install the extra outcomegap[learn]")


def drivers(
    frame: object,
    measures: Sequence[str | Measure] | OutcomeModel,
    *,
    churned: str,
    model: OutcomeModel | None = None,
    actionable: Mapping[str, bool | str] | None = None,
    values: Mapping[str, float] | None = None,
    held_out: float = 0.25,
    resamples: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
) -> Listing:
    """Find which measures go together with churn most.

    A logistic regression of churn on all measures at once, each standardized, with a weak L2 penalty (C = 1), is
    fitted to part of the customers. Its coefficients have percentile bootstrap intervals (Efron & Tibshirani, An
    Introduction to the Bootstrap, 1993, chapter 13), resampled among those who left and those who stayed. How much a
    measure matters is asked of the customers held out: how far the area under the curve falls when the measure is
    shuffled (permutation importance: Breiman, Random Forests, Machine Learning 45, 2001), resampled as well. What is
    missing is filled with the median and gets an indicator of its own, which is shuffled along; the share missing and
    the indicator's coefficient are shown.

    What goes together with churn need not bring it about, a measure that moves up and down with another shares its
    weight with it, and a relation that is not monotone is not seen at all. A measure that is only known once somebody
    has left explains everything and tells nothing: the notes name measures that alone tell too well.

    Parameters
    ----------
    frame
        Any data frame, a row a customer, of those who left and those who stayed.
    measures
        Columns of numbers (or `Measure` objects), or a model: then its measures.
    churned
        The column that says who left: true and false, 1 and 0, or text (`values`).
    model
        Where owners are taken from: whoever can act on a step that rests on the measure.
    actionable
        Measure -> True or False, or the name of who can act; it wins over the model.
    values
        Text -> the number it stands for, for columns of text: ``{"Yes": 1, "No": 0}``; of `churned` 1 or 0.
    held_out
        Share of the customers held out.
    resamples
        How many resamples make an interval, 20 or more. With 200,000 customers and ten measures one takes about a fifth
        of a second.
    seed
        For splitting and resampling.
    confidence
        Of every interval.

    Returns
    -------
    Listing
        A row a measure, the most important first; it says what goes together with leaving, in these data, not what an
        act would change. Its columns: ``measure``, ``coefficient`` (of the log-odds, per standard deviation), ``low``,
        ``high``, ``odds_ratio``, ``importance``, ``importance_low``, ``importance_high``, ``missing_share``,
        ``missing_coefficient``, ``alone`` (area under the curve of the measure by itself, or of its opposite),
        ``actionable`` (null where nothing is said) and ``who``. Its facts: ``auc`` (how often the regression puts one
        who left above one who stayed, on customers it was not fitted to: 0.5 is chance, 1 is always) and
        ``auc_interval``; ``churned`` of ``customers`` left; it was fitted to ``trained``, and tried on ``held_out``.

    Raises
    ------
    DataError
        With everything that is wrong: a column that is not there or holds no numbers, who left unknown, fewer than 20
        who left or who stayed, a measure that is the same for all.
    EngineError
        If scikit-learn is not installed (extra ``learn``).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tickets = rng.poisson(2, 600)
    >>> left = rng.random(600) < 1 / (1 + np.exp(3 - tickets))
    >>> found = drivers({"tickets": tickets, "shoe_size": rng.normal(42, 2, 600), "left": left},
    ...                 ["tickets", "shoe_size"], churned="left", actionable={"tickets": "support"})
    >>> found[0]["measure"], found[0]["who"], found[0]["low"] > 0
    ('tickets', 'support', True)
    """
    _learn("drivers")
    columns, said, known = Columns(frame, "drivers"), actionable or {}, stand_for(values)
    if isinstance(measures, OutcomeModel):
        model, measures = model or measures, measures.measures
    names = [measure.name if isinstance(measure, Measure) else measure for measure in measures]
    read = columns.several("measures", names, texts=known)
    for name, each in read.items():
        distinct = np.unique(each[~np.isnan(each)])
        if len(each) and len(distinct) < 2:
            what = f"is {distinct[0]:g} for all" if len(distinct) else "is empty"
            message = f"measures: column {name!r} {what}; it can tell nobody apart, leave it out"
            columns.problem("constant", message, name)
    left = _left(columns, churned, known)
    for name in said:
        if name not in names:
            message = f"actionable: {name!r:.60} is none of the measures"
            columns.problem("unknown-measure", message, value=name, options=names)
    columns.attempt(lambda: in_range("held_out", held_out, 0.05, 0.95))
    times = columns.attempt(lambda: whole("resamples", in_range("resamples", resamples, 20, MOST))) or 0
    columns.attempt(lambda: z_of(confidence))
    columns.seed(seed)
    columns.done()
    numbers = np.column_stack(list(read.values()))
    made, facts = fit(numbers, left, held_out=held_out, resamples=times, seed=seed, confidence=confidence)
    alone = np.array([_alone(column, left) for column in numbers.T])
    acts = [_who_acts(name, model, says=said.get(name)) for name in names]
    told = {"measure": as_column(names)} | made | {"alone": alone}
    told |= {"actionable": objects([act for act, _ in acts]), "who": objects([who for _, who in acts])}
    order = np.lexsort((-np.abs(made["coefficient"]), -np.round(made["importance"], 12)))
    title = f"What goes together with churn: {facts['churned']:,} of {counted(len(left), 'customer')} left; on the"
    title += f" {facts['held_out']:,} held out the area under the curve is {facts['auc']:.3f}"
    title += " ({:.3f} to {:.3f})".format(*facts["auc_interval"])
    formats = dict.fromkeys(made, "number") | {"missing_share": "percent"}
    form: dict[str, Any] = {"like": columns.table, "facts": facts, "formats": formats, "hide": ("odds_ratio", "alone")}
    ranked = {name: values[order] for name, values in told.items()}
    return Listing(title, ranked, notes=_notes(names, numbers, alone), **form)


def _left(columns: Columns, churned: str, texts: Mapping[str, float]) -> Mask:
    """Read who left."""
    values = columns.several("churned", [churned], texts=texts).get(churned)
    if values is None:
        return np.zeros(len(columns.table), dtype=bool)
    left, stayed, missing = values == 1, values == 0, np.isnan(values)
    other = ~(missing | left | stayed)
    columns.problem("missing-value", f"churned: column {churned!r} is empty; say of everybody", churned, rows=missing)
    first = float(values[other][0]) if other.any() else None
    message = f"churned: column {churned!r} holds {first}, neither 0 nor 1"
    columns.problem("not-a-truth", message, churned, first, rows=other)
    if min(left.sum(), stayed.sum()) < FEWEST and first is None:
        message = f"churned: {left.sum()} left and {stayed.sum()} stayed; {FEWEST} of each are needed"
        columns.problem("too-few", message, churned)
    return np.asarray(left)


def _who_acts(name: str, model: OutcomeModel | None, *, says: bool | str | None) -> tuple[bool | None, str | None]:
    """Return whether anyone can act on a measure, and who: as is said, else as the model's steps on it say."""
    steps = [] if model is None else [step for step in model.steps if step.measure.name == name]
    open_ones = [step for step in steps if not isinstance(step, SuccessGap) or step.bridgeable]
    who = ", ".join(dict.fromkeys(step.owner for step in open_ones if step.owner)) or None
    if isinstance(says, str):
        return True, says
    if says is None:
        says = True if who else None if open_ones or not steps else False
    return says, who if says else None


def _notes(names: list[str], values: Array, alone: Array) -> list[str]:
    notes = ["It goes together with leaving in these data; it need not bring it about."]
    for name, area in zip(names, alone, strict=True):
        if area >= SUSPICIOUS:
            notes.append(f"{name} alone tells who left (area {area:.3f}): is it known only afterwards?")
    for one, other in itertools.combinations(range(len(names)), 2):
        both = values[~np.isnan(values[:, [one, other]]).any(axis=1)][:, [one, other]]
        alike = float(np.corrcoef(both[:, 0], both[:, 1])[0, 1]) if len(both) > 2 and both.std(axis=0).all() else 0.0
        if abs(alike) >= TWINS:
            notes.append(f"{names[one]} and {names[other]} go together (r = {alike:.2f}); they share their weight.")
    gaps = int(np.isnan(values).any(axis=0).sum())
    if gaps:
        are = f"{gaps} of {counted(len(names), 'measure')} {'is' if gaps == 1 else 'are'}"
        notes.append(f"{are} missing somewhere: filled with the median, and marked.")
    return notes


def _alone(values: Array, left: Mask) -> float:
    known = ~np.isnan(values)
    if left[known].all() or not left[known].any():
        return math.nan
    area = area_of(values[known], left[known])
    return max(area, 1 - area)


# The regression


def fit(
    values: Array, churned: Mask, *, held_out: float, resamples: int, seed: int, confidence: float
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Fit a logistic regression to part of the customers, and try it on the rest; as `drivers` says.

    `values` has the shape (customers, measures); NaN is missing. Returns an array each over the measures, and the facts
    of `drivers`: ``coefficient`` is the change of the log-odds of churn per standard deviation; ``importance`` how much
    the area under the curve falls on the held-out customers when the measure is shuffled; ``missing_coefficient`` the
    change of the log-odds where it is missing, against the median, NaN where it never is.
    """
    from sklearn.model_selection import train_test_split
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    rows = np.arange(len(churned))
    train, test = train_test_split(rows, test_size=held_out, random_state=seed, stratify=churned)
    matrix, gaps = _design(values, train)
    count, rng = values.shape[1], np.random.default_rng(seed)
    with threadpool_limits(1):  # the problems are small: threads would wait for one another
        weights: Array = _coefficients(matrix, churned, train)
        again = np.array([_coefficients(matrix, churned, _resampled(churned, train, rng)) for _ in range(resamples)])
    own, missing = weights[:count], np.full(count, np.nan)
    missing[gaps] = weights[count:]
    # What each measure, with its indicator, adds to the log-odds.
    parts = matrix[:, :count] * own
    parts[:, gaps] += matrix[:, count:] * weights[count:]
    total, drops, areas, point = parts.sum(axis=1), np.empty((resamples, count)), np.empty(resamples), np.zeros(count)
    auc = area_of(total[test], churned[test])

    def falls(area: float, rows: Rows) -> list[float]:
        """Return how far the area under the curve falls when each measure is shuffled."""
        left, each = churned[rows], ((total[rows] - part, part) for part in parts[rows].T)
        return [area - area_of(rest + rng.permutation(part), left) for rest, part in each]

    for draw in range(resamples):  # each draws customers anew; the mean is over shuffles of those there are
        rows = _resampled(churned, test, rng)
        areas[draw] = area_of(total[rows], churned[rows])
        drops[draw] = falls(areas[draw], rows)
        point += np.array(falls(auc, test)) / resamples
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    made: dict[str, Array] = {"coefficient": own}
    made |= zip(("low", "high"), np.quantile(again[:, :count], tails, axis=0), strict=True)
    made |= {"odds_ratio": np.exp(own), "importance": point}
    made |= zip(("importance_low", "importance_high"), np.quantile(drops, tails, axis=0), strict=True)
    made |= {"missing_share": np.isnan(values).mean(axis=0), "missing_coefficient": missing}
    facts = {"auc": auc, "auc_interval": tuple(np.quantile(areas, tails).tolist()), "churned": int(churned.sum())}
    return made, facts | {"customers": len(churned), "trained": len(train), "held_out": len(test)}


def _design(values: Array, train: Rows) -> tuple[Array, Rows]:
    """Fill gaps with the median and standardize, both as the training customers have them; add an indicator a gap."""
    missing = np.isnan(values)
    gaps = np.flatnonzero(missing.any(axis=0))
    medians = [np.median(known) if len(known := column[~np.isnan(column)]) else 0.0 for column in values[train].T]
    filled = np.where(missing, medians, values)
    spread = filled[train].std(axis=0)
    standard = (filled - filled[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.hstack([standard, missing[:, gaps]]), gaps


def _coefficients(matrix: Array, churned: Mask, rows: Rows) -> Array:
    from sklearn.linear_model import LogisticRegression

    # The penalty, one prior observation in strength, keeps measures that separate perfectly finite.
    found = LogisticRegression(C=1.0, max_iter=5000).fit(matrix[rows], churned[rows])
    return np.asarray(found.coef_[0], dtype=np.float64)


def _resampled(churned: Mask, rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw as many customers as there are, with replacement, from those who left and from those who stayed."""
    left, stayed = rows[churned[rows]], rows[~churned[rows]]
    return np.concatenate([rng.choice(left, len(left)), rng.choice(stayed, len(stayed))])


# What is bought together


class Bundles(Listing):
    """Customers in clusters by the bundle they buy; made by `outcomegap.churn.bundles`.

    A row a customer: ``customer`` (or ``row``), ``seller`` if there are any, ``cluster`` (from 1, the largest first; 0
    where it is not known what they bought), ``bundle`` (every product that at least half of the cluster have).

    Attributes
    ----------
    clusters
        `Listing` of the clusters: ``cluster``, ``bundle``, ``customers``, ``share``, ``silhouette`` (how well it stands
        apart: 1 clearly, 0 not at all; NaN for one cluster), and the share that bought each product.
    facts
        ``silhouette`` (the mean over customers), ``tried`` (number of clusters -> silhouette), ``drawn`` (of how many
        customers, drawn at random, silhouettes are; None where they are of all), ``unknown`` (how many customers are in
        no cluster).
    newest
        The newest product, None where none was named.

    Examples
    --------
    >>> import outcomegap as og
    >>> bought = {"who": list("abcdef"), "phone": [1, 1, 1, 0, 0, 0], "web": [0, 0, 0, 1, 1, 1]}
    >>> found = og.churn.bundles(bought, ["phone", "web"], customer="who", clusters=2)
    >>> len(found), found.find("a")["bundle"]
    (6, 'phone')
    """

    def __init__(self, title: str, columns: Mapping[str, Array], newest: str | None, has: Array, **more: Any) -> None:
        super().__init__(title, columns, same_rows=True, show=(), **more)
        self.clusters, self.newest, self._has = self.parts["clusters"], newest, has

    def whitespace(self, seller: object = None) -> Listing:
        """List who has not bought the newest product, per seller, where most of the same cluster have it first.

        Parameters
        ----------
        seller
            Only this seller's customers; None lists all, seller by seller.

        Returns
        -------
        Listing
            ``seller`` (if there are any), ``customer`` (or ``row``), ``cluster``, ``bundle``, ``have_it`` and ``of``
            (customers of the same cluster), ``share``.

        Raises
        ------
        DataError
            If no newest product was named, or there is no such seller.
        """
        if self.newest is None:
            raise DataError("whitespace: name the newest product when you make the bundles, newest=")
        if seller is not None and "seller" not in self.columns:
            raise DataError("whitespace: there are no sellers; name their column when you make the bundles, seller=")
        cluster, sellers = self.columns["cluster"], self.columns.get("seller")
        bought, of = (np.bincount(cluster, rows).astype(np.int64)[cluster] for rows in (self._has == 1, None))
        columns = ({} if sellers is None else {"seller": sellers}) | self.columns
        columns |= {"have_it": bought, "of": of, "share": bought / of}
        listed, keys = (cluster > 0) & (self._has == 0), [-columns["share"]]
        if sellers is not None:
            codes, names = factor(sellers, "seller")
            keys.append(codes)
            known = [name for name in names.tolist() if name is not None]
            if seller is not None and seller not in known:
                raise DataError.of(
                    "seller", f"there is no seller {seller!r:.60}", None, seller, options=map(str, known)
                )
            listed &= True if seller is None else codes == known.index(seller)
        rows = np.lexsort(keys)
        rows = rows[listed[rows]]
        whose, have = f" of {seller}" if seller is not None else "", "has" if len(rows) == 1 else "have"
        title = f"{counted(len(rows), 'customer')}{whose} {have} not bought {self.newest}"
        columns = {name: values[rows] for name, values in columns.items()}
        form: dict[str, Any] = {"like": self._like, "notes": self.notes, "formats": {"share": percent}}
        return Listing(title, columns, **form, hide=("bundle",))


def bundles(
    frame: object,
    products: Sequence[str],
    *,
    customer: str | None = None,
    seller: str | None = None,
    newest: str | None = None,
    clusters: int | None = None,
    values: Mapping[str, bool | int] | None = None,
    seed: int = 0,
) -> Bundles:
    """Cluster customers by the bundle they buy, and find who lacks the newest product.

    k-means on 0 / 1 columns, a column a product (MacQueen 1967; scikit-learn's, the best of 20 starts). Customers
    with the same bundle are one point with their number as its weight. The number of clusters, unless given, is the
    one from 2 to 8, below that of different bundles, with the largest mean silhouette. Beyond 5,000 different bundles
    it is the best of 4 starts, and silhouettes are those of 3,000 customers drawn at random; a note says so. The newest
    product does not enter the clusters: otherwise those who have it would be a cluster, and nobody in another would.

    Parameters
    ----------
    frame
        Any data frame, a row a customer; a customer who stands twice is an error, since nobody would know which row
        holds.
    products
        A column a product: true and false, or how many were bought (0 or more).
    customer, seller
        The columns that name the customer and the seller.
    newest
        The newest product, one of `products`.
    clusters
        How many clusters; None tries 2 to 8.
    values
        Text -> whether it was bought, for columns of text: ``{"Yes": 1, "No": 0}``.
    seed
        For the starts.

    Raises
    ------
    DataError
        With everything that is wrong with the columns, or if there are fewer different bundles than clusters.
    EngineError
        If scikit-learn is not installed (extra ``learn``).

    Examples
    --------
    >>> found = bundles({"who": list("abcdef"), "phone": [1, 1, 1, 0, 0, 0], "web": [0, 0, 0, 1, 1, 1],
    ...                  "shop": [0, 0, 0, 1, 1, 0]}, ["phone", "web", "shop"], customer="who", newest="shop")
    >>> [row["bundle"] for row in found.clusters]
    ['phone', 'web']
    >>> [(row["customer"], row["have_it"], row["of"]) for row in found.whitespace()][:2]
    [('f', 2, 3), ('a', 0, 3)]
    """
    _learn("bundles")
    columns, known = Columns(frame, "bundles"), stand_for(values)
    if not set(known.values()) <= {0.0, 1.0}:
        columns.problem("values", f"values says text -> whether it was bought, 1 or 0 (got {values!r:.60})")
    read = columns.several("products", products, least=0, texts=known)
    if newest is not None and newest not in products:
        columns.problem("newest", f"newest: {newest!r:.60} is none of the products", value=newest, options=products)
    elif newest is not None and len(products) < 2:
        columns.problem("newest", "newest: there must be other products to cluster customers by")
    who, _ = columns.customers(customer, once="keep one row a customer")
    whose = columns.name("seller", seller)
    wanted = None if clusters is None else columns.attempt(lambda: whole("clusters", clusters, 1))
    columns.seed(seed)
    columns.done()
    bought = np.column_stack([np.where(np.isnan(each), np.nan, each > 0) for each in read.values()])
    there = ~np.isnan(bought).any(axis=1)
    labels, told, facts = _cluster(bought[there][:, [name != newest for name in products]], wanted, seed)
    facts["unknown"], cluster = int((~there).sum()), np.zeros(len(bought), dtype=np.int64)
    cluster[there] = labels + 1
    sizes = np.bincount(labels, minlength=len(told))
    shares = {name: np.bincount(labels, has) / sizes for name, has in zip(products, bought[there].T, strict=True)}
    typical = {name: share >= TYPICAL for name, share in shares.items() if name != newest}
    bundle = [[name for name, most in typical.items() if most[place]] for place in range(len(told))]
    names = [" + ".join(listed) or "few or none" for listed in bundle]
    made = {"row": np.arange(len(cluster))} if who is None else {"customer": who}
    made |= {} if whose is None else {"seller": columns.table.values(whose)}
    made |= {"cluster": cluster, "bundle": objects([None, *names])[cluster]}
    held = {"cluster": np.arange(1, len(told) + 1), "bundle": as_column(names), "customers": sizes}
    held = beside(held | {"share": sizes / max(len(labels), 1), "silhouette": told}, shares, "product")
    own = dict(zip(products, list(held)[-len(shares) :], strict=True))
    form: dict[str, Any] = {"formats": dict.fromkeys(["share", *own.values()], percent) | {"silhouette": "number"}}
    form |= {"hide": [name for product, name in own.items() if product != newest], "notes": _structure(facts)}
    notes = [] if newest is None else [f"{newest}, the newest, did not enter the clusters."]
    if facts["unknown"]:
        are = f"{counted(facts['unknown'], 'customer')} {'is' if facts['unknown'] == 1 else 'are'}"
        notes.append(f"{are} in no cluster: it is not known what they bought.")
    has = np.zeros(len(bought)) if newest is None else bought[:, list(products).index(newest)]
    title = f"{counted(len(labels), 'customer')} in {counted(len(told), 'cluster')} by what they buy; silhouette "
    more: dict[str, Any] = {"like": columns.table, "notes": notes, "facts": facts}
    more["parts"] = {"clusters": Listing("", held, like=columns.table, **form)}
    return Bundles(title + number(facts["silhouette"]), made, newest, has, **more)


def _structure(facts: Mapping[str, Any]) -> list[str]:
    """Return how clearly the clusters differ."""
    notes, found = [], facts["silhouette"]
    if len(facts["tried"]) > 1:
        tried = ", ".join(f"{number}: {each:.2f}" for number, each in facts["tried"].items())
        notes.append(f"Silhouette by number of clusters: {tried}.")
    if facts["drawn"] is not None:
        notes.append(f"Silhouettes are those of {facts['drawn']:,} customers drawn at random.")
    if found <= WEAK:
        kind = "a weak" if found > NONE else "no"
        notes.append(f"A silhouette of {found:.2f} means {kind} structure: clusters overlap.")
    return notes


def _cluster(values: Array, wanted: int | None, seed: int) -> tuple[Rows, Array, dict[str, Any]]:
    """Cluster customers; `values` are 0 or 1, shape (customers, products).

    Returns the cluster of each, from 0, the silhouette of each cluster, and the facts of `Bundles`.
    """
    points, inverse, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    if wanted is not None and wanted > max(len(points), 1):
        raise DataError(f"bundles: {wanted} clusters are more than the {len(points)} different bundles there are")
    inverse, some, drawn = inverse.reshape(-1), np.arange(len(values)), DRAWN if len(points) > MANY else None
    if drawn is not None:
        some = np.random.default_rng(seed).choice(some, drawn, replace=False)
    of, whose = np.unique(inverse[some], return_inverse=True)
    numbers = [wanted] if wanted is not None else list(range(FEWEST_KINDS, min(MOST_KINDS, len(points) - 1) + 1))
    numbers = numbers or [len(points)]
    labels = {number: _labels(points, counts, number, seed) for number in numbers}
    each = {number: _silhouettes(points, counts, labels[number], of)[whose] for number in numbers}
    tried = {number: float(found.mean()) if len(found) else math.nan for number, found in each.items()}
    best = max(numbers, key=lambda number: (np.nan_to_num(tried[number], nan=-2.0), -number))
    # Numbered anew: the cluster with the most customers first, then the one whose first customer comes first.
    found = np.unique(labels[best][inverse], return_index=True, return_inverse=True, return_counts=True)
    _, first, place, sizes = found
    order = np.lexsort((first, -sizes))
    cluster = np.argsort(order)[place.reshape(-1)]
    with np.errstate(invalid="ignore"):  # NaN where nobody of a cluster was drawn
        means = np.bincount(cluster[some], each[best], len(order)) / np.bincount(cluster[some], minlength=len(order))
    return cluster, means, {"silhouette": tried[best], "tried": tried, "drawn": drawn}


def _labels(points: Array, counts: Array, number: int, seed: int) -> Rows:
    """Return the cluster of each different bundle."""
    if number in (1, len(points)):
        return np.arange(len(points)) % max(number, 1)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # Few points of unequal weight: careful starts are much alike, so as many are drawn blindly.
    starts = {"n_init": STARTS if len(points) <= MANY else FEWER_STARTS, "random_state": seed}
    with threadpool_limits(1):
        kinds = [KMeans(number, init=init, **starts) for init in ("k-means++", "random")]
        best = min((kind.fit(points, sample_weight=counts) for kind in kinds), key=lambda found: found.inertia_)
    found: Rows = best.labels_
    return found


def _silhouettes(points: Array, counts: Array, labels: Rows, of: Rows) -> Array:
    """Return the silhouettes of some bundles (Rousseeuw 1987): NaN in one cluster alone, 0 for a customer alone in one.

    Each bundle stands for many equal customers; scikit-learn's would compare every customer with every other.
    """
    from sklearn.metrics import pairwise_distances_chunked

    member = (labels[:, None] == np.unique(labels)) * counts[:, None]
    own, rows, size = (member[of] > 0).argmax(axis=1) if member.size else of, np.arange(len(of)), member.sum(axis=0)
    if len(size) < 2:
        return np.full(len(of), math.nan)
    each = pairwise_distances_chunked(points[of], points, reduce_func=lambda part, _: part @ member)
    sums = np.concatenate(list(each))
    within, away = sums[rows, own] / np.maximum(size[own] - 1, 1), sums / size
    away[rows, own] = np.inf
    nearest = away.min(axis=1)
    widest = np.maximum(within, nearest)
    alone = (size[own] == 1) | (widest == 0)
    found: Array = np.where(alone, 0.0, nearest - within) / np.where(alone, 1.0, widest)
    return found
