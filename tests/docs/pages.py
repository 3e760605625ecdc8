"""Run the examples of the documentation; ``python -m tests.docs.pages`` writes into it what they print today.

Of each page, in order and in one namespace, from an empty working directory beside ``../shared``:

- a ``python`` block is run; one that holds ``>>>`` is a doctest;
- an ``output`` block says what the python block before it prints;
- a ``console`` block holds lines ``$ command``, each followed by what the command prints; one that is marked
  ``console shared`` is passed over where ``../shared`` is not there;
- a block whose language is followed by a name, such as ``toml model.toml``, is a file of that name from the start.

In expected output ``...`` stands for anything. A page that begins with ``<!-- needs: shared pandas -->`` is skipped
where ``../shared`` or a package is not there.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from outcomegap.cli import main as main_command

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
BLOCK = re.compile(r"^```(?:(python|output|console)( shared)?|\w+ ([\w.-]+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"\A<!-- needs: (.*?) -->")
FLAGS = doctest.ELLIPSIS
#: Columns of the terminal in which commands are shown.
WIDTH = "200"
#: A command of this package that a shell would take as it is.
OWN = re.compile(r"outcomegap [^|<>;&$*`(]*")


def pages() -> list[Path]:
    """Return every page, the README first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def lacking(text: str) -> str | None:
    """Return why a page cannot be run here, or None."""
    found = NEEDS.match(text)
    for need in found[1].split() if found else ():
        if need == "shared" and not SHARED.is_dir():
            return "needs ../shared/data, which is not beside this checkout"
        if need != "shared" and find_spec(need) is None:
            return f"needs {need}, which is not installed"
    return None


@contextlib.contextmanager
def workplace() -> Iterator[None]:
    """Work in an empty directory, from which ``../shared`` can be seen if it is beside this checkout."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "work"
        place.mkdir()
        if (ROOT.parent / "shared").is_dir():
            (place.parent / "shared").symlink_to(ROOT.parent / "shared", target_is_directory=True)
        os.chdir(place)
        try:
            yield
        finally:
            os.chdir(before)


@dataclass
class Page:
    """A page while it is run."""

    path: Path

    def __post_init__(self) -> None:
        self.text = self.path.read_text(encoding="utf-8")
        self.name = self.path.relative_to(ROOT).as_posix()
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.wrong: list[str] = []

    def run(self) -> str:
        """Run every example; return the page as it would be right, and note in `wrong` where it is not."""
        with workplace():
            for block in BLOCK.finditer(self.text):
                if block[3] is not None:
                    Path(block[3]).write_text(block[4], encoding="utf-8")
            return BLOCK.sub(self._block, self.text)

    def _block(self, block: re.Match[str]) -> str:
        kind, shared, name, body = block[1], block[2] or "", block[3], block[4]
        if name is not None or (shared and not SHARED.is_dir()):
            return block[0]
        line = self.text.count("\n", 0, block.start()) + 2
        if kind == "python":
            self._python(body, line)
            return block[0]
        right = self._compared(body, self.printed, line) if kind == "output" else self._console(body, line)
        return f"```{kind}{shared}\n{right}```"

    def _python(self, body: str, line: int) -> None:
        self.printed = ""
        if ">>>" in body:
            test = doctest.DocTestParser().get_doctest(body, self.namespace, self.name, self.name, line - 1)
            said: list[str] = []
            runner = doctest.DocTestRunner(optionflags=FLAGS)
            if runner.run(test, out=said.append, clear_globs=False).failed:
                self.wrong.append("".join(said))
            self.namespace |= test.globs
            return
        # Empty lines before it, so that a traceback names the line of the page.
        code = compile("\n" * (line - 1) + body, str(self.path), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, self.namespace)
        self.printed = out.getvalue()

    def _console(self, body: str, line: int) -> str:
        right = []
        for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            right.append(f"{command}\n{self._compared(expected, shell(command[2:]), line)}")
            line += part.count("\n")
        return "".join(right)

    def _compared(self, expected: str, printed: str, line: int) -> str:
        printed = "".join(f"{text.rstrip()}\n" for text in printed.rstrip("\n").split("\n")) if printed.strip() else ""
        if doctest.OutputChecker().check_output(expected, printed, FLAGS):
            return expected
        self.wrong.append(f"{self.name}:{line} says\n{expected}but prints\n{printed}")
        return printed


def shell(command: str) -> str:
    """Return what a command prints, on both streams; one of this package runs in this process, which is faster."""
    own, _, rest = command.partition(" | ")
    if OWN.fullmatch(own) is None:
        return bash(command)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # as in a process of its own
        runner = CliRunner(env={"COLUMNS": WIDTH}, catch_exceptions=False)
        done = runner.invoke(main_command, shlex.split(own)[1:], prog_name="outcomegap")
    return done.stderr + bash(rest, done.stdout) if rest else done.output


def bash(command: str, typed: str = "") -> str:
    """Return what a command prints in a shell, on both streams."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": WIDTH,
        "PYTHONUTF8": "1",
    }
    # Commands that end with 1 (findings, bad data) are examples too.
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def main() -> None:
    """Write into every page what its examples print."""
    for path in pages():
        page = Page(path)
        reason = lacking(page.text)
        if reason is not None:
            print(f"{page.name}: {reason}")
            continue
        right = page.run()
        if right != page.text:
            path.write_text(right, encoding="utf-8")
            print(f"{page.name}: written")


if __name__ == "__main__":
    main()
