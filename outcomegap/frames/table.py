"""What every kind of data frame looks like to the rest of the house."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from outcomegap.errors import DataError, Problem, hint, nearest
from outcomegap.frames.arrays import Array, Codes, Floats, Mask, Unknown

__all__ = ["Codes", "Floats", "Table", "Unknown"]


class Table(ABC):
    """Columns of one length, whatever kind of frame they came in; made by `wrap`.

    Rows are never dropped or reordered. Arrays handed out are read-only, and views of the user's own data
    wherever the source allows.

    Attributes
    ----------
    kind
        ``"dict"``, ``"records"``, ``"pandas"``, ``"polars"``, ``"pyarrow"``, ``"duckdb"``, ``"modin"``, ``"cudf"``.
    names
        Names of the columns, in order.
    """

    kind: str
    names: tuple[str, ...]

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def floats(self, name: str) -> Floats:
        """Read a column as numbers.

        Integers, truth values (0 and 1), decimals and fractions become float64; null and NaN become NaN;
        infinities stay. Text is bad even where it spells a number; so are dates and other objects.

        Raises
        ------
        DataError
            If there is no such column.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> wrap({"seats": [3, None, "12"]}).floats("seats")
        Floats(values=array([ 3., nan, nan]), bad=array([False, False,  True]), first_bad='12')
        """

    @abstractmethod
    def codes(self, name: str, categories: Sequence[str]) -> Codes:
        """Read a column as categories: position in `categories`, -1 for null or blank, -2 for unknown.

        Text must match exactly. What is no text is compared by ``str(value)``, so that a segment may be called
        ``"1"``; a float that is a whole number also by that number (``"1"`` for 1.0).

        Raises
        ------
        DataError
            If there is no such column.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> plans = wrap({"plan": ["pro", "", "prp", "pro"]}).codes("plan", ["basic", "pro"])
        >>> plans.codes, plans.unknown
        (array([ 1, -1, -2,  1], dtype=int32), {'prp': Unknown(rows=(2,), count=1)})
        """

    @abstractmethod
    def values(self, name: str) -> Array:
        """Return a column as a read-only array, as near to its own type as NumPy can hold it.

        Text is an object array with None for null; so are whole numbers and truth values that have gaps.
        Floats have NaN there, dates NaT.
        """

    @abstractmethod
    def series(self, name: str) -> Any:
        """Return a column in the frame's own kind (for a dict, the array), to hand it to `build` untouched."""

    @abstractmethod
    def take(self, names: Iterable[str]) -> Table:
        """Return a table of some columns, same kind, in the order given."""

    @abstractmethod
    def filter(self, mask: Mask) -> Table:
        """Return a table of the rows where `mask` is True, same kind, same order."""

    @abstractmethod
    def native(self) -> Any:
        """Return the frame itself, of the kind that came in."""

    @abstractmethod
    def build(self, columns: Mapping[str, Any], *, index_like: bool = True) -> Any:
        """Make a new frame of the kind that came in.

        Parameters
        ----------
        columns
            Arrays, lists, or what `series` returned, all of one length.
        index_like
            The rows are this table's own rows: the lengths must match, and pandas keeps its index. With False
            the rows are others, such as one a segment.

        Returns
        -------
        frame
            A dict of arrays, a list of dicts, or a frame. NaN in arrays becomes null in Polars, Arrow and DuckDB,
            where NaN is a number larger than all others.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> wrap({"id": [7, 8]}).build({"gap": [0.5, 0.25]})
        {'gap': array([0.5 , 0.25])}
        """

    def require(self, names: Iterable[str]) -> list[Problem]:
        """List the columns that are missing, each as a problem with the nearest name there is.

        Examples
        --------
        >>> from outcomegap.frames import wrap
        >>> [str(problem) for problem in wrap({"list size": [1]}).require(["list_size"])]
        ["there is no column 'list_size' (did you mean 'list size'?) [missing-column]"]
        """
        return [
            Problem(
                "missing-column",
                f"there is no column {name!r}{hint(name, self.names)}",
                column=name,
                suggestion=nearest(name, self.names),
            )
            for name in dict.fromkeys(names)
            if name not in self.names
        ]

    def _demand(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = tuple(names)
        problems = self.require(wanted)
        if problems:
            raise DataError.all(f"this {self.kind} frame", problems)
        return wanted

    def _check_lengths(self, lengths: Mapping[str, int], *, index_like: bool) -> None:
        expected = len(self) if index_like else next(iter(lengths.values()), 0)
        for name, length in lengths.items():
            if length != expected:
                raise failure("ragged-columns", f"column {name!r} has {length} rows, {expected} are needed", name)

    def _check_mask(self, mask: Mask) -> Mask:
        result = np.asarray(mask)
        if result.dtype != np.bool_ or result.shape != (len(self),):
            message = f"a mask holds one truth value for each of the {len(self)} rows (got {result.dtype} of shape "
            raise failure("mask", f"{message}{result.shape})")
        return result

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows, {len(self.names)} columns, from {self.kind}>"


def failure(rule: str, message: str, column: str | None = None) -> DataError:
    """Make the error for one problem of a whole frame or column."""
    return DataError.all("data", [Problem(rule, message, column=column)])


def check_names(names: Iterable[Any], kind: str) -> tuple[str, ...]:
    """Return column names as text, or say that there are none, or that one stands twice."""
    listed = list(names)
    if not listed:
        raise failure("no-columns", f"the {kind} frame has no columns; give one column a measure")
    for name in listed:
        if isinstance(name, tuple):
            raise failure("column-levels", f"column {name!r} has several levels; join them into one text first")
    texts = tuple(str(name) for name in listed)
    for name in dict.fromkeys(texts):
        if texts.count(name) > 1:
            message = f"{texts.count(name)} columns of the {kind} frame are called {name!r}; rename or drop one"
            raise failure("duplicate-column", message, name)
    return texts
