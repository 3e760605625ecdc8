"""Deeply nested text for parsers that recurse: cut out what lies deep, parse it apart, put it back.

The parsers of TOML and JSON call themselves for every bracket, so a few hundred overrun Python's stack. Here the
text is cut wherever `STEP` more brackets are open; a mark takes the place of each piece, and each piece is parsed on
its own. Text with more than `DEEPEST` brackets open is refused before any parser sees it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import attrs

from outcomegap.errors import ModelError

#: Brackets that may be open at once: three for each of 500 gates, and the tables around them.
DEEPEST = 1600
#: Brackets that a parser sees open at once.
STEP = 40

# Strings and comments swallow their brackets. One that never ends swallows the rest: the parser will say so.
JSON = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
TOML = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"{3,5})?'
    r"|'''(?:[^']|'(?!''))*(?:'{3,5})?"
    r'|"(?:[^"\\\n]|\\.)*"?'
    r"|'[^'\n]*'?"
    r"|\#[^\n]*"
    r"|[\[\]{}]",
    re.DOTALL,
)


@attrs.define
class Piece:
    """A piece of text, with marks where deeper pieces were, and the number of lines before it."""

    line: int
    parts: list[str] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        """The text in one."""
        return "".join(self.parts)


def parse_nested(
    text: str, tokens: re.Pattern[str], whole: Callable[[str], Any], value: Callable[[str, int], Any]
) -> Any:
    """Parse text whose brackets may lie deep.

    Parameters
    ----------
    text
        The whole text.
    tokens
        `JSON` or `TOML`: finds brackets, and the strings and comments in which a bracket means nothing.
    whole
        Parses a whole file.
    value
        Parses one value, given the number of lines before it.

    Raises
    ------
    ModelError
        If more than `DEEPEST` brackets are open at once, or one that lies deep is never closed.
    """
    mark = uuid.uuid4().hex
    outside, pieces = _cut(text, tokens, mark)
    result = whole(outside)
    return _put_back(result, [value(piece.text, piece.line) for piece in pieces], mark) if pieces else result


def _cut(text: str, tokens: re.Pattern[str], mark: str) -> tuple[str, list[Piece]]:
    """Return the text with a mark for each piece, and the pieces by number."""
    pieces: list[Piece] = []
    open_pieces = [Piece(0)]  # the one at position k began where k * STEP brackets were open
    depth = last = line = counted = 0
    for token in tokens.finditer(text):
        character = text[token.start()]
        if character in "[{":
            if depth and depth % STEP == 0:
                line, counted = line + text.count("\n", counted, token.start()), token.start()
                open_pieces[-1].parts.append(text[last : token.start()])
                open_pieces.append(Piece(line))
                last = token.start()
            depth += 1
            if depth > DEEPEST:
                where = f"line {text.count(chr(10), 0, token.start()) + 1}"
                message = f"more than {DEEPEST} brackets stand within one another: too many gates; simplify"
                raise ModelError.of("too-deep", where, message)
        elif character in "]}" and depth:
            depth -= 1
            if depth and depth == STEP * (len(open_pieces) - 1):
                piece = open_pieces.pop()
                piece.parts.append(text[last : token.end()])
                open_pieces[-1].parts.append(f'"{mark}{len(pieces)}"')
                pieces.append(piece)
                last = token.end()
    if len(open_pieces) > 1:
        raise ModelError.of("syntax", f"line {open_pieces[-1].line + 1}", "a bracket here is never closed")
    open_pieces[0].parts.append(text[last:])
    return (open_pieces[0].text if pieces else text), pieces


def _put_back(result: Any, pieces: list[Any], mark: str) -> Any:
    """Put each parsed piece where its mark stands."""
    todo = [result]
    while todo:
        item = todo.pop()
        for key, child in item.items() if isinstance(item, dict) else enumerate(item):
            found = child
            if isinstance(child, str) and child.startswith(mark):
                found = item[key] = pieces[int(child[len(mark) :])]
            if isinstance(found, (dict, list)):
                todo.append(found)
    return result
