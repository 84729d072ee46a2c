"""What explanations and rules cost: a plain answer against one with both.

`python -m benchmarks.explanations [--products 18000] [--requests 2000] [--json FILE]` starts
PostgreSQL, Redis, web and a serve worker on free ports. One client asks for 20 products in every
way by turns, so that whatever else the machine does hits all alike: plain, with evidence, with ten
rules, with both (what the bar is about), and with diversity and a cap per category besides; once
from the hot list and once from the model. The exit status says whether all checks hold.
"""

import argparse
import http.client
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from benchmarks.environment import environment
from benchmarks.stack import SHOPPERS, running_shop

BAR = 1.2
RULES_KNOWN_AFTER_S = 2.5
PLAIN, BOTH = "plain", "evidence and rules"
WITH_RULES = {"scenario": "product"}
WITH_EVIDENCE = {"explain": "evidence"}
WAYS: dict[str, dict[str, Any]] = {
    PLAIN: {"scenario": "search"},
    "evidence": {"scenario": "search", **WITH_EVIDENCE},
    "rules": WITH_RULES,
    BOTH: WITH_RULES | WITH_EVIDENCE,
    "with diversity and a cap too": WITH_RULES
    | WITH_EVIDENCE
    | {"diversity": 0.3, "max_per_category": 3},
}
Body = Mapping[str, Any]


def main() -> int:
    """Run, print, and write the JSON where asked; 0 when all checks hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure(options.products, options.requests)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text)
    return 0 if all(check["holds"] for check in found["checks"]) else 1


def measure(products: int, requests: int) -> dict[str, Any]:
    """Return all figures."""
    with running_shop(products) as shop:
        shop.python("-m", "benchmarks.explanations_rules")
        time.sleep(RULES_KNOWN_AFTER_S)
        cases = _cases(Asker(shop.port, shop.key), requests)
    facts = {"products": products, "shoppers": SHOPPERS, "requests_each": requests, "rules": 10}
    checks = [_check(name, figures) for name, figures in cases.items()]
    return {"environment": environment(), **facts, "cases": cases, "checks": checks}


class Asker:
    """One client over one kept-alive connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def ask(self, body: Body) -> tuple[float, dict[str, Any]]:
        """Return the seconds that one answer took, and the answer."""
        started = time.perf_counter()
        self._connection.request(
            "POST", "/api/v1/recommendations", orjson.dumps(body), self._headers
        )
        response = self._connection.getresponse()
        answer = response.read()
        took = time.perf_counter() - started
        if response.status != 200:
            raise SystemExit(answer.decode())
        return took, orjson.loads(answer)


def _cases(asker: Asker, requests: int) -> dict[str, dict[str, Any]]:
    fresh = itertools.count()
    # An excluded id of its own makes every question a new one.
    kinds: dict[str, Callable[[], Body]] = {
        "hot list": dict,
        "model": lambda: {"exclude_product_ids": [f"x{next(fresh)}"]},
    }
    return {name: _ways(asker, requests, more) for name, more in kinds.items()}


def _ways(asker: Asker, requests: int, more: Callable[[], Body]) -> dict[str, Any]:
    """Return the figures of all ways to ask, taken by turns."""
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in WAYS}
    for number in range(-SHOPPERS, requests):  # the first round makes everybody's lists
        for name, extra in WAYS.items():
            body = {"user_id": f"u{number % SHOPPERS}", "limit": 20, **extra, **more()}
            took, answer = asker.ask(body)
            if number >= 0:
                seconds[name].append(took)
                seen[name].append(answer)
    figures = {name: _figures(seconds[name], seen[name]) for name in WAYS}
    for found in figures.values():
        for cut in ("p50_ms", "p95_ms"):
            found[f"{cut}_over_plain"] = round(found[cut] / figures[PLAIN][cut], 3)
    return figures


def _figures(seconds: list[float], answers: list[dict[str, Any]]) -> dict[str, Any]:
    cuts = statistics.quantiles(seconds, n=100)
    results = [each for answer in answers for each in answer["results"]]
    levels = sorted({answer["fallback"]["level"] for answer in answers})
    gaps = [abs(sum(each["contributions"].values()) - each["score"]) for each in results]
    return {
        "p50_ms": round(cuts[49] * 1000, 3),
        "p95_ms": round(cuts[94] * 1000, 3),
        "answered_by": levels,
        "fewest_products": min(len(answer["results"]) for answer in answers),
        "with_evidence": round(sum(bool(each["evidence"]) for each in results) / len(results), 3),
        "moved_by_rules": round(sum(bool(each["reasons"]) for each in results) / len(results), 3),
        "largest_gap_of_sum_and_score": max(gaps),
    }


def _check(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    """Return whether evidence and rules cost at most a fifth more than a plain answer."""
    both = figures[BOTH]
    value = both["p95_ms_over_plain"]
    is_whole = min(both["with_evidence"], both["moved_by_rules"]) > 0
    is_whole = is_whole and both["fewest_products"] == 20
    title = f"{name}: p95 of an answer with evidence and rules over a plain one's"
    return {"name": title, "value": value, "bar": BAR, "holds": value <= BAR and is_whole}


if __name__ == "__main__":
    sys.exit(main())
