"""Text files as people have them: one answer, whatever library reads them, and however large they are."""

from __future__ import annotations

import csv
import gzip
import io
import random

import pytest

from outcomegap.checks import Checks
from outcomegap.errors import DataError, ModelError
from outcomegap.intake import layout, loading, textfile
from outcomegap.intake.loading import Tables
from outcomegap.intake.textfile import likely_encoding
from outcomegap.model.inputs import Inputs


@pytest.fixture(params=["polars", "pyarrow", "pandas", "dict", "at once"])
def library(request, monkeypatch):
    """A library; "at once" takes every file for a large one."""
    monkeypatch.setattr(loading, "best_library", lambda: "polars" if request.param == "at once" else request.param)
    if request.param == "at once":
        monkeypatch.setattr(textfile, "PIECE", 64)
    return request.param


@pytest.fixture
def read(tmp_path, library):
    """Return the columns of a file, and what is told of it."""

    def columns(text, name="t.csv", **said):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        tables = Tables(Inputs(tables={"customers": said}), path)
        table = tables.table("customers")
        found = {
            name: [None if v is None or v != v or v == "" else v for v in table.values(name)] for name in table.names
        }
        return found, tables.notes, [finding.message for finding in tables.checks.findings]

    return columns


SOUND = {"id": ["x", "y"], "a": ["1", ".5"], "w": ["1", "1"]}
LONG = [f"c{n:02},{n},{n % 7}" for n in range(120)]


