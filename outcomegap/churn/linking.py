"""Entries together: ids, labels and phrases name one entry each, and a link stands at both ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

import attrs

from outcomegap.churn.entry import Entry
from outcomegap.churn.words import plain
from outcomegap.errors import Finding, hint
from outcomegap.model import Measure

Rule = Callable[[tuple[Entry, ...]], Iterable[Finding]]


def phrases_of(entry: Entry) -> tuple[str, ...]:
    """Return every plain phrase that names the entry: its id, its labels, and what customers write."""
    texts = (entry.id, *(label for _, label in entry.labels), *entry.also)
    return tuple(dict.fromkeys(phrase for phrase in map(plain, texts) if phrase))


def linked(entries: tuple[Entry, ...], elsewhere: Collection[str] = ()) -> tuple[tuple[Entry, ...], list[Finding]]:
    """Return the entries with every link at both ends, and what is wrong with them together.

    Parameters
    ----------
    entries
        The entries of one catalogue.
    elsewhere
        Ids of entries that could not be read; a link to one is no mistake of its own.
    """
    findings = [finding for rule in RULES for finding in rule(entries)]
    findings += _links_lead_somewhere(entries, elsewhere)
    return entries if findings else _both_ways(entries), findings


def ids_are_unique(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    """Two entries do not share an id."""
    first: dict[str, Entry] = {}
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


RULES: tuple[Rule, ...] = (ids_are_unique, phrases_name_one_entry, measures_agree)


def _links_lead_somewhere(entries: tuple[Entry, ...], elsewhere: Collection[str]) -> Iterator[Finding]:
    known = [entry.id for entry in entries]
    there = {*known, *elsewhere}
    for entry in entries:
        for name in entry.see_also:
            if name not in there:
                yield Finding("link", f"{entry.where}.see_also", f"no entry {name!r:.60}{hint(name, known)}")


def _both_ways(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    links: dict[str, dict[str, None]] = {entry.id: dict.fromkeys(entry.see_also) for entry in entries}
    for entry in entries:
        for name in entry.see_also:
            if name in links:
                links[name][entry.id] = None
    return tuple(
        entry if tuple(links[entry.id]) == entry.see_also else attrs.evolve(entry, see_also=tuple(links[entry.id]))
        for entry in entries
    )
