"""From an acknowledged event to an answer that knows it."""

import random
import time

from benchmarks.serving.caller import Caller
from benchmarks.serving.noted import cuts
from benchmarks.serving.plan import BY_THE_MODEL
from benchmarks.serving.report import Found, Sizes, at_most
from benchmarks.stack import SHOPPERS, Shop

MOST_P95_S, GIVE_UP_S, PAUSE_S = 1.0, 10.0, 0.01
Basis = list[tuple[str, float]]


def event(shop: Shop, sizes: Sizes) -> Found:
    """Look at a product, and ask until the scores are other ones.

    Before each event the same question is asked twice: its answer must not change by itself.
    """
    rng, caller = random.Random(7), Caller(shop)  # noqa: S311
    seconds, restless, never = [], 0, 0
    for number in range(sizes.trials):
        user_id = f"u{number % SHOPPERS}"
        before = _basis(caller, user_id)
        restless += _basis(caller, user_id) != before
        product_id = f"p{rng.randrange(shop.products):07}"
        view = {"user_id": user_id, "product_id": product_id, "kind": "view"}
        caller.call("POST", "events", {"events": [view]})
        took = _until_changed(caller, user_id, before)
        never += took is None
        seconds.append(GIVE_UP_S if took is None else took)
    figures = {**cuts(seconds), "trials": sizes.trials, "never": never, "restless": restless}
    p95 = figures["p95_ms"] / 1000
    name = "event acknowledged to an answer changed: p95 in s"
    return Found(figures, [at_most(name, p95, MOST_P95_S, holds=never == restless == 0)])


def _until_changed(caller: Caller, user_id: str, before: Basis) -> float | None:
    acknowledged = time.perf_counter()
    while time.perf_counter() - acknowledged < GIVE_UP_S:
        after = _basis(caller, user_id)
        if after and after != before:
            return time.perf_counter() - acknowledged
        time.sleep(PAUSE_S)
    return None


def _basis(caller: Caller, user_id: str) -> Basis:
    """Return the model's products and scores; nothing where it did not answer itself."""
    answer = caller.call("GET", f"recommendations?limit=20&user_id={user_id}")
    if answer["fallback"]["level"] not in BY_THE_MODEL:
        return []
    return [(each["product_id"], each["score"]) for each in answer["results"]]