@pytest.mark.parametrize(
    "text",
    [
        "id,a,w\nx,1,1\n\ny,.5,1\n\n",
        "\n\nid,a,w\nx,1,1\ny,.5,1\n",
        "id,a,w\nx,1,1\n,,\ny,.5,1\n , ,\n",
        "id,a,w\nx,1,1,\ny,.5,1,\n",
        "id,a,w\nx,1,1,,\ny,.5,1\n",
        "id,a,w\rx,1,1\ry,.5,1\r",
        "id,a,w\r\nx,1,1\r\ny,.5,1",
        "sep=,\r\nid,a,w\r\nx,1,1\r\ny,.5,1\r\n",
        'sep=;\nid;a;"w"\nx;1;1\ny;.5;1\n',
        "SEP=\t\nid\ta\tw\nx\t1\t1\ny\t.5\t1\n",
        "\ufeffid,a,w\nx,1,1\ny,.5,1\n",
        '"\ufeffid",a,w\nx,1,1\ny,.5,1\n',
        '\ufeff"id",a,w\nx,1,1\ny,.5,1\n',
        "id|a|w\nx|1|1\ny|.5|1\n",
    ],
)
def test_what_means_the_same(read, text):
    assert read(text) == (SOUND, [], [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_byte_order_marks(read, encoding, name):
    data = "id,a,w\nx,1,1\ny,.5,1\n".encode(encoding)
    assert read(gzip.compress(data) if name.endswith("gz") else data, name) == (SOUND, [], [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252", "cp949"])
def test_an_encoding_that_is_said(read, encoding):
    text = "id,a,w\nx,1,1\ny,.5,1\n"
    if encoding.startswith("utf"):
        with pytest.raises(DataError, match=f'NUL.*encoding = "{encoding}"'):
            read(text.encode(encoding))
    assert read(text.encode(encoding), encoding=encoding) == (SOUND, [], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,a,w\nx,1,1\ny,.5\n", "line 3 has 2 cells, the heading 3"),
        ("id,a,w\nx,1,1\ny", "line 3 has 1 cells"),
        ("id,a,w\nx,1\ny,.5,1\n", "line 2 has 2 cells"),
        ("id,a,w\nx,1,1\ny,1,5,1\n", "decimal comma"),
        ('id,a,w\nx,1,1\ny,"1,1\n', "quotation mark"),
        ('id,a,w\nx,"1"1,1\n', "line 2"),
        ("id,a,w\nx,1\0,1\n", "NUL"),
        ("", "empty"),
        ("\n\n,,\n", "empty"),
    ],
)
def test_what_is_cut_or_broken(read, text, says):
    with pytest.raises(DataError, match=says):
        read(text)


@pytest.mark.parametrize(
    ("place", "row", "says"),
    [
        (70, "cut,1", "line 72 has 2 cells"),
        (119, "cut,1", "line 121 has 2 cells"),
        (60, "long,1,2,3", "line 62 has 4 cells"),
        (99, 'quoted,"1', "quotation mark"),
        (80, "nul,1,\0", "NUL"),
    ],
)
def test_what_is_cut_or_broken_in_a_long_file(read, place, row, says):
    lines = [*LONG]
    lines[place] = row
    with pytest.raises(DataError, match=says):
        read("\n".join(["id,a,w", *lines]))


def test_a_nul_far_down(read, monkeypatch):
    monkeypatch.setattr(textfile, "ENDS", 600)
    with pytest.raises(DataError, match=r"NUL.*damaged"):
        read("\n".join(["id,a,w", *LONG, "nul,1,\0"]))


def test_a_long_file_is_read_alike(read, library, tmp_path):
    chosen = random.Random(1)
    texts = ["plain", "with, comma", 'with "quotes"', "two\nlines", "two\r\nlines", "", "Zoë", '"']
    rows = [[str(n), chosen.choice(texts), str(n % 9)] for n in range(400)]
    for newline in ("\n", "\r\n"):
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator=newline).writerows([["id", "text", "n"], *rows])
        found, notes, doubts = read(file.getvalue())
        assert found == {name: [row[place] or None for row in rows] for place, name in enumerate(("id", "text", "n"))}
        assert (notes, doubts) == ([], [])


@pytest.mark.parametrize("text", ['He said\n"ok", fine', "Zoë\n" * 9, "x" * 400])
def test_the_end_of_a_long_file_that_begins_within_a_cell(read, monkeypatch, text):
    monkeypatch.setattr(textfile, "ENDS", 4000)
    for ends in range(60):
        rows = [[f"c{n}", text if n > 100 else "plain", "1"] for n in range(130)]
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator="\n").writerows([["id", "text", "n"], *rows, ["last" + "x" * ends, "y", "1"]])
        found, notes, doubts = read(file.getvalue())
        assert (len(found["id"]), found["text"][128], notes, doubts) == (131, text, [], [])


def test_one_line_without_end(read):
    assert list(read("id" + "x" * 5000 + "\n1\n")[0].values()) == [["1"]]
    assert len(read(",".join(f"c{n}" for n in range(3000)))[0]) == 3000


def test_a_long_file_with_a_title_and_a_footer(read):
    text = "\n".join(["Accounts", "", "id,a,w", *LONG, "", "Confidential: do not pass on", ""])
    found, notes, doubts = read(text)
    assert found["id"] == [line.partition(",")[0] for line in LONG]
    assert [note.partition(" left out")[0] for note in notes] == [
        "t.csv: 1 row above the heading",
        "t.csv: 1 row below the table",
    ]
    assert doubts == []


@pytest.mark.parametrize("total", ["Total,7140,", 'Total,"7,140.00",', "Total (120 records),,"])
def test_a_long_file_with_a_total(read, total):
    found, notes, doubts = read("\n".join(["id,a,w", *LONG, total]))
    assert (len(found["id"]), doubts) == (120, [])
    assert "1 row of totals left out" in notes[0]
    found, notes, doubts = read("\n".join(["id,a,w", *LONG, "Total,7,3"]))
    assert (len(found["id"]), notes) == (121, [])
    assert "called a total" in doubts[0]


def test_headings(read):
    found, notes, _ = read("id,,,Q,Q,column 3,Q\nx,1,2,3,4,5,6\n")
    assert list(found) == ["id", "column 2", "column 3 2", "Q", "Q 2", "column 3", "Q 3"]
    assert "4 headings blank or repeated" in notes[0]
    assert list(read("Q,Q 2,Q\n1,2,3\n")[0]) == ["Q", "Q 2", "Q 3"]


# Which rows are data


@pytest.mark.parametrize(
    "title",
    [
        "Accounts\n\n",
        "Accounts,,\n,,\n",
        "Accounts\nMay 2026\n",
        "# ----------\n# All accounts\n# 20260101-20260131\n# ----------\n\n",
        '"Accounts, by plan"\n"1 May 2026"\n\n',
        "Report:,Accounts\nUntil:,2026-05-31\n\n",
    ],
)
def test_titles(read, title):
    found, notes, doubts = read(f"{title}id,a,w\nx,1,1\ny,.5,1\n")
    assert (found, doubts) == (SOUND, [])
    assert "above the heading left out: line 1" in notes[0]


@pytest.mark.parametrize("title", ["Accounts, May, 2026\n\n", "All,by plan,by size\n\n"])
def test_a_full_row_above_the_heading_is_a_finding(read, title):
    found, notes, doubts = read(f"{title}id,a,w\nx,1,1\ny,.5,1\n")
    assert (found, notes) == (SOUND, [])
    assert "1 row above the heading left out, though full: line 1" in doubts[0]
    assert "skip_rows = 0" in doubts[0]


def test_a_title_above_words(read):
    found, notes, _ = read("Accounts\n\nname,plan\nAcme,pro\nBolt,free\n")
    assert found == {"name": ["Acme", "Bolt"], "plan": ["pro", "free"]}
    found, notes, _ = read("Answers\n\nid,Easy?,Easy?\nx,1,2\ny,2,3\n")
    assert list(found) == ["id", "Easy?", "Easy? 2"]
    assert len(notes) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Accounts\nx\ny\n",
        "name,plan\nAcme,pro\nBolt,free\n",
        ",plan\nAcme,pro\nBolt,free\n",
        ",seats\nAcme,1\nBolt,2\n",
        ",seats\nAcme,n/a\nBolt,2\nCato,3\nDyno,3\n",
        "name,plan\nAcme,pro,\nBolt,free,\n",
        "id,1,2\nx,see note,pending\ny,3,4\nz,1,2\n",
        "id,2024,2025\nx,1,1\ny,2,3\n",
        "id,a,w\nx,n/a,n/a\ny,1,2\nz,2,3\n",
        "id,a,w\nx,not known,not measured\ny,1,2\nz,2,3\n",
        "id,plan,a,w\nx,pro,see note one,see note two\ny,pro,1,2\nz,pro,2,3\n",
    ],
)
def test_the_first_row_is_the_heading_and_the_second_a_customer(read, text):
    found, notes, _ = read(text)
    assert len(next(iter(found.values()))) == text.count("\n") - 1
    assert not any("left out" in note for note in notes)


