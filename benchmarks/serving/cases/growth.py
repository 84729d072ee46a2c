"""How the cost of an answer grows with the catalogue."""

import sys
import time
from typing import Any

from benchmarks.processes import memory_mib
from benchmarks.serving.cases.hot_list import make_hot_lists
from benchmarks.serving.cases.scoring import scoring
from benchmarks.serving.plan import HOT, MODEL, Plan, drive
from benchmarks.serving.report import Figures, Sizes, over_rounds
from benchmarks.stack import running_shop


def growth(span: str, sizes: Sizes) -> list[Figures]:
    """Measure a shop of each size, from `A..B`."""
    from benchmarks.training import spread

    return [_of(products, sizes) for products in spread(span)]


def _of(products: int, sizes: Sizes) -> Figures:
    print(f"{products} products …", file=sys.stderr)
    started = time.monotonic()
    with running_shop(products) as shop:
        figures: dict[str, Any] = {
            "products": products,
            "seconds_to_fill_and_start": round(time.monotonic() - started, 1),
        }
        make_hot_lists(shop)
        for kind in (HOT, MODEL):
            plan = Plan([kind], sizes.seconds, clients=1)
            figures[kind.name] = over_rounds([drive(shop, plan) for _ in range(sizes.rounds)])
        figures["scoring"] = scoring(shop, sizes).figures
        pids = shop.pids()
        figures["memory_mib"] = {name: round(memory_mib(pid)) for name, pid in pids.items()}
    return figures
