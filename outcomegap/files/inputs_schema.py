"""What the JSON Schema says of ``[inputs]``."""

from __future__ import annotations

from typing import Any

from outcomegap.model.source import AGGREGATES, MISSING, PERCENT, UNITS

_TEXT: dict[str, Any] = {"type": "string", "pattern": r"\S"}
_NUMBER: dict[str, Any] = {"type": "number"}
_MARK: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 1}
_CODE: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_CODES: dict[str, Any] = {"anyOf": [_CODE, {"type": "array", "items": _CODE}]}
_SOME_CODES: dict[str, Any] = {"anyOf": [_CODE, {"type": "array", "items": _CODE, "minItems": 1}]}
_FILTERS: dict[str, Any] = {"type": "object", "additionalProperties": _SOME_CODES}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_MOMENT: dict[str, Any] = {"type": "string"}


def _table(properties: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": description,
        **more,
    }


def _of(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_SOURCE: dict[str, Any] = {
    "column": _of(_TEXT, "The column to read."),
    "decimal": _of(_MARK, "The decimal mark in numbers kept as text."),
    "thousands": _of(_MARK, "The mark between thousands in numbers kept as text."),
    "percent": {"enum": list(PERCENT), "description": "The column holds percentages: read 12.5 % as 0.125 or as 12.5."},
    "missing": _of(_CODES, "Codes that mean 'not answered'."),
    "times": _of(_NUMBER, "What to multiply by."),
    "divided_by": _of(_NUMBER, "What to divide by."),
    "start": _of(_TEXT, "The column with the earlier date; left out, the moment of scoring."),
    "end": _of(_TEXT, "The column with the later date; left out, the moment of scoring."),
    "unit": {"enum": list(UNITS), "description": "Unit of the time between two moments; left out, days."},
    "date_format": _of(_TEXT, "How dates are written, such as %d.%m.%Y; left out, ISO 8601."),
    "table": _of(_TEXT, "The table of events."),
    "by": _of(_TEXT, "Its column that names the customer."),
    "time": _of(_TEXT, "Its column with the time of each event."),
    "aggregate": {"enum": list(AGGREGATES), "description": "What to take of a customer's events."},
    "where": _of(_FILTERS, "Events to take: column = value or values."),
    "matching": _of(_FILTERS, "Events to count in a share: column = value or values."),
    "within_days": {"type": "number", "exclusiveMinimum": 0, "description": "Only events of the last so many days."},
    "empty": {"anyOf": [_NUMBER, {"const": MISSING}], "description": "What a customer without an event has."},
}
_VALUES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": _NUMBER,
    "minProperties": 1,
    "description": "What each text stands for.",
}
_MEASURE: dict[str, Any] = {"anyOf": [_TEXT, _table({**_SOURCE, "values": _VALUES}, "Where one measure comes from.")]}
_PATTERN: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_LIMITS: dict[str, Any] = {
    "anyOf": [
        {"type": "array", "items": {"type": ["number", "null"]}, "minItems": 1, "maxItems": 2},
        _table({"from": _NUMBER, "below": _NUMBER}, "Limits of a band.", minProperties=1),
    ]
}
_CELL_KEYS: dict[str, Any] = {
    **_SOURCE,
    "columns": {"type": "array", "items": _TEXT, "description": "Columns that decide together."},
    "values": {
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": _PATTERN}]},
        "minProperties": 1,
        "description": "Name = the raw values that mean it; '*' is any.",
    },
    "bands": {
        "type": "object",
        "additionalProperties": _LIMITS,
        "minProperties": 1,
        "description": "Name = [from, below].",
    },
    "otherwise": {"type": "string", "description": "The name for everything else."},
}


def _cell(what: str) -> dict[str, Any]:
    return {"anyOf": [_TEXT, _table(_CELL_KEYS, f"Where the {what} comes from.")]}


_TABLE_KEYS: dict[str, Any] = {
    "file": "Its file.",
    "by": "Its column that names the customer, or the row of the table it goes via.",
    "via": "The table whose rows `by` names, where it does not name customers.",
    "key": "The column by which other tables name its rows.",
    "time": "Its column with the time of each event.",
    "separator": "What stands between the columns of a text file.",
    "encoding": "Of a text file; left out, UTF-8.",
    "sheet": "Of a workbook; left out, the first.",
}
_RAW_TABLE = _table(
    {key: {"type": "string", "minLength": 1, "description": text} for key, text in _TABLE_KEYS.items()},
    "One raw table.",
)
_DATE_COLUMN: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}],
    "description": "A column with dates, or [table, column].",
}
_EXPECTED = _table(
    {
        "table": {"type": "string", "description": "The table to look at."},
        "earlier": _DATE_COLUMN,
        "later": _DATE_COLUMN,
        "where": _of(_FILTERS, "What it is said of: column = value or values."),
        "at_least": _of(_COUNT, "Fewest rows such a customer has."),
        "at_most": _of(_COUNT, "Most rows such a customer has."),
        "because": {"type": "string", "description": "What to tell readers."},
    },
    "What ought to hold in the raw tables.",
)

#: The schema of the whole table.
SCHEMA: dict[str, Any] = _table(
    {
        "id": _of(_TEXT, "The column that names the customer."),
        "keep": {
            "anyOf": [
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ],
            "description": "Columns to hand on as they are: a list, or new name = column.",
        },
        "segment": _cell("segment"),
        "stage": _cell("stage"),
        "goal": _cell("goal"),
        "measures": {"type": "object", "additionalProperties": _MEASURE, "description": "Where measures come from."},
        "tables": {"type": "object", "additionalProperties": _RAW_TABLE, "description": "The raw tables."},
        "expect": {"type": "array", "items": _EXPECTED, "description": "What ought to hold in the raw tables."},
        "customers": _of(_TEXT, "What the customers' own table is called."),
        "as_of": _of(_MOMENT, "The moment of scoring, when the call does not say it."),
        "decimal": _of(_MARK, "The decimal mark, where a column does not say it."),
        "thousands": _of(_MARK, "The mark between thousands, where a column does not say it."),
        "date_format": _of(_TEXT, "How dates are written, where a column does not say it."),
        "missing": _of(_CODES, "Codes that mean 'not answered' in every column that does not say its own."),
    },
    "How raw tables become measures and cells.",
)