@pytest.mark.parametrize(
    "further",
    [
        "Response ID,How easy was it?,Would you come again?\n",
        '"{""ImportId"":""r""}","{""ImportId"":""q1""}","{""ImportId"":""q2""}"\n',
        ",Response,Response\n",
        "-,users,hours\n",
        ",(h),[users]\n",
        "id,Users,Hours\n",
        "--,-,-\n",
        'Response ID,How easy?,Come again?\n"{""ImportId"":1}","{""ImportId"":2}","{""ImportId"":3}"\n',
    ],
)
def test_further_headings(read, further):
    found, notes, doubts = read(f"id,a,w\n{further}x,1,1\ny,.5,1\nz,2,1\n")
    assert (found["id"], doubts) == (["x", "y", "z"], [])
    assert "of further headings left out: line 2" in notes[0]


def test_choices_below_a_question(read):
    rows = "101,1 May 2026,Import,,Export,4\n102,2 May 2026,Import,Charts,,5\n103,3 May 2026,,,,1\n"
    found, notes, doubts = read(f"id,Day,Used? Choose,,,Easy?\n,,Import,Charts,Export,Response\n{rows}")
    assert (found["id"], doubts) == (["101", "102", "103"], [])
    assert "further headings" in notes[0]


@pytest.mark.parametrize("row", ["Acme,,pro,", ",Acme,pro,", "-,Acme,pro,n/a"])
def test_a_first_customer_of_whom_little_is_known_counts(read, row):
    found, notes, _ = read(f"name,ref,plan,a\n{row}\nBolt,r2,free,3\nCato,r3,pro,4\nDyno,r4,pro,5\n")
    assert (len(found["name"]), notes) == (4, [])


def test_what_may_be_a_further_heading_counts(read):
    found, notes, doubts = read("id,a,w\ncode,users,hours\nx,1,1\ny,.5,1\nz,2,1\n")
    assert (found["id"], notes) == (["code", "x", "y", "z"], [])
    assert "skip_rows = [2]" in doubts[0]


BODY = "id,plan,a,w\nAcme,pro,10,0.5\nBolt,free,3,1.5\nCato,pro,8,1\n"


