"""Files that are replaced whole: written under another name, and moved into place when they are complete.

Whatever interrupts the writing, even ``kill -9`` or a full disk, leaves the old file or the new one. What a killed
program leaves under the other name is removed when the same file is written again.
"""

from __future__ import annotations

import glob
import gzip
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from outcomegap.errors import DataError

try:
    import fcntl
except ModuleNotFoundError:  # Windows, where nobody can remove a file that is open
    fcntl = None  # type: ignore[assignment]

#: A path that stands for an open file of this program, such as that behind ``/dev/stdout``.
_OPEN = re.compile(r"/(?:dev|proc/self)/fd/([0-9]+)")


@contextmanager
def replacing(path: str | os.PathLike[str], encoding: str | None = "utf-8") -> Iterator[IO[Any]]:
    """Open a file that replaces `path` if all goes well; if not, it is removed.

    With `encoding` None it is opened for bytes. A name that ends in ``.gz`` is compressed, without a time stamp, so
    that the same content makes the same file. Permissions of the old file, and symbolic links to it, are kept. A pipe
    or device is written to directly.

    Raises
    ------
    DataError
        If the file cannot be written, or its encoding lacks a character.
    """
    try:
        with _whole(Path(path)) as raw, ExitStack() as stack:
            packed: Any = raw
            if Path(path).suffix.lower() == ".gz":
                packed = stack.enter_context(gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0))
            text = None if encoding is None else io.TextIOWrapper(packed, encoding=encoding, newline="")
            yield packed if text is None else stack.enter_context(text)
    except OSError as error:
        why = error.strerror or str(error).partition(" (os error ")[0]  # the latter is how Polars says it
        raise DataError(f"{path} cannot be written: {why}") from error
    except UnicodeEncodeError as error:
        said = error.object[max(0, error.start - 20) : error.end]
        raise DataError(f"{path} cannot be written: {said!r} has a character that {error.encoding} lacks") from error


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open the file for bytes; it takes the place of `path` when it is closed without an error."""
    found = _OPEN.fullmatch(str(path)) or (_OPEN.fullmatch(str(path.readlink())) if path.is_symlink() else None)
    if found is not None or (path.exists() and not path.is_file()):
        with path.open("wb") if found is None else os.fdopen(os.dup(int(found[1])), "wb") as raw:
            yield raw
        return
    target = Path(os.path.realpath(path))
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "it may not be changed")
    stem = f".{target.name[:50]}"
    for left in target.parent.glob(f"{glob.escape(stem)}.????????.part"):
        with suppress(OSError), left.open("rb") as file:
            _lock(file, wait=False)  # fails while somebody writes it
            left.unlink()
    with ExitStack() as held:
        part = _begun(target, stem, held)
        try:
            with part.open("wb") as raw:
                if target.exists():
                    shutil.copymode(target, part)
                yield raw
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _begun(target: Path, stem: str, held: ExitStack) -> Path:
    """Return a new empty file beside the target, locked until it is let go of."""
    while True:
        part = target.with_name(f"{stem}.{secrets.token_hex(4)}.part")
        lock = held.enter_context(part.open("xb"))
        if fcntl is None:
            lock.close()  # an open file could not be moved
        with suppress(OSError):  # not every file system has locks
            _lock(lock, wait=True)
        if part.exists():  # else somebody swept it before it was locked
            return part


def _lock(file: IO[bytes], *, wait: bool) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
