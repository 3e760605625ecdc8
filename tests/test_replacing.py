"""Files are replaced whole: killed at any moment, on a full disk, through links, pipes and devices."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import outcomegap as og
from outcomegap.replacing import replacing

#: What writes each file in turn, endlessly: the old content, then the new one; a child of its own for each line it reads.
WRITER = """
import os, sys, warnings
from importlib import import_module
from pathlib import Path
import numpy as np
import outcomegap as og
from outcomegap.listing import Listing, write_table

warnings.simplefilter("ignore")
folder, forever = Path(sys.argv[1]), sys.argv[2] == "forever"
model = og.gallery.load("email-marketing")
scores = [og.Scorer(model).score(og.simulate(model, 40 + 20 * new, seed=1)) for new in (0, 1)]
listings = [each.worklist() for each in scores]
tables = [{"id": np.arange(3000 + new), "text": np.full(3000 + new, "abc" * (1 + new), dtype=object)} for new in (0, 1)]

def write(new):
    for kind in ("csv", "tsv.gz", "jsonl", "parquet", "xlsx"):
        yield lambda: write_table(tables[new], folder / f"table.{kind}")
    for kind in ("toml", "json", "yaml", "csv", "xlsx"):
        yield lambda: og.dump(og.gallery.load(("airline", "email-validation")[new]), folder / f"model.{kind}")
    for kind in ("json", "json.gz", "parquet"):
        yield lambda: scores[new].save(folder / f"saved.{kind}")
    yield lambda: og.report(scores[new], folder / "report.html")
    yield lambda: listings[new].to_csv(folder / "list.csv")
    yield lambda: listings[new].to_json(folder / "list.json")

if forever:
    for library in ("openpyxl", "pandas", "pyarrow.parquet", "jinja2", "rich.console", "ruamel.yaml", "tomli_w"):
        import_module(library)  # once, so that no child is killed while it imports
    while True:
        if not sys.stdin.readline():
            sys.exit()
        child = os.fork()
        if not child:
            break
        os.waitpid(child, 0)
        print("gone", flush=True)
for new in (0, 1):
    for each in write(new):
        each()
    if not forever:
        break
    if (folder / "round" / f"{new}.list.csv").exists():
        continue
    (folder / "round").mkdir(exist_ok=True)
    names = [path.name for path in folder.iterdir() if path.is_file()]
    for name in names:
        (folder / "round" / f"{new}.{name}").write_bytes((folder / name).read_bytes())
print(os.getpid() if forever else "ready", flush=True)
while forever:
    for new in (0, 1):
        for each in write(new):
            each()
if sys.argv[2] == "limited":
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
    for each in write(1):
        try:
            each()
            print("written")
        except og.OutcomeGapError as error:
            assert "cannot be written: File too large" in str(error), error