@pytest.mark.parametrize(
    "total",
    [
        "Total,,21,3\n",
        "Grand total:,,21,3.0\n",
        "Summe,,21,1.0\n",
        ",Total,21,3\n",
        "Total (3 records),,,\n",
        "Total: 3 accounts\n",
        "Grand total (3)\n",
        "Totals,,21,3\nAverage,,7.0,1.00\n",
        "合計,,21,3\n",
        "TOTAL,3,21,3\n",
        "Total,,21,3\n\n",
        'Gesamt,,"21,00","3,00"\n',
        "Total,,21,3\nCount,,3,3\n",
        "Total: accounts,,21,3\nTotal: partners,,0,0\n",
        "Total,,21,3\nPercentage of total,,100%,100%\n",
        ",,21,3\n",
        ",,,\nTotal,,21,3\n",
    ],
)
def test_totals(read, total):
    found, notes, doubts = read(BODY + total)
    assert (found["id"], doubts) == (["Acme", "Bolt", "Cato"], [])
    assert "of totals left out" in notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "id | a | w\n---+---+---\nx | 1 | 1\ny | 2 | 3\n(2 rows)\n",
        "+---+---+---+\n|id | a | w |\n+---+---+---+\n|x | 1 | 1 |\n|y | 2 | 3 |\n+---+---+---+\n2 rows in set\n",
        "List\n\n-------\n|id|a|w|\n-------\n|x|1|1|\n|y|2|3|\n-------\n",
    ],
)
def test_ruled_lines(read, text):
    found, notes, doubts = read(text)
    columns = {name.strip(): column for name, column in found.items()}
    assert [cell.strip() for cell in columns["id"] + columns["w"]] == ["x", "y", "1", "3"]
    assert (len([note for note in notes if "left out" in note]) > 1, doubts) == (True, [])


def test_a_heading_on_every_page(read):
    found, notes, _ = read("id,a,w\nx,1,1\nid,a,w\ny,2,1\n")
    assert found["id"] == ["x", "y"]
    assert "of further headings left out: line 3" in notes[0]


def test_headings_that_hold_numbers(read):
    aged = "Receivables,,,\nAt 31 May,,,\n,,,\nid,Current,1 - 30 days,Total\n,,,\nx,1,0,1\ny,2,2,4\n"
    found, notes, doubts = read(aged)
    assert (list(found), found["id"], doubts) == (["id", "Current", "1 - 30 days", "Total"], ["x", "y"], [])
    assert "2 rows above the heading" in notes[0]
    for periods in ("2024,2025", "2026-01,2026-02", "2026/05,2026/06"):
        found, notes, doubts = read(f"Sales\n\nid,{periods}\nx,1,2\ny,2,3\n")
        assert (list(found), doubts) == (["id", *periods.split(",")], [])
        assert "above the heading left out: line 1" in notes[0]
    found, notes, doubts = read(",58,17\nid,a,w\nx,1,1\ny,2,3\nz,3,3\n")
    assert (list(found), found["id"], doubts) == (["id", "a", "w"], ["x", "y", "z"], [])
    found, _, doubts = read("x,1,1\ny,2,3\nz,3,3\n")
    assert (found["x"], len(doubts)) == (["y", "z"], 1)
    assert "1 row of numbers taken for the heading: line 1" in doubts[0]


def test_a_first_line_that_is_longer_than_the_heading(read):
    found, notes, doubts = read('"EXTF";700;16;"Accounts";5;;;;\nid;name;a\n10000;Acme;"10,50"\n10001;Bolt;"3,00"\n')
    assert (found["id"], doubts) == (["10000", "10001"], [])
    assert "above the heading left out: line 1" in notes[0]


def test_what_is_refused_can_be_said_to_be_no_data(read):
    text = "id,a,w\n,3,4,Grand total\nx,1,1\ny,2,3\n"
    with pytest.raises(DataError, match=r"4 cells.*skip_rows = \[2\]"):
        read(text)
    assert read(text, skip_rows=[2])[0]["id"] == ["x", "y"]


