"""``outcomegap sql``."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import outcomegap as og
from outcomegap.cli import main

pytest.importorskip("sqlglot")


def run(*said, code=0):
    found = CliRunner().invoke(main, ["sql", *said])
    assert found.exit_code == code, found.output
    return found


def test_the_query_is_the_librarys(tmp_path):
    scorer = og.Scorer(og.gallery.load("email-marketing"))
    assert run("email-marketing", "--table", "customers").output == scorer.to_sql("customers")
    file = tmp_path / "scores.sql"
    said = ("--id", "account", "--keep", "csm", "--attribution", "--column", "list_size=LIST", "--boolean", "open_rate")
    run("email-marketing", "--table", "crm.customers", "--dialect", "snowflake", *said, "-o", str(file))
    query = scorer.to_sql(
        "crm.customers", "snowflake", id="account", keep=["csm"], attribution=True,
        columns={"list_size": "LIST"}, booleans=["open_rate"],
    )  # fmt: skip
    assert file.read_text(encoding="utf-8") == query


def test_groups():
    scorer = og.Scorer(og.gallery.load("email-marketing"))
    query = scorer.to_sql("customers", by=("segment", "stage"), weight="mrr")
    assert run("email-marketing", "--table", "customers", "--by", "segment,stage", "--weight", "mrr").output == query


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        (("email-marketing", "--table", "customers", "--dialect", "oracle"), 1, "dialect"),
        (("email-marketing", "--table", "customers; drop table customers"), 1, "table must be"),
        (("email-marketing", "--table", "customers", "--column", "list_size"), 2, "NAME=COLUMN"),
        (("email-marketing",), 2, "--table"),
        (("no-such-model", "--table", "customers"), 1, "no-such-model"),
    ],
)
def test_mistakes(said, code, told):
    assert told in run(*said, code=code).output
