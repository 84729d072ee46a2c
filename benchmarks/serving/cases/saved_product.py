"""From a saved product to the first answers with it, by the model and not by a fallback.

A product counts as recommendable once a shopper who asks for its category gets it ranked by the
model, and products like it are found. It is the only product of its category, so it must be in
the answer whatever the model thinks of it.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from benchmarks.serving.caller import Caller
from benchmarks.serving.noted import cuts
from benchmarks.serving.plan import BY_THE_MODEL
from benchmarks.serving.report import Found, Sizes, at_most
from benchmarks.stack import Shop

MOST_P95_S, GIVE_UP_S, PAUSE_S = 10.0, 120.0, 0.25
GAPS_S = (2.0, 4.0)  # between two products: the queue is idle when the next one comes
WORDS = ("brass", "linen", "lamp", "chair", "oak", "wool", "blue", "round", "small", "garden")
fresh = count()
Question = Callable[[Caller, str], bool]


def saved_product(shop: Shop, sizes: Sizes) -> Found:
    """Save products one after the other; ask until each is recommended."""
    rng = random.Random(7)  # noqa: S311
    with shop.background(), ThreadPoolExecutor(sizes.saved) as pool:
        _save_and_wait(shop, "warm-up", "warm-up")  # the encoder is loaded
        trials = []
        for number in range(sizes.saved):
            time.sleep(rng.uniform(*GAPS_S))
            title = f"{' '.join(rng.sample(WORDS, 4))} {number}"
            trials.append(pool.submit(_save_and_wait, shop, f"new-{number}", title))
        seconds = [trial.result() for trial in trials]
    figures = {name: cuts([each[name] for each in seconds]) for name in seconds[0]}
    figures["both"] = cuts([max(each.values()) for each in seconds])
    name = "product saved to recommendable, ranked and similar: p95 in s"
    p95 = figures["both"]["p95_ms"] / 1000
    return Found({**figures, "products": sizes.saved}, [at_most(name, p95, MOST_P95_S)])


def _save_and_wait(shop: Shop, product_id: str, title: str) -> dict[str, float]:
    """Return the seconds from the acknowledgement until it is ranked, and has similar ones.

    Both are asked all the time, as by a page that shows the product from the first moment.
    """
    caller = Caller(shop)
    body = {"title": title, "category": f"Only {product_id}"}
    caller.call("PUT", f"products/{product_id}", body, expect=201)
    saved = time.perf_counter()
    took: dict[str, float] = {}
    questions: dict[str, Question] = {"ranked": _is_ranked, "similar": _has_similar}
    while (now := time.perf_counter()) < saved + GIVE_UP_S and len(took) < len(questions):
        for name, is_true in _open(questions, took):
            if is_true(caller, product_id):
                took[name] = time.perf_counter() - saved
        time.sleep(max(0.0, now + PAUSE_S - time.perf_counter()))
    return dict.fromkeys(questions, GIVE_UP_S) | took


def _open(questions: dict[str, Question], took: dict[str, float]) -> list[tuple[str, Question]]:
    return [(name, question) for name, question in questions.items() if name not in took]


def _is_ranked(caller: Caller, product_id: str) -> bool:
    body = {
        "user_id": "u0",
        "filter": {"category": f"Only {product_id}"},
        "exclude_product_ids": [f"x{next(fresh)}"],  # asked anew, past the hot list
    }
    answer = caller.call("POST", "recommendations", body)
    wanted = (product_id, "model")
    return any((each["product_id"], each["source"]) == wanted for each in answer["results"])


def _has_similar(caller: Caller, product_id: str) -> bool:
    fallback = caller.call("GET", f"products/{product_id}/similar")["fallback"]
    return fallback["level"] in BY_THE_MODEL and fallback["reason"] == ""