@pytest.mark.parametrize(
    ("row", "doubtful"),
    [
        ("TotalEnergies,pro,21,3\n", False),
        ("Total Wine & More,pro,5,1\n", False),
        ("Total,pro,5,1\n", True),
        ("Total,pro,0,0\n", True),
        ("Total,pro,,\n", True),
        ("Summa,pro,21,9\n", True),
        ("Media Markt,pro,4,1\n", False),
        ("Dyno,pro,21,3\n", False),
        ("Total,,21,7\n", True),
        ("Total Wine,,21,4\n", False),
    ],
)
def test_a_customer_called_like_a_total_counts(read, row, doubtful):
    found, notes, doubts = read(BODY + row)
    assert (found["id"][-1], notes) == (row.partition(",")[0], [])
    assert ["skip_rows = [-1]" in doubt for doubt in doubts] == [True] * doubtful


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("Total,pro,21,3\nAcme,pro,10,0.5\nBolt,free,3,1.5\nCato,pro,8,1\n", [2]),
        ("Acme,pro,10,1\nSubtotal,,10,1\nBolt,free,3,1\nSubtotal,,3,1\nTotal,,13,2\n", [3, -2, -1]),
    ],
)
def test_a_total_elsewhere_counts_and_is_told(read, rows, lines):
    found, notes, doubts = read(f"id,plan,a,w\n{rows}")
    assert (len(found["id"]), notes) == (rows.count("\n"), [])
    assert f"called a total, but counted: line {lines[0]}" in doubts[0]
    assert f"skip_rows = {lines}" in doubts[0]
    kept = read(f"id,plan,a,w\n{rows}", skip_rows=lines)
    assert (len(kept[0]["id"]), kept[2]) == (rows.count("\n") - len(lines), [])


@pytest.mark.parametrize(
    "footer",
    [
        "\nAccounts and cases\nConfidential\n",
        "\n\nGenerated by: A Person\n",
        "Total,,21,3\n\nCopyright (c) 2026 Example Ltd\n",
        '"Source: the CRM, 1 June 2026"\n',
        ",,,\nConfidential information - do not pass on,,,\n",
        "\nFilters:,plan = all\n",
        "Quelle: CRM\n",
        "(3 rows)\n",
        "\n3 records\n",
        ",,,\nExported from CRM on 2026-06-01,,,\n",
        "\nPrepared by:,Sara,,\nReviewed by:,Tom,,\n",
    ],
)
def test_footers(read, footer):
    found, notes, doubts = read(BODY + footer)
    assert (found["id"], doubts) == (["Acme", "Bolt", "Cato"], [])
    assert "below the table left out" in notes[-1]


@pytest.mark.parametrize("rows", ["x,0,0\ny,0,0\n", "x,1,7\ny,4,4\n"])
def test_numbers_that_prove_no_total(read, rows):
    found, notes, doubts = read(f"id,a,w\n{rows}Total,0,11\n".replace("0,11", "0,0" if "0" in rows else "5,9"))
    assert (len(found["id"]), notes, len(doubts)) == (3, [], 1)


def test_a_name_of_totals_that_most_rows_share_is_no_doubt(read):
    found, notes, doubts = read("plan,id,a\n" + "".join(f"all,{n},{n % 7}\n" for n in range(200)))
    assert (len(found["id"]), notes, doubts) == (200, [], [])


def test_totals_of_amounts_below_zero(read):
    found, notes, _ = read("id,Balance,w\nx,(10.00),1\ny,$3.00,2\nz,-0.50,4\nTotal,($7.50),7\n")
    assert found["id"] == ["x", "y", "z"]
    assert "of totals" in notes[0]


def test_answers_that_look_like_a_footer_count(read):
    for text in (
        "answer\nfine\nNote: slow\n",
        "id,a,w\nx,1,1\n\ny,2,2\n\nz: north,,\n",
        "id,a,w\nx,1,1\ny,2,2\n\nAcme Holding International Group,,\n",
    ):
        found, notes, _ = read(text)
        assert (len(next(iter(found.values()))), notes) == (3 if "id" in text else 2, [])


def test_remarks_of_two_cells(read):
    found, notes, _ = read("id,a,w\nx,1,1\ny,2,3\n\nPrepared by:,Sara,\nReviewed by:,Tom,\n")
    assert found["id"] == ["x", "y"]
    assert "2 rows below the table" in notes[0]


