"""Entries together: ids, labels and phrases name one entry each, and a link stands at both ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from outcomegap.churn.entry import Entry
from outcomegap.churn.words import plain
from outcomegap.errors import Finding, hint
from outcomegap.model import Measure


def phrases_of(entry: Entry) -> tuple[str, ...]:
    """Return every plain phrase that names the entry: its id, its labels, and what customers write."""
    texts = (entry.id, *(label for _, label in entry.labels), *entry.also)
    return tuple(dict.fromkeys(phrase for phrase in map(plain, texts) if phrase))


@attrs.frozen
class Lost:
    """An entry that could not be made, but has an id and may link to others."""

    id: str
    family: str
    where: str
    see_also: tuple[str, ...] = ()


def linked(entries: tuple[Entry, ...], lost: Sequence[Lost] = ()) -> tuple[tuple[Entry, ...], list[Finding]]:
    """Return the entries with every link at both ends, and what is wrong with them together.

    Parameters
    ----------
    entries
        The entries of one catalogue.
    lost
        Entries that could not be made: a link to one is no mistake, a link from one may be.
    """
    named: tuple[Entry | Lost, ...] = (*entries, *lost)
    findings = [*ids_are_unique(named), *phrases_name_one_entry(entries), *measures_agree(entries)]
    findings += links_lead_somewhere(named)
    return entries if findings else _both_ways(entries), findings


def ids_are_unique(entries: tuple[Entry | Lost, ...]) -> Iterator[Finding]:
    """Two entries do not share an id."""
    first: dict[str, Entry | Lost] = {}
    for entry in entries:
        known = first.setdefault(entry.id, entry)
        if known is not entry:
            message = f"stands in {known.family!r} and again in {entry.family!r}; give one of them another id"
            yield Finding("duplicate-id", entry.where, message)


def phrases_name_one_entry(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    """What one entry is called, in any language, no other is called."""
    first: dict[str, Entry] = {}
    for entry in entries:
        for phrase in phrases_of(entry):
            known = first.setdefault(phrase, entry)
            if known.id != entry.id:
                yield Finding("ambiguous", entry.where, f"the phrase {phrase!r} names {known.id!r} already")


def measures_agree(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    """A measure means the same wherever it is named."""
    first: dict[str, Measure] = {}
    for entry in entries:
        for measure in entry.measures:
            if first.setdefault(measure.name, measure) != measure:
                message = f"{measure.name!r} is declared otherwise elsewhere; give it another name"
                yield Finding("measure", f"{entry.where}.measures", message)


def links_lead_somewhere(entries: tuple[Entry | Lost, ...]) -> Iterator[Finding]:
    """A link names an entry of the catalogue."""
    known = dict.fromkeys(entry.id for entry in entries)
    for entry in entries:
        for name in entry.see_also:
            if name not in known:
                yield Finding("link", f"{entry.where}.see_also", f"no entry {name!r:.60}{hint(name, known)}")


def _both_ways(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    links: dict[str, dict[str, None]] = {entry.id: dict.fromkeys(entry.see_also) for entry in entries}
    for entry in entries:
        for name in entry.see_also:
            if name in links:
                links[name][entry.id] = None
    whole = {name: tuple(found) for name, found in links.items()}
    return tuple(
        entry if whole[entry.id] == entry.see_also else attrs.evolve(entry, see_also=whole[entry.id])
        for entry in entries
    )
