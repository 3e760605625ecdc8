"""Which products customers buy together, and who has not bought the newest: a question for their seller."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import whole
from outcomegap.churn.columns import Columns, place_of, stand_for
from outcomegap.errors import DataError, EngineError, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import objects, plain_values
from outcomegap.listing import Listing, as_column, counted, percent

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


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Bundles:
    """Customers in clusters by the bundle they buy; made by `outcomegap.churn.bundles`.

    Parameters
    ----------
    table
        The frame that came in.
    products, customer, seller, newest
        The names of the products; who the customers and their sellers are; the newest product.
    bought
        Who bought what, shape (customers, products); NaN where that is not known.
    cluster
        The cluster of each customer, from 1, the largest first; 0 where it is not known what they bought.
    silhouette, of_cluster
        How well the clusters stand apart, the mean over customers, and over those of each cluster: 1 clearly, 0 not at
        all; NaN for one cluster.
    tried
        Number of clusters -> silhouette, for each number that was tried.
    drawn
        Of how many customers, drawn at random, the silhouettes are; None where they are of all.
    """

    table: Table
    products: tuple[str, ...]
    bought: NDArray[np.float64]
    customer: Array | None
    seller: Array | None
    newest: str | None
    cluster: Array
    silhouette: float
    of_cluster: Array
    tried: Mapping[int, float]
    drawn: int | None

    @property
    def unknown(self) -> int:
        """How many customers are in no cluster, since it is not known what they bought."""
        return int((self.cluster == 0).sum())

    def __len__(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max(initial=0))

    @cached_property
    def _shares(self) -> dict[str, Array]:
        """Product -> the share of the customers of each cluster that bought it."""
        rows = [self.bought[self.cluster == number + 1] for number in range(len(self))]
        shares = np.array([row.mean(axis=0) for row in rows]).reshape(len(self), len(self.products))
        return dict(zip(self.products, shares.T, strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """What typical customers of each cluster buy: every product that at least half of them have."""
        shares = {name: share for name, share in self._shares.items() if name != self.newest}
        typical = ([name for name in shares if shares[name][cluster] >= TYPICAL] for cluster in range(len(self)))
        return tuple(" + ".join(names) or "few or none" for names in typical)

    @cached_property
    def clusters(self) -> Listing:
        """A row a cluster: ``cluster``, ``bundle``, ``customers``, ``share``, ``silhouette``, a share a product."""
        sizes = np.bincount(self.cluster, minlength=len(self) + 1)[1:]
        columns: dict[str, Any] = {"cluster": np.arange(1, len(self) + 1), "bundle": as_column(self.names)}
        columns |= {"customers": sizes, "share": sizes / max(int(sizes.sum()), 1), "silhouette": self.of_cluster}
        named = {name: f"{name} (product)" if name in columns else name for name in self._shares}
        columns |= {named[name]: share for name, share in self._shares.items()}
        formats = dict.fromkeys(["share", *named.values()], percent) | {"silhouette": _two}
        title = f"{counted(int(sizes.sum()), 'customer')} in {counted(len(self), 'cluster')} by what they buy; "
        hide = [named[name] for name in named if name != self.newest]
        notes = [*self._structure(), *self._left_out()]
        title += "silhouette " + _two(self.silhouette)
        return Listing(title, columns, like=self.table, notes=notes, formats=formats, hide=hide)

    def _structure(self) -> list[str]:
        tried = ", ".join(f"{number}: {found:.2f}" for number, found in self.tried.items())
        notes = [f"Silhouette by number of clusters: {tried}."] if len(self.tried) > 1 else []
        if self.drawn is not None:
            notes.append(f"There are many different bundles: silhouettes are those of {self.drawn:,} customers.")
        if self.silhouette <= WEAK:
            kind = "a weak" if self.silhouette > NONE else "no"
            notes.append(f"A silhouette of {self.silhouette:.2f} means {kind} structure: clusters overlap.")
        return notes

    def _left_out(self) -> list[str]:
        """Return what did not enter the clusters."""
        notes = []
        if self.newest is not None:
            notes.append(f"{self.newest}, the newest, did not enter the clusters.")
        if self.unknown:
            are = "is" if self.unknown == 1 else "are"
            notes.append(f"{counted(self.unknown, 'customer')} {are} in no cluster: it is not known what they bought.")
        return notes

    def whitespace(self, seller: Any = None) -> Listing:
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
        newest = self.newest
        if newest is None:
            raise DataError("whitespace: name the newest product when you make the bundles, newest=")
        if seller is not None and self.seller is None:
            raise DataError("whitespace: there are no sellers; name their column when you make the bundles, seller=")
        has = self.bought[:, self.products.index(newest)]
        sizes = np.bincount(self.cluster, minlength=len(self) + 1)
        have = np.bincount(self.cluster, has == 1, minlength=len(self) + 1).astype(np.int64)
        rows = np.flatnonzero((self.cluster > 0) & (has == 0))
        keys = [rows, -have[self.cluster[rows]] / sizes[self.cluster[rows]]]
        if self.seller is not None:
            items = plain_values(self.seller)
            known = sorted({item for item in items if item is not None}, key=lambda item: (type(item).__name__, item))
            if seller is not None and place_of(seller, known) is None:
                raise DataError(f"whitespace: there is no seller {seller!r:.60}{hint(seller, map(str, known))}")
            place = {item: code for code, item in enumerate([*known, None])}
            codes = np.array([place[item] for item in items], dtype=np.int64)
            mine = np.ones(len(rows), dtype=bool) if seller is None else codes[rows] == place[seller]
            rows, keys = rows[mine], [key[mine] for key in (*keys, codes[rows])]
        rows = rows[np.lexsort(keys)]
        cluster = self.cluster[rows]
        columns = {} if self.seller is None else {"seller": self.seller[rows]}
        columns |= {"row": rows} if self.customer is None else {"customer": self.customer[rows]}
        columns |= {"cluster": cluster, "bundle": objects(["", *self.names])[cluster]}
        columns |= {"have_it": have[cluster], "of": sizes[cluster], "share": have[cluster] / sizes[cluster]}
        whose = f" of {seller}" if seller is not None else ""
        title = f"{counted(len(rows), 'customer')}{whose} {'has' if len(rows) == 1 else 'have'} not bought {newest}"
        formats = {"share": percent}
        return Listing(title, columns, like=self.table, notes=self._left_out(), formats=formats, hide=("bundle",))

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of the rows, the same kind of frame that came in.

        Its columns: ``customer`` (or ``row``), ``seller`` if there are any, ``cluster`` (0: not known), ``bundle``.
        """
        who = {"row": np.arange(len(self.cluster))} if self.customer is None else {"customer": self.customer}
        who |= {} if self.seller is None else {"seller": self.seller}
        return self.table.build(who | {"cluster": self.cluster, "bundle": objects([None, *self.names])[self.cluster]})

    def __str__(self) -> str:
        return str(self.clusters)

    def _repr_html_(self) -> str:
        return self.clusters.html()

    def __repr__(self) -> str:
        return f"<Bundles: {counted(len(self.cluster), 'customer')} in {counted(len(self), 'cluster')}>"


