"""Overrides in words, for tables, notes and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outcomegap.frames.arrays import plain_values

if TYPE_CHECKING:
    from outcomegap.scoring.overrides import Override
    from outcomegap.scoring.views import ScoreViews

#: How many overrides a note lists.
LISTED = 5


def override_said(override: Override | None) -> str:
    """Return an override in words; nothing where there is none."""
    if override is None:
        return ""
    what = [
        *([override.state] if override.state else []),
        *([f"score {100 * override.score:g}"] if override.score is not None else []),
    ]
    return f"{', '.join(what)}: {override.reason} ({override.author}, until {override.until.isoformat()})"


def override_notes(scores: ScoreViews, rows: Any = None) -> list[str]:
    """Return lines that say which of some customers (None: of all) are overridden, and which overrides are past."""
    among = scores.overrides if rows is None else {r: o for r, o in scores.overrides.items() if rows[r]}
    said = []
    if among:
        many = len(among) != 1
        said.append(
            f"{len(among):,} customer{'s are' if many else ' is'} overridden at {scores.as_of}; means, states and gaps "
            "above are as computed."
        )
        ids = plain_values(scores.id[list(among)[:LISTED]])
        said += [
            f"  {name} (computed: {scores.state[row] or 'set aside'}): {override_said(override)}"
            for name, (row, override) in zip(ids, among.items(), strict=False)
        ]
        said += [f"  ... and {len(among) - LISTED:,} more."] if len(among) > LISTED else []
    if scores.expired and rows is None:
        past, many = len(scores.expired), len(scores.expired) != 1
        said.append(
            f"{past:,} override{'s are' if many else ' is'} past the last day, and hold{'' if many else 's'} no more."
        )
    return said