"""


def content(path):
    """What a file holds: all of it, or the cells of a workbook, which holds the time as well."""
    if path.suffix == ".xlsx":
        from openpyxl import load_workbook

        return [[cell.value for cell in row] for row in load_workbook(path).active.iter_rows()]
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return hashlib.sha256(raw).hexdigest()


def hidden(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_killed_at_any_moment(tmp_path):
    """Old or new, whole; what is left beside goes when the file is written again."""
    chance, known, left = random.Random(20), None, 0
    command = [sys.executable, "-c", WRITER, tmp_path, "forever"]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdin is not None
    assert parent.stdout is not None
    for _ in range(int(os.environ.get("KILLS", "6"))):
        parent.stdin.write("\n")
        parent.stdin.flush()
        child = int(parent.stdout.readline())
        if known is None:
            rounds = [tmp_path / "round" / "0.", tmp_path / "round" / "1."]
            names = [path.name for path in tmp_path.iterdir() if path.is_file() and not path.name.startswith(".")]
            known = {name: [content(Path(f"{each}{name}")) for each in rounds] for name in names}
            assert len(known) == 16
        time.sleep(chance.uniform(0, 0.7))
        os.kill(child, signal.SIGKILL)
        assert parent.stdout.readline() == "gone\n"
        left += len(hidden(tmp_path))
        for name, both in known.items():
            assert content(tmp_path / name) in both, name
    parent.communicate()  # it ends where its input ends
    subprocess.run([sys.executable, "-c", WRITER, tmp_path, "once"], check=True, stdout=subprocess.DEVNULL)
    assert hidden(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="limits files as POSIX does")
def test_no_room(tmp_path):
    """The old file stays, and nothing beside it."""
    made = subprocess.run([sys.executable, "-c", WRITER, tmp_path, "once"], check=True, stdout=subprocess.PIPE)
    old = {path.name: content(path) for path in tmp_path.iterdir()}
    made = subprocess.run(
        [sys.executable, "-c", WRITER, tmp_path, "limited"], check=True, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout == "ready\n"
    assert {path.name: content(path) for path in tmp_path.iterdir()} == old
    assert len(old) == 16


def test_what_others_are_writing_is_left_alone(tmp_path):
    path = tmp_path / "a.csv"
    (tmp_path / ".a.csv.01234567.part").write_text("left by somebody who was killed")
    (tmp_path / ".a.csv.notours").write_text("of somebody else")
    with replacing(path) as first:
        assert len(hidden(tmp_path)) == 2
        first.write("first")
        with replacing(path) as second:
            second.write("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert hidden(tmp_path) == [".a.csv.notours"]


@pytest.mark.parametrize("threads", [8])
def test_many_at_once(tmp_path, threads):
    def write(name):
        for _ in range(20):
            with replacing(tmp_path / "a.txt") as file:
                file.write(name * 1000)

    each = [threading.Thread(target=write, args=(str(n),)) for n in range(threads)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    text = (tmp_path / "a.txt").read_text()
    assert (len(text), len(set(text))) == (1000, 1)
    assert hidden(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="links and permissions as POSIX has them")
def test_links_and_permissions_are_kept(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to("real.csv")
    with replacing(link) as file:
        file.write("new")
    assert (link.is_symlink(), real.read_text(), stat.S_IMODE(real.stat().st_mode)) == (True, "new", 0o640)
    dangling = tmp_path / "dangling.csv"
    dangling.symlink_to(tmp_path / "later.csv")
    with replacing(dangling) as file:
        file.write("new")
    assert (dangling.is_symlink(), (tmp_path / "later.csv").read_text()) == (True, "new")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may change everything")
def test_a_read_only_file_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(og.DataError, match="may not be changed"), replacing(path) as file:
        file.write("new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("name", ["a" * 250, "ü" * 120, "表" * 80, "[a]*?.csv", "a b.csv", ".hidden.csv"])
def test_names_of_all_kinds(tmp_path, name):
    for text in ("old", "new"):
        with replacing(tmp_path / name) as file:
            file.write(text)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "new"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_devices(tmp_path):
    full = tmp_path / "scores.csv"
    full.symlink_to("/dev/full")
    for path in ("/dev/full", full):
        with pytest.raises(og.DataError, match="No space left on device"), replacing(path) as file:
            file.write("x" * 100_000)
    with replacing("/dev/null") as file:
        file.write("gone")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout here")
@pytest.mark.parametrize("to_file", [False, True])
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout(tmp_path, name, to_file):
    """A pipe, or a file that the shell opened and that others still write to."""
    code = "from outcomegap.replacing import replacing\nprint('before', flush=True)\n"
    code += f"with replacing({name!r}) as file:\n    file.write('within\\n')\nprint('after')"
    if to_file:
        with (tmp_path / "out.txt").open("wb") as out:
            subprocess.run([sys.executable, "-c", code], check=True, stdout=out)
        said = (tmp_path / "out.txt").read_text()
    else:
        said = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout
    assert said.splitlines() == ["before", "within", "after"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe(tmp_path):
    path, found = tmp_path / "pipe.json", []
    os.mkfifo(path)
    reading = threading.Thread(target=lambda: found.append(path.read_text()))
    reading.start()
    with replacing(path) as file:
        json.dump({"a": 1}, file)
    reading.join()
    assert found == ['{"a": 1}']
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize(("encoding", "text"), [("utf-8", "x\ud800"), ("cp1252", "علی"), ("ascii", "é")])
def test_what_an_encoding_lacks(tmp_path, encoding, text):
    with pytest.raises(og.DataError, match="has a character that"), replacing(tmp_path / "a.txt", encoding) as file:
        file.write(text)
    assert list(tmp_path.iterdir()) == []
