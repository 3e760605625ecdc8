"""Write the conformance vectors: ``python -m tests.vectors.make [--invent]``.

Each ``*.json`` beside this file holds a model in its written form, rows, and exact answers: fractions as text, null
where there is no value. The cases of ``cases_*.py`` are written anew; what was worked out by hand for them must agree
with the reference. Invented models are kept as they are, and only answered again, unless ``--invent`` draws new ones.
Anyone who computes the same meaning, in any language, can check it with these files alone.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from outcomegap.files import dumps, loads
from outcomegap.model import OutcomeModel
from outcomegap.testing import random_model, random_rows
from tests.reference import score_rows
from tests.vectors import cases_cells, cases_gates, cases_missing, cases_outcomes, cases_weights
from tests.vectors.case import Case

FOLDER = Path(__file__).parent
INVENTED = 24
LONGEST = 30_000  # characters of a file: exact fractions of decimal numbers grow long


def cases() -> Iterator[Case]:
    """Every case that was thought of, in order."""
    for room in (cases_outcomes, cases_gates, cases_missing, cases_cells, cases_weights):
        yield from room.cases()


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Turn rows into columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def vector(description: str, model: OutcomeModel, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer the rows."""
    answers = [answer.to_dict() for answer in score_rows(model, columns(rows))]
    return {"description": description, "model": dumps(model), "rows": rows, "answers": answers}


def disagreements(found: list[dict[str, Any]], by_hand: list[dict[str, Any]]) -> list[str]:
    """What was worked out by hand and came out otherwise."""
    wrong = []
    for number, (answer, hand) in enumerate(zip(found, by_hand, strict=True)):
        for name, expected in hand.items():
            got = answer[name]
            if isinstance(expected, dict):
                # An empty dict says that there is nothing; a fuller one need not name every step.
                got = {step: got.get(step, "nothing") for step in expected or got}
            if got != expected:
                wrong.append(f"row {number}, {name}: by hand {expected}, by the reference {got}")
    return wrong


def text(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write(name: str, data: dict[str, Any]) -> None:
    (FOLDER / f"{name}.json").write_text(text(data), encoding="utf-8")


def invent() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield small models with everything in them, and a few customers of each."""
    seed, made = 0, 0
    while made < INVENTED:
        seed += 1
        model = random_model(seed, max_steps=8, max_cells=4, columns=made % 3 == 0)
        table = random_rows(seed, model, 3)
        rows = [{k: _plain(v[i]) for k, v in table.items()} for i in range(3)]
        if len(model.steps) < 5:
            continue
        data = vector(f"An invented model with {len(model.steps)} steps and {len(model.cells)} cells.", model, rows)
        if len(text(data)) <= LONGEST:
            made += 1
            yield f"invented_{made:02}", data


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invent", action="store_true", help="draw new models instead of keeping the invented ones")
    new = parser.parse_args().invent
    for case in cases():
        data = vector(case.description, case.model, case.rows)
        wrong = disagreements(data["answers"], case.by_hand)
        if wrong:
            raise SystemExit(f"{case.name}: " + "; ".join(wrong))
        write(case.name, data)
    if new:
        for name, data in invent():
            write(name, data)
    for path in [] if new else sorted(FOLDER.glob("invented_*.json")):
        old = json.loads(path.read_text(encoding="utf-8"))
        write(path.stem, vector(old["description"], loads(old["model"]), old["rows"]))


if __name__ == "__main__":
    main()
