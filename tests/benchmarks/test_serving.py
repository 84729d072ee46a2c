"""`python -m benchmarks.serving`: its figures, its generator, and one small run of it all."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import uvloop

from benchmarks.serving.cases.switch_off import Seen, _is_at_fault
from benchmarks.serving.generator import Generator
from benchmarks.serving.noted import Notes
from benchmarks.serving.plan import Kind, Plan
from benchmarks.serving.report import at_least, at_most, over_rounds

STALL_S = 0.3


class Shop(BaseHTTPRequestHandler):
    """Answers at once, but /stall after a while and /broken with an error."""

    protocol_version = "HTTP/1.1"
    stall = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/stall":
            self.stall.wait(STALL_S)
        body = b'{"fallback":{"level":"hot_list","reason":""}}'
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a shop answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def run(plan: Plan, port: int) -> dict[str, Any]:
    """Carry a plan out in this process."""
    told = asdict(plan) | {"port": port, "key": "sk_1", "shoppers": 3, "pids": {}}
    return uvloop.run(Generator(told).run())


def test_a_rate_is_kept_and_every_answer_is_counted_by_its_step(port: int) -> None:
    kinds = [Kind("list", "/u{shopper}?x={fresh}", "hot_list")]

    found = run(Plan(kinds, seconds=0.5, rate=40), port)

    assert found["requests"] == 20
    assert found["share_by_step"] == {"list": {"hot_list": 1.0}}
    assert (found["share_as_asked"], found["errors"]) == (1.0, {})


def test_time_counts_from_when_a_question_was_due(port: int) -> None:
    found = run(Plan([Kind("slow", "/stall", "hot_list")], seconds=0.2, rate=50), port)

    assert found["requests"] == 10  # none waited for another
    assert found["p50_ms"] >= STALL_S * 1000


def test_what_is_not_200_is_an_error(port: int) -> None:
    found = run(Plan([Kind("broken", "/broken", "hot_list")], seconds=0.1, rate=30), port)

    assert found["requests"] == 0
    assert found["errors"] == {"broken: 500": 3}


def test_a_server_that_is_gone_is_an_error(port: int) -> None:
    kinds = [Kind("list", "/", "hot_list")]

    found = run(Plan(kinds, seconds=0.1, rate=30), 1)

    assert found["errors"] == {"list: ConnectionRefusedError": 3}


def test_an_answer_by_another_step_is_not_as_asked() -> None:
    notes = Notes({"model": "model"})
    for level in ("model", "popular", "model", "stale_list"):
        notes.answered("model", 0.01, 200, b'{"fallback":{"level":"%s"}}' % level.encode())

    figures = notes.figures(seconds=2.0)

    assert figures["share_as_asked"] == 0.5
    assert figures["requests_per_s"] == 2.0
    assert figures["share_by_step"] == {
        "model": {"model": 0.5, "popular": 0.25, "stale_list": 0.25}
    }


def test_rounds_give_the_median_and_the_spread() -> None:
    rounds = [
        {"requests": 10, "p50_ms": 3.0, "cpu": {"web": 4}},
        {"requests": 20, "p50_ms": 1.0, "cpu": {"web": 2}},
        {"requests": 30, "p50_ms": 8.0, "cpu": {"web": 9}},
    ]

    assert over_rounds(rounds) == {
        "requests": 60,
        "p50_ms": {"median": 3.0, "low": 1.0, "high": 8.0},
        "cpu": {"web": 4},
    }


def test_a_bar_is_reached_exactly_at_its_value_and_never_with_a_broken_condition() -> None:
    assert at_least("ratio", 0.6, 0.6) == {
        "name": "ratio",
        "value": 0.6,
        "bar": ">= 0.6",
        "holds": True,
    }
    assert not at_least("ratio", 0.59, 0.6)["holds"]
    assert not at_most("p99", 50, 100, holds=False)["holds"]


@pytest.mark.parametrize(("asked_at", "is_at_fault"), [(0.9, False), (1.1, True)])
def test_only_questions_after_the_acknowledged_write_are_at_fault(
    asked_at: float, is_at_fault: bool
) -> None:
    seen = Seen(asked_at, frozenset(["p1", "p2"]), "hot_list", 0.01)

    assert _is_at_fault(seen, {"p2": 1.0, "p3": 0.0}) is is_at_fault


@pytest.mark.processes
def test_a_small_run_of_the_whole_product_prints_figures_and_checks() -> None:
    sizes = ("--quick", "--products", "300", "--seconds", "0.5")
    command = [sys.executable, "-m", "benchmarks.serving", *sizes, "--only", "hot-list", "event"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=900)

    found = json.loads(done.stdout)
    kept = found["cases"]["hot-list"]["8 clients"]["hot list"]
    assert kept["share_by_step"] == {"hot list": {"hot_list": 1.0}}
    assert {"web", "serve", "redis", "postgres", "clients"} == set(kept["cpu_us_per_request"])
    assert (found["cases"]["event"]["never"], found["cases"]["event"]["restless"]) == (0, 0)
    assert len(found["checks"]) == 2
    assert done.returncode == (0 if all(check["holds"] for check in found["checks"]) else 1)
