"""How customers travel: the eight phases of the first hundred days."""

from outcomegap.journey.phase import Phase, Phases, phases

__all__ = ["Phase", "Phases", "phases"]
