"""The service of docs/service.md, served by uvicorn in a process of its own, under load and over a change of models."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

import outcomegap as og
from tests.docs.pages import ROOT

pytest.importorskip("fastapi", reason="needs fastapi, which is not installed")
pytest.importorskip("uvicorn", reason="needs uvicorn, which is not installed")
httpx = pytest.importorskip("httpx", reason="needs httpx, which is not installed")

PAGE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MODEL = re.search(r'write_text\("""\n(.*?)"""', BLOCKS[0], re.DOTALL)[1]
SERVICE = next(block for block in BLOCKS if "FastAPI(" in block)
CUSTOMER = {"segment": "startup", "calls": 3, "reply_hours": 30}


def target(calls):
    return MODEL.replace("default = 4", f"default = {calls}")


class Service:
    """A running service and its model file."""

    def __init__(self, folder):
        self.path = folder / "model.toml"
        self.write(MODEL)
        (folder / "service.py").write_text(SERVICE, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "service:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
            stderr=subprocess.PIPE,
            text=True,
        )
        said = []
        for line in self.process.stderr:
            said.append(line)
            found = re.search(r"running on (http://127\.0\.0\.1:\d+)", line)
            if found:
                self.url = found[1]
                break
        else:
            self.process.wait(timeout=30)
            self.process.stderr.close()
            pytest.fail("the service did not start:\n" + "".join(said))
        # Whatever else it says is read too, so that it never waits for a reader.
        self.said = said
        self.reader = threading.Thread(target=lambda: said.extend(self.process.stderr))
        self.reader.start()

    def write(self, text):
        new = self.path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.path)

    def client(self):
        return httpx.Client(base_url=self.url, timeout=30)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.reader.join()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    running = Service(tmp_path_factory.mktemp("service"))
    yield running
    running.stop()


@pytest.fixture
def client(service):
    service.write(MODEL)
    with service.client() as made:
        made.post("/reload").raise_for_status()
        yield made


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.toml"
    path.write_text(MODEL, encoding="utf-8")
    return og.Scorer(og.load(path))


def test_one(client, scorer):
    answer = client.post("/score", json=CUSTOMER)
    assert answer.status_code == 200
    assert answer.json() == {"model": scorer.model.fingerprint, "score": scorer.score_one(CUSTOMER).to_dict()}
    row = {"segment": "enterprise", "calls": 7}
    explained = client.post("/score?explain=true", json=row).json()["score"]
    assert explained == scorer.score_one(row).to_dict(explain=True)
    assert explained["desired"] is None


def test_one_that_is_wrong(client):
    answer = client.post("/score", json=CUSTOMER | {"segment": "enterprize", "calls": "many"})
    assert answer.status_code == 422
    body = answer.json()
    assert [(p["rule"], p["column"], p["value"], p["suggestion"]) for p in body["problems"]] == [
        ("not-a-number", "calls", "many", None),
        ("unknown-segment", "segment", "enterprize", "enterprise"),
    ]
    assert "did you mean 'enterprise'?" in body["message"]
    strict = client.post("/score?absent=error", json={"segment": "startup"}).json()["problems"]
    assert [p["column"] for p in strict] == ["calls", "reply_hours"]
    assert client.post("/score?absent=eror", json=CUSTOMER).status_code == 422
    assert client.post("/score", json=[1]).status_code == 422


def test_values_that_json_does_not_know(client):
    """Many clients write NaN and infinities all the same."""
    kind, text = {"content-type": "application/json"}, '{"segment": "startup", "calls": %s, "reply_hours": 24}'
    nan = client.post("/score", content=text % "NaN", headers=kind)
    assert nan.json()["score"]["desired"] is None
    infinite = client.post("/score", content=text % "Infinity", headers=kind)
    assert infinite.json()["problems"][0] | {"message": ""} == {
        "rule": "infinite", "message": "", "column": "calls", "value": "inf", "rows": [], "count": 1, "suggestion": None,
    }  # fmt: skip


def test_many_with_one_bad_row(client, scorer):
    rows = [CUSTOMER, CUSTOMER | {"segment": "enterprize"}, CUSTOMER | {"segment": "enterprise", "calls": None}]
    body = client.post("/scores", json=rows).json()
    assert [answer is None for answer in body["scores"]] == [False, True, False]
    for row, answer in zip(rows, body["scores"], strict=True):
        if answer is not None:
            expected = scorer.score_one(row).to_dict()
            assert {name: expected[name] for name in answer if name != "row"} == {
                name: value for name, value in answer.items() if name != "row"
            }
    (problem,) = body["problems"]
    assert (problem["rows"], problem["value"], problem["suggestion"]) == ([1], "enterprize", "enterprise")


def test_many_that_are_all_well(client):
    body = client.post("/scores", json=[CUSTOMER, CUSTOMER]).json()
    assert [answer["desired"] for answer in body["scores"]] == [0.5625, 0.5625]
    assert body["problems"] == []


def test_many_of_whom_a_measure_is_absent(client):
    answer = client.post("/scores", json=[{"segment": "startup", "calls": 1}])
    assert answer.status_code == 422
    assert [(p["rule"], p["column"]) for p in answer.json()["problems"]] == [("missing-column", "reply_hours")]


def test_a_model_that_is_unfit_changes_nothing(client, service):
    before = client.get("/model").json()
    broken = {
        "name": MODEL.replace('"calls made"]', '"calls mode"]', 1),
        "syntax": "name = ",
        "rule": MODEL.replace("target = 24", "target = 48"),
    }
    for text in broken.values():
        service.write(text)
        answer = client.post("/reload")
        assert answer.status_code == 422
        assert answer.json()["message"]
        assert client.get("/model").json() == before
    assert client.post("/score", json=CUSTOMER).json()["model"] == before["model"]


def test_load_from_many_threads_while_models_change(service, client):
    """No request is dropped, and each answer is right for the model that it names."""
    expected = {}
    for calls in (4, 6):
        service.write(target(calls))
        expected[client.post("/reload").json()["model"]] = 3 / calls
    done, asked = threading.Event(), count()

    def ask():
        wrong = []
        with service.client() as own:
            while not done.is_set():
                next(asked)
                answer = own.post("/score", json=CUSTOMER)
                body = answer.json()
                if answer.status_code != 200 or body["score"]["required"] != expected[body["model"]]:
                    wrong.append((answer.status_code, body))
        return wrong

    with ThreadPoolExecutor(8) as pool:
        askers = [pool.submit(ask) for _ in range(8)]
        seen = set()
        try:
            for turn in range(20):
                service.write(target((4, 6)[turn % 2]))
                answer = client.post("/reload")
                assert answer.status_code == 200
                seen.add(answer.json()["model"])
                time.sleep(0.05)
        finally:
            done.set()
        assert [asker.result() for asker in askers] == [[]] * 8
    assert seen == set(expected)
    assert next(asked) > 100
    assert not any("Traceback" in line for line in service.said)
