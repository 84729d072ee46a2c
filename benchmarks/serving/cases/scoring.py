"""The floor under every answer of the model: scoring alone, in one process."""

from typing import Any

from benchmarks.serving.plan import BATCH, costed
from benchmarks.serving.report import Figures, Found, Sizes, over_rounds
from benchmarks.stack import Shop


def scoring(shop: Shop, sizes: Sizes) -> Found:
    """Rank one question at a time, and a whole batch at a time."""
    rounds: dict[str, list[Figures]] = {"scoring": [], "scoring of a batch": []}
    for _ in range(sizes.rounds):
        for way, found in rounds.items():
            told = {"way": way, "clients": 1, "seconds": sizes.seconds, "with_history": True}
            found.append(costed(shop, "benchmarks.serving.asker", told, shop.stack.env))
    figures: dict[str, Any] = {way: over_rounds(found) for way, found in rounds.items()}
    return Found(figures | {"questions_of_a_batch": BATCH})
