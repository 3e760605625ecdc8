"""``outcomegap demo``: the main job on the built-in e-mail example, with simulated customers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outcomegap.cli.console import reported, width

if TYPE_CHECKING:
    from outcomegap.scoring import Scores

MODEL, CUSTOMERS, SEED, FIRST = "email-marketing", 1000, 20, 8
#: From which R on a customer makes a telling example.
PARTLY = 0.25
#: Columns of the worklist's head: heading -> the list's own name.
SHOWN = {"#": "rank", "customer": "customer", "segment": "segment", "stage": "stage", "state": "state"}
SHOWN |= {"score": "score", "first gap": "next_gap", "stands at": "stands_at", "owner": "owner"}


@click.command()
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("outcomegap-demo.html"),
    show_default=True,
    help="Where the HTML page goes.",
)
@reported
def demo(*, report: Path) -> None:
    """Score a thousand simulated customers of the built-in e-mail example; print the result, write a report."""
    from outcomegap import gallery
    from outcomegap.present import one_customer, report as write_report
    from outcomegap.scoring import Scorer
    from outcomegap.scoring.simulate import simulate

    model = gallery.load(MODEL)
    scores = Scorer(model).score(simulate(model, CUSTOMERS, seed=SEED))
    click.echo(f"{CUSTOMERS:,} simulated customers, invented from the model itself: no evidence about real ones.\n")
    click.echo(f"{scores.by('segment')}\n")
    click.echo(f"Whom to turn to first (of {CUSTOMERS:,}, in order of need)\n\n{_worklist(scores)}\n")
    click.echo(f"One customer explained\n\n{one_customer(scores, _telling(scores)).text(width=width())}\n")
    write_report(scores, report, title=f"{model.name}: {CUSTOMERS:,} simulated customers", value="mrr")
    click.echo(f"The whole report: {report} (open it in a browser).")
    click.echo(f"The same for your own customers: outcomegap score {MODEL} customers.csv -o scores.csv")


def _worklist(scores: Scores) -> str:
    from outcomegap.listing import Listing, Show

    columns = scores.worklist(value="mrr", limit=FIRST).columns
    show = [Show(heading, name, "{:.1f}".format if name == "score" else None) for heading, name in SHOWN.items()]
    return Listing("", {name: columns[name] for name in SHOWN.values()}, show=show).text(width=width())


def _telling(scores: Scores) -> Any:
    """Return the first failing customer, in order of need, of whom a part of the required outcome is there."""
    from outcomegap.frames.arrays import plain_values

    order = scores.order("mrr")
    partly = order[(scores.state[order] == "failing") & (scores.required[order] > PARTLY)]
    return plain_values(scores.id)[int(partly[0] if len(partly) else order[0])]
