"""Measure the product as it runs: speed, freshness, steadiness.

    python -m benchmarks.serving [--only NAME...] [--products N] [--seconds S] [--rounds N]
        [--quick] [--soak MINUTES] [--catalogue A..B] [--json FILE]

Starts PostgreSQL, Redis, web and a serve worker on free ports (and the content worker and beat
where a case needs them), asks them from processes on the same machine, and prints JSON. Ways to
ask that are compared take turns, in several rounds. The JSON ends with `checks`; the exit status
is 0 when all of them hold. `--catalogue 1e4..1e6` measures how cost grows, at three sizes, instead.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.environment import environment
from benchmarks.serving.cases.event import event
from benchmarks.serving.cases.growth import growth
from benchmarks.serving.cases.hot_list import hot_list
from benchmarks.serving.cases.mixed_load import mixed_load
from benchmarks.serving.cases.saved_product import saved_product
from benchmarks.serving.cases.scoring import scoring
from benchmarks.serving.cases.soak import soak
from benchmarks.serving.cases.switch_off import switch_off
from benchmarks.serving.cases.transport import batching, model, transport
from benchmarks.serving.report import QUICK, Found, Sizes
from benchmarks.stack import SHOPPERS, Shop, running_shop

CASES: dict[str, Callable[[Shop, Sizes], Found]] = {
    "hot-list": hot_list,
    "model": model,
    "batching": batching,
    "transport": transport,
    "scoring": scoring,
    "mixed-load": mixed_load,
    "event": event,
    "saved-product": saved_product,
    "switch-off": switch_off,
    "soak": soak,
}


def main() -> int:
    """Run, print, and write the JSON where asked; 0 when all checks hold."""
    options = _options()
    found = _growth(options) if options.catalogue else _measured(options)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    return 0 if all(check["holds"] for check in found["checks"]) else 1


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    """Run the cases one after the other on one shop."""
    sizes = _sizes(options)
    chosen = options.only or [name for name in CASES if name != "soak" or sizes.soak_minutes]
    facts = {"environment": environment(), "products": options.products, "shoppers": SHOPPERS}
    found: dict[str, Found] = {}
    with running_shop(options.products) as shop:
        for name in chosen:
            print(f"{name} …", file=sys.stderr)
            found[name] = _case(name, shop, sizes)
    cases = {name: each.figures for name, each in found.items()}
    checks = [check for each in found.values() for check in each.checks]
    return {**facts, "sizes": asdict(sizes), "cases": cases, "checks": checks}


def _case(name: str, shop: Shop, sizes: Sizes) -> Found:
    """Run one case; one that breaks leaves the others their turn, and holds nothing."""
    try:
        return CASES[name](shop, sizes)
    except Exception as error:
        traceback.print_exc()
        failed = {"name": f"{name}: measured", "value": None, "bar": "no failure", "holds": False}
        return Found({"failed": f"{type(error).__name__}: {error}"}, [failed])


def _growth(options: argparse.Namespace) -> dict[str, Any]:
    """Measure shops of several sizes."""
    sizes = _sizes(options)
    figures = growth(options.catalogue, sizes)
    facts = {"environment": environment(), "shoppers": SHOPPERS, "sizes": asdict(sizes)}
    return {**facts, "catalogue": figures, "checks": []}


def _sizes(options: argparse.Namespace) -> Sizes:
    base = QUICK if options.quick else Sizes()
    chosen = {"seconds": options.seconds, "rounds": options.rounds, "soak_minutes": options.soak}
    return replace(base, **{name: value for name, value in chosen.items() if value is not None})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--seconds", type=float, help="of one measurement of one way to ask")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    parser.add_argument("--catalogue", metavar="A..B", help="numbers of products, like 1e4..1e6")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