def _two(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def bundles(
    frame: Any,
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
    >>> found.names, [(row["customer"], row["have_it"], row["of"]) for row in found.whitespace()][:2]
    (('phone', 'web'), [('f', 2, 3), ('a', 0, 3)])
    """
    columns, read = Columns(frame, "bundles"), []
    if isinstance(products, str) or not products:
        columns.problem("products", f"products lists columns, one a product (got {products!r:.60})")
        products = ()
    known = stand_for(values)
    if not set(known.values()) <= {0.0, 1.0}:
        columns.problem("values", f"values says text -> whether it was bought, 1 or 0 (got {values!r:.60})")
    for name in dict.fromkeys(products):
        numbers = columns.numbers("products", name, least=0, texts=known)
        if numbers is not None:
            read.append(np.where(np.isnan(numbers), np.nan, numbers > 0))
        if list(products).count(name) > 1:
            columns.problem("products", f"products names {name!r} twice", name)
    if newest is not None and newest not in products:
        columns.problem("newest", f"newest: {newest!r:.60} is none of the products", value=newest, options=products)
    elif newest is not None and len(products) < 2:
        columns.problem("newest", "newest: there must be other products to cluster customers by")
    who = columns.once("customer", customer)
    whose = columns.name("seller", seller)
    wanted = None if clusters is None else columns.attempt(lambda: whole("clusters", clusters, 1))
    columns.seed(seed)
    columns.done()
    bought = np.column_stack(read)
    counts = [place for place, name in enumerate(products) if name != newest]
    return Bundles(
        table=columns.table,
        products=tuple(products),
        bought=bought,
        customer=who,
        seller=None if whose is None else columns.table.values(whose),
        newest=newest,
        **_cluster(bought[:, counts], ~np.isnan(bought).any(axis=1), wanted, seed),
    )


def _cluster(values: Array, known: Array, wanted: int | None, seed: int) -> dict[str, Any]:
    """Cluster customers: `values` are 0 or 1, shape (customers, products); `known` says who takes part."""
    points, inverse, counts = np.unique(values[known], axis=0, return_inverse=True, return_counts=True)
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
    tried: dict[int, tuple[float, Array, Array]] = {}
    for number in numbers:
        labels = _labels(points, weights, number, seed)
        each = silhouettes(points, weights, labels, of) if number > 1 else np.full(len(of), np.nan)
        tried[number] = float((each * share).sum() / share.sum()) if len(points) else math.nan, labels, each
    best = max(tried, key=lambda number: (np.nan_to_num(tried[number][0], nan=-2.0), -number))
    mean, labels, each = tried[best]
    # Numbered anew: the cluster with the most customers first, then the one whose first customer comes first.
    groups, first, sizes = np.unique(labels[inverse], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    labels = np.argsort(order)[labels] if len(labels) else labels
    found = np.zeros(len(values), dtype=np.int64)
    found[known] = labels[inverse] + 1
    part, total = (np.bincount(labels[of], amount, minlength=len(groups)) for amount in (each * share, share))
    means = np.divide(part, total, out=np.full(len(groups), np.nan), where=total > 0)
    silhouettes_by = {number: made[0] for number, made in tried.items()}
    return {"cluster": found, "silhouette": mean, "of_cluster": means, "tried": silhouettes_by, "drawn": drawn}


def _labels(points: Array, weights: Array, number: int, seed: int) -> Array:
    if number <= 1:
        return np.zeros(len(points), dtype=np.int64)
    if number == len(points):
        return np.arange(len(points))
    try:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise EngineError("churn.bundles needs scikit-learn: install the extra outcomegap[learn]") from error
    # Few points of unequal weight: careful starts are much alike, so as many are drawn blindly.
    starts = STARTS if len(points) <= ALL else FEWER_STARTS
    with threadpool_limits(1):
        made = [
            KMeans(number, init=init, n_init=starts, random_state=seed).fit(points, sample_weight=weights)
            for init in ("k-means++", "random")
        ]
    best = min(made, key=lambda found: found.inertia_)
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