@pytest.mark.parametrize(
    "title",
    ["Accounts\n\n", "", "Accounts\nMay 2026\n\n"],
)
@pytest.mark.parametrize("end", ["", "\nConfidential: do not pass on\n", "\nPage: 1\n\nSource: CRM\n"])
def test_the_advice_holds_every_line_and_works(read, title, end):
    lines = [n for n, line in enumerate(title.splitlines(), 1) if line]
    many = 1 + sum(map(bool, end.splitlines()))
    text = f"{title}{BODY}Total,pro,5,1\n{end}"
    _, _, doubts = read(text)
    skip = [*lines, *range(-many, 0)]
    assert f"skip_rows = {skip} under" in doubts[0]
    found, notes, doubts = read(text, skip_rows=skip)
    assert (found["id"], doubts) == (["Acme", "Bolt", "Cato"], [])
    assert f"{len(skip)} row" in notes[0]
    assert read(text.replace("Cato", "Abel,pro,1,1\nCato"), skip_rows=skip)[0]["id"] == ["Acme", "Bolt", "Abel", "Cato"]


@pytest.mark.parametrize(
    "text",
    [
        "customer,signup\n\nAcme,2024-01-01\nBeta,2024-02-03\nGamma,2024-03-05\n",
        "customer,signup\nAcme,2024-01-01,\nBeta,2024-02-03,\nGamma,2024-03-05,\n",
        "customer,since\nAcme,2021,\nBeta,2022,\nGamma,2024,\n",
        "customer,,,\nAcme,2021-01-01,1,2\nBeta,2022-01-01,3,4\nCato,2023-01-03,5,6\n",
        "customer,a,b,c,d\nA,1,2,3,4\nB,1,2,3,4\n\nThe Very Long Name of One Ltd,1,,,\n",
        "customer,a,b,c,d\ncrm:1,1,2,3,4\ncrm:2,1,2,3,4\n\ncrm:3,1,,,\n",
        "customer,a,b,c,d\nA,1,2,3,4\nB,1,2,3,4\nSource: Foods,1,,,\n",
        "customer,a,b\nA,1,2\nB,2,3\nTotal Wine (2),3,6\n",
        "customer,a,b\nA,1,2\nB,2,3\nTotal Wine (2),1,2\n",
        "customer,a,b,c\nA,10,0,0\nB,20,1,0\nMedia Markt,40,1,0\n",
        "customer,a,b\nAcme,still in trial,waiting for setup\nBeta,2,3\nCato,3,5\n",
        "customer,a,b\nAcme,trial,trial\nBeta,2,3\nCato,3,5\n",
        "name,plan,a\nAcme,Plan,soon\nBeta,pro,3\nCato,pro,5\n",
        "customer,q1,q2\n,very good,quite bad\nB,1,2\nC,2,3\n",
        "customer,q1,q2\n,good,bad\nB,1,2\nC,2,3\n",
        "customer,q1,q2\n,trial,trial\nB,1,2\nC,2,3\n",
        "customer,a,b,c\nA,10,0,0\nB,20,1,0\nTotal,40,1,0\n",
    ],
)
def test_no_customer_is_taken_for_anything_else(read, text):
    found, notes, _ = read(text)
    rows = [line for line in text.splitlines()[1:] if line]
    assert [name or "" for name in next(iter(found.values()))] == [line.partition(",")[0] for line in rows]
    assert not any("left out" in note for note in notes)


@pytest.mark.parametrize(
    "total",
    [
        'Total,3 accounts,,21,"£3,000.00"',
        'Total,3,,21,"£3,000.00"',
        "Total,3 active accounts,-,21,3000",
        "Grand total,3,,,3000",
        "Summe,3 Kunden,,21,3000",
        "Total,3 accounts,,,",
    ],
)
def test_totals_that_count_the_customers(read, total):
    rows = 'Acme,C-001,pro,10,"£500.00"\nBolt,C-002,free,3,"£1,500.00"\nCato,C-003,pro,8,"£1,000.00"\n'
    found, notes, doubts = read(f"id,code,plan,a,w\n{rows}{total}\n")
    assert (found["id"], doubts) == (["Acme", "Bolt", "Cato"], [])
    assert "1 row of totals" in notes[0]


@pytest.mark.parametrize("row", ["Total,4 accounts,,21,300", "Total,3,,20,300", "Total,3,,,", "Total,pro,3 seats,5,1"])
def test_counts_that_do_not_fit_prove_no_total(read, row):
    found, notes, doubts = read(f"id,code,plan,a,w\nAcme,1,pro,10,50\nBolt,2,free,3,150\nCato,3,pro,8,100\n{row}\n")
    assert (len(found["id"]), notes) == (4, [])
    assert "called a total, but counted" in doubts[0]


