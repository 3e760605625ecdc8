"""Clusters by bundle, and who has not bought the newest."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from outcomegap.churn import bundles
from outcomegap.errors import DataError, EngineError
from tests.frames.kinds import KINDS, listed, make

pytest.importorskip("sklearn")

#: Three kinds of customers, each with a slip here and there.
KINDS_OF = {"phone": (1, 0, 0, 0), "web": (0, 1, 1, 0), "all": (1, 1, 1, 1)}
PRODUCTS = ["phone", "mail", "shop", "ads"]


def customers(n=90, seed=0):
    rng = np.random.default_rng(seed)
    bought = np.array([KINDS_OF[name] for name in np.repeat(list(KINDS_OF), [n // 2, n // 3, n - n // 2 - n // 3])])
    slips = rng.random(bought.shape) < 0.04
    columns = {name: (bought ^ slips)[:, place].tolist() for place, name in enumerate(PRODUCTS)}
    return {
        "who": [f"C{row}" for row in range(n)],
        **columns,
        "csm": [["Sara", "Tom", None][row % 3] for row in range(n)],
    }


SOME = customers()


def found(frame=None, **more):
    return bundles(SOME if frame is None else frame, PRODUCTS, **({"customer": "who"} | more))


# -- clusters --------------------------------------------------------------------------------------------------------


def test_silhouettes_of_many_are_those_of_drawn_customers(monkeypatch):
    """Where silhouettes are those of drawn customers, they are near those of all, and it is said."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, 3000)
    likely = np.array(
        [[0.9, 0.9, 0.8, 0.1, 0.1, 0.1, 0.5, 0.1], [0.1, 0.1, 0.1, 0.9, 0.9, 0.8, 0.5, 0.1], [0.1] * 7 + [0.9]]
    )
    shop = {f"p{n}": (rng.random(3000) < likely[kind, n]).astype(int) for n in range(8)}
    whole = bundles(shop, list(shop))
    assert whole.facts["silhouette"] == pytest.approx(
        float(silhouette_of(shop, whole.columns["cluster"]).mean()), abs=1e-7
    )
    monkeypatch.setattr("outcomegap.churn.patterns.MANY", 20)
    monkeypatch.setattr("outcomegap.churn.patterns.DRAWN", 1000)
    drawn = bundles(shop, list(shop))
    assert len(drawn.clusters) == len(whole.clusters)
    assert drawn.facts["silhouette"] == pytest.approx(whole.facts["silhouette"], abs=0.03)
    assert [row["customers"] for row in drawn.clusters] == pytest.approx(
        [row["customers"] for row in whole.clusters], abs=60
    )
    assert "Silhouettes are those of 1,000 customers" in str(drawn.clusters)
    assert "drawn" not in str(whole.clusters)
    assert bundles(shop, list(shop)).facts["silhouette"] == drawn.facts["silhouette"]


def test_silhouettes_are_exact_where_many_customers_share_a_bundle():
    rng = np.random.default_rng(1)
    shop = {f"p{n}": rng.integers(0, 2, 4000) for n in range(4)}
    result = bundles(shop, list(shop))
    each = silhouette_of(shop, result.columns["cluster"])
    assert result.facts["drawn"] is None
    assert result.facts["silhouette"] == pytest.approx(float(each.mean()), abs=1e-7)
    for row in result.clusters:
        assert row["silhouette"] == pytest.approx(each[result.columns["cluster"] == row["cluster"]].mean(), abs=1e-7)


def silhouette_of(shop, cluster):
    from sklearn.metrics import silhouette_samples

    return silhouette_samples(np.column_stack(list(shop.values())), cluster)


def test_planted_clusters_are_found():
    result = found()
    assert max(result.facts["tried"], key=result.facts["tried"].get) == len(result.clusters)
    three = found(clusters=3)
    assert [row["bundle"] for row in three.clusters] == ["phone", "mail + shop", "phone + mail + shop + ads"]
    truth = np.repeat([1, 2, 3], [45, 30, 15])
    assert (three.columns["cluster"] == truth).mean() > 0.9
    sizes = [row["customers"] for row in three.clusters]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 90
    rows = np.column_stack([SOME[name] for name in PRODUCTS])
    for number, row in enumerate(three.clusters, start=1):
        for place, name in enumerate(PRODUCTS):
            assert row[name] == pytest.approx(rows[three.columns["cluster"] == number, place].mean())


def test_kmeans_is_no_worse_than_the_peer_on_every_customer():
    from sklearn.cluster import KMeans

    rows = np.column_stack([SOME[name] for name in PRODUCTS]).astype(float)
    labels = found(clusters=4).columns["cluster"]

    def spread(groups):
        return sum(((rows[groups == g] - rows[groups == g].mean(axis=0)) ** 2).sum() for g in np.unique(groups))

    assert spread(labels) == pytest.approx(KMeans(4, n_init=100, random_state=0).fit(rows).inertia_, rel=0.01)


def test_the_same_seed_the_same_clusters():
    assert found(seed=1).columns["cluster"].tolist() == found(seed=1).columns["cluster"].tolist()


@pytest.mark.parametrize("rows", [[[1, 0]] * 3, [[1, 0], [0, 1]], [[1, 0]]])
def test_few_bundles(rows):
    frame = {"a": [row[0] for row in rows], "b": [row[1] for row in rows]}
    result = bundles(frame, ["a", "b"])
    assert len(result.clusters) == len({tuple(row) for row in rows})
    assert str(result)


