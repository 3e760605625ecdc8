"""The catalogue as rows and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from outcomegap.checks import among
from outcomegap.churn.entry import Entry
from outcomegap.errors import ModelError, hint


def rows_of(entries: Iterable[Entry], language: str) -> list[dict[str, str]]:
    """Return a plain row per entry; lists are joined by commas."""
    book = tuple(entries)
    languages = tuple(dict.fromkeys(known for entry in book for known in entry.languages))
    if not among(language, languages):
        message = f"no entry has a label in {language!r:.60}{hint(language, languages)}"
        raise ModelError.of("language", "catalogue", message)
    return [_row(entry, language) for entry in book]


def _row(entry: Entry, language: str) -> dict[str, str]:
    return {
        "id": entry.id,
        "family": entry.family,
        "label": dict(entry.labels).get(language, entry.name),
        "meaning": entry.meaning,
        "root_causes": ", ".join(entry.root_causes),
        "avoidable": entry.avoidable,
        "argument": entry.argument,
        "phases": ", ".join(entry.phases),
        "owner": entry.owner,
        "remedy": entry.remedy,
        "measures": ", ".join(measure.name for measure in entry.measures),
        "see_also": ", ".join(entry.see_also),
        "source": entry.source,
    }


def markdown(entries: Iterable[Entry], language: str) -> str:
    """Return a table per family, what it is and what to do about it, then labels in every language."""
    book = tuple(entries)
    rows = {row["id"]: row for row in rows_of(book, language)}
    parts = [
        "# The catalogue of reasons for churn",
        "Written by `python -m outcomegap.churn`.",
    ]
    for family in dict.fromkeys(entry.family for entry in book):
        own = [entry for entry in book if entry.family == family]
        parts.append(f"## {family} ({len(own)})")
        parts.append(_table([_short(entry, rows[entry.id]) for entry in own]))
        parts.extend(_long(entry, rows[entry.id]) for entry in own)
    languages = tuple(dict.fromkeys(known for entry in book for known in entry.languages))
    parts.append("## Labels")
    parts.append(
        _table([{"id": f"`{e.id}`", **{known: dict(e.labels).get(known, "") for known in languages}} for e in book])
    )
    measures = {measure.name: measure for entry in book for measure in entry.measures}
    parts.append("## Measures")
    parts.append(
        _table(
            [
                {
                    "measure": f"`{name}`",
                    "unit": measures[name].unit or "",
                    "what it counts": measures[name].description,
                }
                for name in sorted(measures)
            ]
        )
    )
    return "\n\n".join(parts) + "\n"


def _short(entry: Entry, row: dict[str, str]) -> dict[str, str]:
    return {
        "entry": f"[{row['label']}](#{entry.id})",
        "root causes": row["root_causes"],
        "avoidable": entry.avoidable,
        "who can act": entry.owner,
        "bites in": row["phases"],
        "shown by": ", ".join(f"`{measure.name}`" for measure in entry.measures),
    }


def _long(entry: Entry, row: dict[str, str]) -> str:
    lines = [f'<a id="{entry.id}"></a>**{row["label"]}** (`{entry.id}`). {entry.meaning}']
    lines.append(f"- avoidable, {entry.avoidable}: {entry.argument}")
    if entry.remedy:
        lines.append(f"- remedy: {entry.remedy}")
    if entry.see_also:
        lines.append("- see also: " + ", ".join(f"[{name}](#{name})" for name in entry.see_also))
    if entry.source:
        lines.append(f"- source: {entry.source}")
    return "\n".join([lines[0], "", *lines[1:]])


def _table(rows: Sequence[dict[str, str]]) -> str:
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([_cell(row[name]) for name in head] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
