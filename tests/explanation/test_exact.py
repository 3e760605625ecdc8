"""The oracle itself, by hand."""

from fractions import Fraction

import pytest

import outcomegap as og
from tests.explanation.exact import Stand, integral, line, move


@pytest.mark.parametrize("power", range(6))
def test_powers_are_integrated_exactly(power: int) -> None:
    assert integral(lambda t: t**power, 5) == Fraction(1, power + 1)


def test_a_product_of_two_by_hand() -> None:
    # D = a b: from (0, 1/2) to (1, 1/4) the integral of b(t) da is 1 * (1/2 + 1/4) / 2, of a(t) db it is -1/4 * 1/2
    a = og.SuccessGap("a", og.Measure("x"), floor=0, target=4)
    b = og.Expectation("b", og.Measure("y"), floor=0, target=4)
    model = og.OutcomeModel(
        "m",
        desired_outcomes=[
            og.DesiredOutcome(og.RequiredOutcome("r", needs=a), og.AppropriateExperience("e", expects=b))
        ],
    )
    start, end = (Stand.of(model, model.cells[0], {"x": x, "y": y}) for x, y in ((0.0, 2.0), (4.0, 1.0)))
    assert move(start, end).parts == {"a": Fraction(3, 8), "b": Fraction(-1, 8)}
    assert line(end, start.point, end.point, "required_first") == {"a": Fraction(1, 2), "b": Fraction(-1, 4)}
