"""Which products customers buy together, and who has not bought the newest: a question for their seller."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import whole
from outcomegap.churn.columns import Columns, stand_for
from outcomegap.errors import DataError, EngineError, hint
from outcomegap.frames.arrays import objects
from outcomegap.listing import Listing, as_column, beside, counted, number, percent
from outcomegap.scoring.groups import factor

Array = NDArray[Any]

#: From this share of a cluster's customers on, a product is part of what the cluster is called.
TYPICAL = 0.5
#: Up to here a silhouette means no structure, or a weak one (Kaufman & Rousseeuw, Finding Groups in Data, 1990).
NONE, WEAK = 0.25, 0.5
#: Numbers of clusters that are tried where none is given.
FEWEST, MOST = 2, 8
#: How many starts of each kind k-means has, the best is taken; and how many where there are many different bundles.
STARTS, FEWER_STARTS = 10, 2
#: Up to this many different bundles all are looked at. Beyond, silhouettes are those of so many customers drawn at
#: random: each is compared with everybody, and that grows with the square.
ALL, DRAWN = 5_000, 2_000
#: So many distances are held at a time.
TOGETHER = 10_000_000


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
            known = [name for name in names.tolist() if name is not None]
            if seller is not None and seller not in known:
                raise DataError(f"whitespace: there is no seller {seller!r:.60}{hint(seller, map(str, known))}")
            keys.append(codes)
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
    it is the best of 4 starts, and silhouettes are those of 2,000 customers drawn at random; a note says so. The newest
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
    there, counts = ~np.isnan(bought).any(axis=1), [name != newest for name in products]
    labels, told, facts = _cluster(bought[there][:, counts], wanted, seed)
    cluster = np.zeros(len(bought), dtype=np.int64)
    cluster[there] = labels + 1
    sizes = np.bincount(labels, minlength=len(told))
    shares = {name: np.bincount(labels, has) / sizes for name, has in zip(products, bought[there].T, strict=True)}
    typical = [(name, share >= TYPICAL) for name, share in shares.items() if name != newest]
    bought_by = [[name for name, most in typical if most[place]] for place in range(len(told))]
    names = [" + ".join(bundle) or "few or none" for bundle in bought_by]
    made = {"row": np.arange(len(cluster))} if who is None else {"customer": who}
    made |= {} if whose is None else {"seller": columns.table.values(whose)}
    made |= {"cluster": cluster, "bundle": objects([None, *names])[cluster]}
    held = {"cluster": np.arange(1, len(told) + 1), "bundle": as_column(names), "customers": sizes}
    held |= {"share": sizes / max(len(labels), 1), "silhouette": told}
    facts["unknown"], held = int((~there).sum()), beside(held, shares, "product")
    own = list(held)[-len(shares) :]
    formats = dict.fromkeys(["share", *own], percent) | {"silhouette": "number"}
    hide = [name for name, product in zip(own, products, strict=True) if product != newest]
    form: dict[str, Any] = {"like": columns.table, "formats": formats, "hide": hide, "notes": _structure(facts)}
    title = f"{counted(len(labels), 'customer')} in {counted(len(told), 'cluster')} by what they buy; silhouette "
    notes = [] if newest is None else [f"{newest}, the newest, did not enter the clusters."]
    if facts["unknown"]:
        are = f"{counted(facts['unknown'], 'customer')} {'is' if facts['unknown'] == 1 else 'are'}"
        notes.append(f"{are} in no cluster: it is not known what they bought.")
    has = bought[:, list(products).index(newest)] if newest is not None else np.zeros(len(bought))
    more: dict[str, Any] = {"like": columns.table, "notes": notes, "facts": facts}
    more["parts"] = {"clusters": Listing("", held, **form)}
    return Bundles(title + number(facts["silhouette"]), made, newest, has, **more)


def _structure(facts: Mapping[str, Any]) -> list[str]:
    """Say how clearly the clusters differ."""
    notes, found = [], facts["silhouette"]
    if len(facts["tried"]) > 1:
        tried = ", ".join(f"{number}: {each:.2f}" for number, each in facts["tried"].items())
        notes.append(f"Silhouette by number of clusters: {tried}.")
    if facts["drawn"] is not None:
        notes.append(f"There are many different bundles: silhouettes are those of {facts['drawn']:,} customers.")
    if found <= WEAK:
        kind = "a weak" if found > NONE else "no"
        notes.append(f"A silhouette of {found:.2f} means {kind} structure: clusters overlap.")
    return notes


def _cluster(values: Array, wanted: int | None, seed: int) -> tuple[Array, Array, dict[str, Any]]:
    """Cluster customers; `values` are 0 or 1, shape (customers, products).

    Returns the cluster of each, from 0, the silhouette of each cluster, and the facts of `Bundles`.
    """
    points, inverse, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    inverse, weights = inverse.reshape(-1), counts.astype(np.float64)
    if wanted is not None and wanted > max(len(points), 1):
        raise DataError(f"bundles: {wanted} clusters are more than the {len(points)} different bundles there are")
    of, share, drawn = np.arange(len(points)), weights, None
    if len(points) > ALL:
        drawn = DRAWN
        customers = np.random.default_rng(seed).choice(len(inverse), DRAWN, replace=False)
        of, held = np.unique(inverse[customers], return_counts=True)
        share = held.astype(np.float64)
    numbers = [wanted] if wanted is not None else list(range(FEWEST, min(MOST, len(points) - 1) + 1)) or [len(points)]
    labels = {number: _labels(points, weights, number, seed) for number in numbers}
    each = {n: silhouettes(points, weights, labels[n], of) if n > 1 else np.full(len(of), np.nan) for n in numbers}
    tried = {n: float((each[n] * share).sum() / share.sum()) if len(points) else math.nan for n in numbers}
    best = max(numbers, key=lambda number: (np.nan_to_num(tried[number], nan=-2.0), -number))
    # Numbered anew: the cluster with the most customers first, then the one whose first customer comes first.
    _, first, place, sizes = np.unique(
        labels[best][inverse], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.argsort(order)
    mine = rank[labels[best][of]] if len(points) else of
    part, total = (np.bincount(mine, amount, minlength=len(order)) for amount in (each[best] * share, share))
    means = np.divide(part, total, out=np.full(len(order), np.nan), where=total > 0)
    return rank[place.reshape(-1)], means, {"silhouette": tried[best], "tried": tried, "drawn": drawn}


def _labels(points: Array, weights: Array, number: int, seed: int) -> Array:
    if number in (1, len(points)):
        return np.arange(len(points)) % max(number, 1)
    try:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise EngineError("churn.bundles needs scikit-learn: install the extra outcomegap[learn]") from error
    # Few points of unequal weight: careful starts are much alike, so as many are drawn blindly.
    starts = {"n_init": STARTS if len(points) <= ALL else FEWER_STARTS, "random_state": seed}
    with threadpool_limits(1):
        kinds = [KMeans(number, init=init, **starts) for init in ("k-means++", "random")]
        best = min((kind.fit(points, sample_weight=weights) for kind in kinds), key=lambda found: found.inertia_)
    labels: Array = np.unique(best.labels_, return_inverse=True)[1].reshape(-1)
    return labels


def silhouettes(points: Array, counts: Array, labels: Array, of: Array) -> Array:
    """Return the silhouette of some points, where each point stands for many equal customers.

    For one customer a is the mean distance to the others of its group, b the least mean distance to the customers of
    another group, and the silhouette (b - a) / max(a, b): 1 well within its group, 0 on the edge or alone in a group.
    By hand, since scikit-learn's knows no weights: it would compare all customers with all.

    References
    ----------
    Rousseeuw, Silhouettes, Journal of Computational and Applied Mathematics 20 (1987) 53-65.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    >>> silhouettes(points, np.array([2.0, 1.0, 3.0]), np.array([0, 0, 1]), np.arange(3)).round(3)
    array([0.961, 0.917, 1.   ])
    """
    from scipy.spatial.distance import cdist

    member = (labels[:, None] == np.arange(int(labels.max()) + 1)) * counts[:, None]
    size, found = member.sum(axis=0), np.zeros(len(of))
    step = max(1, TOGETHER // max(1, len(points)))
    for start in range(0, len(of), step):
        here = of[start : start + step]
        own, rows = labels[here], np.arange(len(here))
        total, others = cdist(points[here], points) @ member, size[own] - 1
        within, away = total[rows, own] / np.maximum(others, 1), total / size
        away[rows, own] = np.inf
        near = away.min(axis=1)
        widest = np.maximum(within, near)
        told = (others > 0) & (widest > 0)
        np.divide(near - within, widest, out=found[start : start + step], where=told)
    return found
