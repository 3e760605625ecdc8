"""Which products customers buy together, and who has not bought the newest: a question for their seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from outcomegap.checks import among, number_of
from outcomegap.churn.cluster import Clusters, cluster
from outcomegap.churn.columns import Columns, place_of, whole_of
from outcomegap.errors import DataError, hint
from outcomegap.frames import Table
from outcomegap.frames.arrays import is_null
from outcomegap.listing import Listing, as_column, counted, percent
from outcomegap.scoring.groups import factor

Array = NDArray[Any]

#: From this share of a cluster's customers on, a product is part of what the cluster is called.
TYPICAL = 0.5
#: Up to here a silhouette means no structure, or a weak one (Kaufman & Rousseeuw, Finding Groups in Data, 1990).
NONE, WEAK = 0.25, 0.5


@attrs.frozen(eq=False)
class _Bought:
    """What was read: who bought what; NaN where that is not known."""

    table: Table
    products: tuple[str, ...]
    values: NDArray[np.float64]
    customer: Array | None
    seller: Array | None
    newest: str | None


class Bundles:
    """Customers in clusters by the bundle they buy; made by `outcomegap.churn.bundles`.

    Attributes
    ----------
    cluster
        The cluster of each customer, from 1, the largest first; 0 where it is not known what they bought.
    silhouette
        How well the clusters stand apart, the mean over customers: 1 clearly, 0 not at all; NaN for one cluster.
    tried
        Number of clusters -> silhouette, for each number that was tried.
    unknown
        How many customers are in no cluster, since it is not known what they bought.
    """

    def __init__(self, bought: _Bought, found: Clusters) -> None:
        self._bought, self._found = bought, found
        self.cluster: Array = found.labels
        self.silhouette, self.tried = found.silhouette, dict(found.tried)
        self.unknown = int((found.labels == 0).sum())

    def __len__(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max(initial=0))

    @cached_property
    def _shares(self) -> Array:
        """Share of the customers of each cluster that bought each product; shape (clusters, products)."""
        rows = [self._bought.values[self.cluster == number + 1] for number in range(len(self))]
        return np.array([row.mean(axis=0) for row in rows]).reshape(len(self), len(self._bought.products))

    @property
    def names(self) -> tuple[str, ...]:
        """What typical customers of each cluster buy: every product that at least half of them have."""
        clustered = [name for name in self._bought.products if name != self._bought.newest]
        place = {name: position for position, name in enumerate(self._bought.products)}
        typical = [[name for name in clustered if row[place[name]] >= TYPICAL] for row in self._shares]
        return tuple(" + ".join(names) or "few or none" for names in typical)

    @cached_property
    def clusters(self) -> Listing:
        """A row a cluster: ``cluster``, ``bundle``, ``customers``, ``share``, ``silhouette``, a share a product."""
        sizes = np.array([int((self.cluster == number + 1).sum()) for number in range(len(self))], dtype=np.int64)
        columns: dict[str, Any] = {"cluster": np.arange(1, len(self) + 1), "bundle": as_column(self.names)}
        columns |= {"customers": sizes, "share": sizes / max(int(sizes.sum()), 1)}
        columns["silhouette"] = self._found.of_cluster
        named = {
            product: f"{product} (product)" if product in columns else product for product in self._bought.products
        }
        columns |= {named[name]: self._shares[:, place] for place, name in enumerate(self._bought.products)}
        show = dict.fromkeys(["share", *named.values()], percent) | {"silhouette": lambda value: f"{value:.2f}"}
        title = (
            f"{counted(int(sizes.sum()), 'customer')} in {counted(len(self), 'cluster')} by what they buy; silhouette "
        )
        title += "-" if np.isnan(self.silhouette) else f"{self.silhouette:.2f}"
        hide = [named[name] for name in self._bought.products if name != self._bought.newest]
        notes = [*self._clustered(), *self._left_out()]
        return Listing(title, columns, like=self._bought.table, notes=notes, formats=show, hide=hide)

    def _clustered(self) -> list[str]:
        """Return how well they stand apart, in words."""
        tried = ", ".join(f"{number}: {found:.2f}" for number, found in self.tried.items())
        notes = [f"Silhouette by number of clusters: {tried}."] if len(self.tried) > 1 else []
        if self._found.drawn is not None:
            notes.append(f"There are many different bundles: silhouettes are those of {self._found.drawn:,} customers.")
        if self.silhouette <= WEAK:
            kind = "a weak" if self.silhouette > NONE else "no"
            notes.append(f"A silhouette of {self.silhouette:.2f} means {kind} structure: clusters overlap.")
        return notes

    def _left_out(self) -> list[str]:
        """Return what did not enter the clusters."""
        notes = []
        if self._bought.newest is not None:
            notes.append(f"{self._bought.newest}, the newest, did not enter the clusters.")
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
        bought, newest = self._bought, self._bought.newest
        if newest is None:
            raise DataError("whitespace: name the newest product when you make the bundles, newest=")
        rows = np.flatnonzero((self.cluster > 0) & (bought.values[:, bought.products.index(newest)] == 0))
        keys: list[Array] = [rows, -self._share_of(rows)]
        sellers = None
        if bought.seller is not None:
            codes, values = factor(bought.seller, "seller")
            if seller is not None:
                rows = rows[codes[rows] == self._seller(seller, values)]
            keys = [rows, -self._share_of(rows), codes[rows]]
            sellers = values[codes]
        elif seller is not None:
            raise DataError("whitespace: there are no sellers; name their column when you make the bundles, seller=")
        rows = rows[np.lexsort(keys)]
        columns = ({"seller": sellers[rows]} if sellers is not None else {}) | self._place(rows)
        whose = f" of {seller}" if seller is not None else ""
        title = f"{counted(len(rows), 'customer')}{whose} {'has' if len(rows) == 1 else 'have'} not bought {newest}"
        show = {"share": percent}
        return Listing(title, columns, like=bought.table, notes=self._left_out(), formats=show, hide=("bundle",))

    def _seller(self, seller: Any, values: Array) -> int:
        known = [value for value in values.tolist() if not is_null(value)]
        place = place_of(seller, known)
        if place is None:
            raise DataError(f"whitespace: there is no seller {seller!r:.60}{hint(seller, map(str, known))}")
        return place

    def _have_it(self) -> tuple[Array, Array]:
        assert self._bought.newest is not None
        place = self._bought.products.index(self._bought.newest)
        sizes = np.bincount(self.cluster, minlength=len(self) + 1)
        have = np.bincount(self.cluster, self._bought.values[:, place] == 1, minlength=len(self) + 1)
        return have.astype(np.int64), sizes

    def _share_of(self, rows: Array) -> Array:
        have, sizes = self._have_it()
        cluster = self.cluster[rows]
        share: Array = have[cluster] / sizes[cluster]
        return share

    def _place(self, rows: Array) -> dict[str, Array]:
        have, sizes = self._have_it()
        cluster = self.cluster[rows]
        customer = self._bought.customer
        who = {"row": rows} if customer is None else {"customer": customer[rows]}
        names = np.array(["", *self.names], dtype=object)[cluster]
        return who | {
            "cluster": cluster,
            "bundle": names,
            "have_it": have[cluster],
            "of": sizes[cluster],
            "share": have[cluster] / sizes[cluster],
        }

    def to_frame(self) -> Any:
        """Return a row a customer, in the order of the rows, the same kind of frame that came in.

        Its columns: ``customer`` (or ``row``), ``seller`` if there are any, ``cluster`` (0: not known), ``bundle``.
        """
        bought = self._bought
        who = {"row": np.arange(len(self.cluster))} if bought.customer is None else {"customer": bought.customer}
        seller = {} if bought.seller is None else {"seller": bought.seller}
        names = np.array([None, *self.names], dtype=object)[self.cluster]
        return bought.table.build(who | seller | {"cluster": self.cluster, "bundle": names})

    def __str__(self) -> str:
        return str(self.clusters)

    def _repr_html_(self) -> str:
        return self.clusters._repr_html_()

    def __repr__(self) -> str:
        return f"<Bundles: {counted(len(self.cluster), 'customer')} in {counted(len(self), 'cluster')}>"


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
    one from 2 to 8, below that of different bundles, with the largest mean silhouette
    (`outcomegap.churn.silhouette`). Beyond 5,000 different bundles it is the best of 4 starts, and silhouettes are
    those of 2,000 customers drawn at random; a note says so. The newest product does not enter the clusters: otherwise
    those who have it would be a cluster, and nobody in another would.

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
        If scikit-learn is not installed (extra ``churn``).

    Examples
    --------
    >>> found = bundles({"who": list("abcdef"), "phone": [1, 1, 1, 0, 0, 0], "web": [0, 0, 0, 1, 1, 1],
    ...                  "shop": [0, 0, 0, 1, 1, 0]}, ["phone", "web", "shop"], customer="who", newest="shop")
    >>> found.names, [(row["customer"], row["have_it"], row["of"]) for row in found.whitespace()][:2]
    (('phone', 'web'), [('f', 2, 3), ('a', 0, 3)])
    """
    columns = Columns(frame, "bundles")
    names = _products(columns, products, newest)
    read = _read(columns, names, values)
    who = columns.once("customer", customer)
    whose = columns.name("seller", seller)
    if clusters is not None and whole_of(clusters, 1) is None:
        columns.note("clusters", f"clusters is a whole number of 1 or more (got {clusters!r:.60})")
    columns.seed(seed)
    columns.done()
    table = columns.table
    bought = _Bought(
        table,
        tuple(names),
        read,
        who,
        None if whose is None else table.values(whose),
        newest,
    )
    counted = [place for place, name in enumerate(names) if name != newest]
    known = np.array(~np.isnan(read).any(axis=1))
    return Bundles(bought, cluster(read[:, counted], known, clusters, seed))


