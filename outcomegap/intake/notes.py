"""What was left out on purpose, as notes; the rows of several tables that were left out alike make one note."""

from __future__ import annotations

import attrs

from outcomegap.listing import counted


@attrs.define
class Notes:
    """Notes in the order in which people need them: what was said once, then rows of tables by the reason.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.rows("tickets", 3, "at or after 2026-06-01 left out")
    >>> notes.rows("logins", 20_047, "at or after 2026-06-01 left out")
    >>> notes.rows("bills", 1, "without a day left out")
    >>> notes.add("1 customer begins at or after 2026-06-01 (signup): left out")
    >>> for note in notes.told():
    ...     print(note)
    1 customer begins at or after 2026-06-01 (signup): left out
    table 'bills': 1 row without a day left out
    tables 'logins' (20,047 rows), 'tickets' (3 rows): at or after 2026-06-01 left out
    """

    _said: list[str] = attrs.field(factory=list)
    _same: dict[str, list[str]] = attrs.field(factory=dict)
    _rows: dict[str, dict[str, dict[int, None]]] = attrs.field(factory=dict)

    def add(self, *notes: str, first: bool = False) -> None:
        """Take notes, each once; the first of all stands before the others."""
        new = [note for note in notes if note not in self._said]
        self._said = [*new, *self._said] if first else [*self._said, *new]

    def same(self, what: str, note: str) -> None:
        """Take a note of a measure or table; those of which the same is true make one."""
        self._same.setdefault(note, []).append(what)

    @property
    def last(self) -> str:
        """The note that was taken last."""
        return self._said[-1]

    def rows(self, table: str | None, count: int, why: str) -> None:
        """Take how many rows of a table were left out, and why; nothing for none."""
        if count:
            self._rows.setdefault(why, {}).setdefault(table or "", {})[count] = None

    def told(self) -> tuple[str, ...]:
        """Return the notes; of rows left out for one reason, the fewest tables first."""
        made = [f"{', '.join(dict.fromkeys(whats))}: {note}" for note, whats in self._same.items()]
        for why, tables in sorted(self._rows.items(), key=lambda each: len(each[1])):
            pairs = sorted(((name, max(counts)) for name, counts in tables.items()), key=lambda pair: -pair[1])
            if len(pairs) == 1:
                made += [f"table {name!r}: {counted(count, 'row')} {why}" for name in tables for count in tables[name]]
            else:
                some = ", ".join(f"{name!r} ({counted(count, 'row')})" for name, count in pairs)
                made.append(f"tables {some}: {why}")
        return (*self._said, *made)
