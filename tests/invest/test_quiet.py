"""Nothing below Python prints to stdout meanwhile, nothing else is lost, and all is turned back."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import outcomegap as og
from outcomegap.invest import Action, plan
from outcomegap.invest.quiet import quiet
from tests.invest.worlds import customers, model

ASK = """
import os, scipy.optimize
real = scipy.optimize.milp
def milp(*args, **more):
    os.write(1, b"a note of the solver")
    return real(*args, **more)
scipy.optimize.milp = milp
"""
PLAN = """
import numpy as np, outcomegap as og
from tests.invest.worlds import customers, model
scores = og.Scorer(model()).score(customers(np.random.default_rng(5), 5), id="id")
found = og.invest.plan(scores, [og.invest.Action("desk", {"reply_hours": 4}, 2)], value="mrr", budget=5)
print(len(found.by_action()))
"""


def test_what_is_printed_inside_is_gone_and_what_comes_after_is_not(capfd):
    os.write(1, b"before ")
    with quiet(), quiet():
        os.write(1, b"a note")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before after"


def test_it_is_turned_back_after_an_error(capfd):
    with pytest.raises(ZeroDivisionError), quiet():
        _ = os.write(1, b"a note") / 0
    os.write(1, b"after")
    assert capfd.readouterr().out == "after"


def test_several_threads_turn_it_back_once(capfd):
    inside, go = threading.Barrier(3), threading.Event()

    def work():
        with quiet():
            inside.wait(10)
            go.wait(10)
            os.write(1, b"a note")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    os.write(1, b"after")
    assert capfd.readouterr().out == "after"


def test_lines_of_other_threads_are_not_lost(monkeypatch, capfd):
    class Plain(io.StringIO):
        def fileno(self):
            return 1

    monkeypatch.setattr(sys, "stdout", Plain())
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    with quiet():
        os.write(1, b"a line")
    stop.set()
    other.join()
    with quiet():
        os.write(1, b"a note")
    assert capfd.readouterr().out == ("a line" if threading.active_count() == 1 else "a linea note")


@pytest.mark.parametrize("stdout", ["pipe", "closed"])
def test_a_plan_prints_nothing_by_itself(stdout):
    close = "import os; os.close(1)\n" if stdout == "closed" else ""
    code = f"{ASK if not close else ''}{close}{PLAN if not close else PLAN.replace('print', 'str')}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == ("" if close else "1\n")


def test_no_file_stays_open():
    scores = og.Scorer(model()).score(customers(np.random.default_rng(5), 5), id="id")
    desk = Action("desk", {"reply_hours": 4}, 2)
    plan(scores, [desk], value="mrr", budget=5)
    free = os.dup(0)
    os.close(free)
    plan(scores, [desk], value="mrr", budget=5)
    again = os.dup(0)
    os.close(again)
    assert again == free