def test_a_heading_that_a_long_file_repeats(read):
    rows = [*LONG[:60], "id,a,w", *LONG[60:]]
    found, notes, _ = read("\n".join(["id,a,w", *rows, ""]))
    assert (len(found["id"]), "further headings" in notes[0]) == (120, True)
    found, notes, _ = read("\r\n".join(["id,a,w", *rows, ""]))
    assert (len(found["id"]), "further headings" in notes[0]) == (120, True)


@pytest.mark.parametrize("piece", [64, 1 << 20])
def test_an_empty_cell_in_quotes_is_empty(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(textfile, "PIECE", piece)
    (tmp_path / "t.csv").write_text("\n".join(["id,a,w", *LONG[:60], 'c,"",', *LONG[60:], ""]))
    told = layout.Told("t.csv", None, [], Checks("t"))
    frame = loading.load(tmp_path / "t.csv", Inputs(tables={"t": {}}).tables["t"], told)
    assert frame.lazy().collect().row(60) == ("c", None, None)


def test_a_customer_without_a_name_is_no_total(read):
    for rows in ("r1,1,1,2\nr2,2,1,3\n,3,2,5\n", ",1,1,2\nr2,2,1,3\nr3,3,1,1\n,6,3,6\n"):
        found, notes, _ = read(f"ref,id,a,w\n{rows}")
        assert (len(found["id"]), notes) == (rows.count("\n"), [])


@pytest.mark.parametrize(
    "row", ["Dyno,,,\n", "\nDyno,,,\n", "Source Interlink,,,\n", "Acme Holding International,,,\n"]
)
def test_a_customer_of_whom_nothing_is_known_counts(read, row):
    found, notes, doubts = read(BODY + row)
    assert (found["id"][-1], notes) == (row.strip(",\n"), [])
    assert "of one cell only" in doubts[0]


@pytest.mark.parametrize(
    ("skip", "ids"),
    [
        (0, ["id", "x", "y", "z", "end"]),
        (1, ["x", "y", "z", "end"]),
        ([1, -1], ["x", "y", "z"]),
        ([1, 4, -1], ["x", "z"]),
        ([1, 3, 5, -1], ["y"]),
    ],
)
def test_rows_that_are_said_to_be_no_data(read, skip, ids):
    found, notes, doubts = read("Title,,\nid,a,w\nx,1,1\ny,2,1\nz,3,1\nend,,\n\n", skip_rows=skip)
    assert next(iter(found.values())) == ids
    assert any("that skip_rows names left out: " in note for note in notes) == bool(skip)
    assert ["like data: line" in doubt for doubt in doubts] == [True] * (len({"x", "y", "z"}.difference(ids)) > 0)


@pytest.mark.parametrize(
    ("skip", "first", "last"),
    [([1, -1], "c00", "c119"), ([1, 3, -2, -1], "c01", "c118"), ([1, 3, 9, -1], "c01", "c119"), (1, "c00", "end")],
)
def test_rows_of_a_long_file_that_are_said_to_be_no_data(read, skip, first, last):
    found, _, _ = read("\n".join(["Title,,", "id,a,w", *LONG, "end,,", "", ""]), skip_rows=skip)
    assert (found["id"][0], found["id"][-1], "c06" in found["id"]) == (
        first,
        last,
        9 not in (skip if isinstance(skip, list) else []),
    )


@pytest.mark.parametrize("skip", [-1, 1.5, [0], ["a"], True])
def test_what_names_no_rows(skip):
    with pytest.raises(ModelError, match="skip_rows"):
        Inputs(tables={"t": {"skip_rows": skip}})


# Encodings


# ruff: noqa: RUF001 -- letters of many scripts
TEXTS = {
    "cp1252": "name,n\nZoë,1\nJosé Müller,2\n",
    "cp1254": "ad,n\nAyşe Yıldız,1\nİstanbul Şişli,2\n",
    "cp1250": "n\nŁódź,1\nCzęstochowa Śląsk,2\nŘíčany\n",
    "mac_roman": "nom,n\nCafé Zoë,1\nJosé Müller,2\n",
    "cp850": "name,n\nZoë,1\nJosé Müller,2\n",
    "cp949": "이름,Plan\n고객,기본\n프로,x\n",
    "cp932": "会社,数\n東京商事,1\nさくら,2\n",
    "gb18030": "客户,套餐\n北京公司,基本\n上海科技,专业\n",
    "big5": "客戶,方案\n台北公司,基本\n高雄科技,專業\n",
    "cp1251": "клиент,план\nРомашка,базовый\nЗаря,про\n",
    "cp1253": "πελάτης,σχέδιο\nΑθήνα,βασικό\n",
    "cp1255": "לקוח,תוכנית\nחברה,בסיסי\n",
    "cp1256": "العميل,الخطة\nشركة النور,أساسي\n",
    "cp874": "ลูกค้า,แผน\nบริษัท,พื้นฐาน\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_likely_encoding(encoding):
    assert likely_encoding(TEXTS[encoding].encode(encoding)) == encoding


@pytest.mark.parametrize("text", ["Größe,n\nA,1\n", "São João\n", "don\u2019t know\n", "Müller €\n", "François\n"])
def test_few_letters_beyond_ascii_are_latin(text):
    assert likely_encoding(text.encode("cp1252")) == "cp1252"


def test_the_likely_encoding_is_said_with_the_keys(read):
    with pytest.raises(DataError, match=r'encoding = "cp949" under \[inputs.tables.customers\].*--encoding "cp949"'):
        read(TEXTS["cp949"].encode("cp949"))
    lines = "\n".join(["id,a,w", *LONG, "Zoë,1,1"]).encode("cp1252")
    with pytest.raises(DataError, match="cp1252"):
        read(lines)
    broken = "id,a\nZoë,1\nJosé,2\n".encode() + b"M\xfcller,3\n"
    with pytest.raises(DataError, match="most of its text is UTF-8"):
        read(broken)
    with pytest.raises(DataError, match="unknown encoding: cp949x"):
        read("id\n1\n", encoding="cp949x")


def test_what_unpacks_without_end(read, monkeypatch):
    monkeypatch.setattr(loading, "MOST_UNPACKED", 1000)
    with pytest.raises(DataError, match="unpacks to more than"):
        read(gzip.compress(b"id,a\n" + b"x,1\n" * 1000), "t.csv.gz")


# No row of a plain table is lost, whatever its customers are called

NAMES = """Acme|Total|TotalEnergies|Sum Systems|Media Markt|All|Source One|Report Co|Note|Page Inc|Confidential Ltd|Records
    |Grand Total Wines|合計|Average Joe|Stand AG|3 Records|Summa|Overall|Copyright Agent Ltd|unknown|not known
    |Acme Holding International Group Ltd|No name given here today""".replace("\n    ", "").split("|")
CELLS = {
    "number": lambda chosen: str(chosen.choice([chosen.randint(0, 9), round(chosen.random() * 100, 2), 0])),
    "plan": lambda chosen: chosen.choice(["pro", "basic", "free", "see note"]),
    "date": lambda chosen: f"2026-0{chosen.randint(1, 9)}-1{chosen.randint(0, 9)}",
    "words": lambda chosen: chosen.choice(["all good so far", "needs help: call", "x", "very slow, sadly"]),
    "same": lambda _chosen: "1",
    "name": lambda chosen: chosen.choice(NAMES),
}


@pytest.mark.parametrize("seed", range(5))
def test_no_row_of_a_plain_table_is_lost(tmp_path, seed):
    chosen = random.Random(seed)
    for _ in range(100):
        kinds = ["name", *(chosen.choice([*CELLS][:-1]) for _ in range(chosen.randint(1, 5)))]
        chosen.shuffle(kinds)
        missing, many = chosen.choice([0, 0.2, 0.5, 0.9]), chosen.randint(1, 9)
        rows = [[f"{kind} {place}" for place, kind in enumerate(kinds)]]
        for number in range(many):
            cells = [CELLS[kind](chosen) + (f" {number}" if kind == "name" else "") for kind in kinds]
            blank = [kind != "name" and chosen.random() < missing for kind in kinds]
            rows.append(
                [chosen.choice(["", "n/a", "-"]) if gone else cell for gone, cell in zip(blank, cells, strict=True)]
            )
        with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        tables = Tables(Inputs(), tmp_path / "t.csv")
        assert (len(tables.table("customers")), tables.notes) == (many, []), rows
