"""How raw tables become measures and cells: a description only; the intake carries it out."""

from __future__ import annotations

import attrs


@attrs.frozen
class Inputs:
    """Where measures, segment and stage come from in the tables people have."""

    id: str | None = None
    keep: tuple[str, ...] = ()
