"""A throw-away PostgreSQL for tests: a cluster in a folder of its own, on a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    other = shutil.which("initdb")
    return found[-1].parent if found else Path(other).parent if other else None


@contextmanager
def server() -> Iterator[str]:
    """Yield what connects to a new server. It refuses root, so that root starts it as another user."""
    at = binaries()
    if at is None:
        pytest.skip("needs a PostgreSQL server (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="og-pg-"))
    user = "postgres" if os.getuid() == 0 else ""
    if user:
        shutil.chown(folder, user)
    before = ["runuser", "-u", user, "--"] if user else []

    def run(program: str, *said: str) -> None:
        command = [*before, str(at / program), *said]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, cwd=folder)

    try:
        run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "tester", "-E", "UTF8", "--locale", "C", "-N")
        said = f"-k {folder} -c listen_addresses= -c fsync=off -c jit=off"
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", said, "start")
        try:
            yield f"host={folder} user=tester dbname=postgres"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