def test_nobody():
    result = bundles({"a": np.array([]), "b": np.array([])}, ["a", "b"], newest="b")
    assert len(result.clusters) == 0
    assert len(result.whitespace()) == 0


def test_who_bought_is_not_known():
    frame = {name: list(values) for name, values in SOME.items()}
    frame["mail"][4] = None
    result = found(frame, newest="ads", seller="csm")
    assert result.columns["cluster"][4] == 0
    assert result.facts["unknown"] == 1
    assert "C4" not in [row["customer"] for row in result.whitespace()]
    assert "1 customer is in no cluster" in str(result)
    assert listed(result.to_frame())["bundle"][4] is None


def test_text_and_counts():
    frame = SOME | {"phone": ["Yes" if v else "No" for v in SOME["phone"]], "ads": [3 * v for v in SOME["ads"]]}
    assert found(frame, values={"Yes": 1, "No": 0}).columns["cluster"].tolist() == found().columns["cluster"].tolist()


def test_weak_structure_is_said():
    rng = np.random.default_rng(0)
    frame = {name: rng.integers(0, 2, 400) for name in "abcdef"}
    assert "structure: clusters overlap" in str(bundles(frame, list("abcdef")))
    assert "structure" not in str(found(clusters=3))


# -- whitespace ------------------------------------------------------------------------------------------------------


def test_whitespace_by_definition():
    result = found(newest="ads", seller="csm", clusters=2)
    lacking = [row for row in range(90) if not SOME["ads"][row]]
    listing = result.whitespace().rows()
    assert sorted(row["customer"] for row in listing) == sorted(SOME["who"][row] for row in lacking)
    for row in listing:
        mates = result.columns["cluster"] == row["cluster"]
        have = np.array(SOME["ads"])[mates]
        assert (row["have_it"], row["of"], row["share"]) == (have.sum(), mates.sum(), pytest.approx(have.mean()))
    assert [row["seller"] for row in listing] == sorted((r["seller"] for r in listing), key=lambda s: (s is None, s))
    for seller in ("Sara", "Tom", None):
        shares = [row["share"] for row in listing if row["seller"] == seller]
        assert shares == sorted(shares, reverse=True)
    sara = result.whitespace("Sara")
    assert sara.rows() == [row for row in listing if row["seller"] == "Sara"]
    assert "of Sara have not bought ads" in str(sara)


def test_the_newest_does_not_make_clusters():
    without = bundles(SOME, PRODUCTS[:3], customer="who", clusters=3)
    result = found(newest="ads", clusters=3)
    assert result.columns["cluster"].tolist() == without.columns["cluster"].tolist()
    assert "ads, the newest, did not enter" in str(result)


@pytest.mark.parametrize("kind", KINDS)
def test_any_frame_in_the_same_kind_out(kind):
    frame = make(kind, SOME)
    result = found(frame, newest="ads", seller="csm", clusters=3)
    assert listed(result.to_frame())["cluster"] == found(newest="ads", clusters=3).columns["cluster"].tolist()
    for back in (result.to_frame(), result.clusters.to_frame(), result.whitespace().to_frame()):
        if kind not in ("lazy", "capsule"):
            assert type(back) is type(frame)


def test_a_product_may_be_called_like_a_column():
    result = bundles({"share": [1, 1, 0], "b": [0, 0, 1]}, ["share", "b"])
    assert "share (product)" in result.clusters.columns


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("products", "says"),
    [
        (["phon"], "did you mean 'phone'"),
        ("phone", "lists columns"),
        ([], "lists columns"),
        (["phone", "phone"], "twice"),
        (["csm"], "is not a number"),
        (["debt"], "below 0"),
    ],
)
def test_bad_products(products, says):
    with pytest.raises(DataError, match=says):
        bundles(SOME | {"debt": [-1] * 90}, products)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"customer": "whom"}, "did you mean 'who'"),
        ({"seller": "cms"}, "did you mean 'csm'"),
        ({"newest": "adds"}, "did you mean 'ads'"),
        ({"clusters": 0}, "1 or more"),
        ({"clusters": 2.5}, "1 or more"),
        ({"clusters": 99}, "different bundles there are"),
        ({"values": {"Yes": 2}}, "text -> whether"),
        ({"seed": -1}, "0 or more"),
    ],
)
def test_bad_options(more, says):
    with pytest.raises(DataError, match=says):
        found(**more)


def test_text_that_means_nothing():
    with pytest.raises(DataError, match="did you mean 'Yes'"):
        found(SOME | {"phone": ["Yess"] + ["No"] * 89}, values={"Yes": 1, "No": 0})


def test_the_newest_needs_others():
    with pytest.raises(DataError, match="other products"):
        bundles(SOME, ["ads"], newest="ads")


def test_whitespace_needs_a_newest_product_and_a_seller_that_is_there():
    with pytest.raises(DataError, match="newest="):
        found().whitespace()
    with pytest.raises(DataError, match="seller="):
        found(newest="ads").whitespace("Sara")
    with pytest.raises(DataError, match="did you mean 'Sara'"):
        found(newest="ads", seller="csm").whitespace("Sarah")


def test_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(EngineError, match=r"outcomegap\[learn\]"):
        found()