def _products(columns: Columns, products: object, newest: object) -> list[str]:
    if isinstance(products, (str, bytes)) or not isinstance(products, Sequence) or not products:
        columns.note("products", f"products lists columns, one a product (got {products!r:.60})")
        return []
    listed = [name for name in products if columns.name("products", name) is not None]
    for name in dict.fromkeys(name for name in listed if listed.count(name) > 1):
        columns.note("products", f"products names {name!r} twice", name)
    if newest is not None and not among(newest, products):
        columns.note("newest", f"newest: {newest!r:.60} is none of the products{hint(newest, map(str, products))}")
    elif newest is not None and len(set(listed)) < 2:
        columns.note("newest", "newest: there must be other products to cluster customers by")
    return list(dict.fromkeys(listed))


def _read(columns: Columns, names: list[str], values: object) -> NDArray[np.float64]:
    known = columns.stands_for(values, _says, "whether it was bought, 1 or 0")
    found = []
    for name in names:
        numbers = columns.numbers("products", name, least=0, texts=known)
        if numbers is not None:
            found.append(np.where(np.isnan(numbers), np.nan, (numbers > 0).astype(np.float64)))
    return np.column_stack(found) if found else np.zeros((len(columns.table), 0))


def _says(value: object) -> bool:
    return isinstance(value, bool) or number_of(value) in (0, 1)
