"""A fixed rate of questions, most of them for hot lists, on the whole running product."""

from dataclasses import replace

from redis import Redis

from benchmarks.serving.cases.hot_list import make_hot_lists
from benchmarks.serving.plan import HOT, MODEL, Plan, drive
from benchmarks.serving.report import Found, Sizes, at_most
from benchmarks.stack import Shop
from fusion.serving import keys
from recsys.stack import wait_until

MIX = (replace(HOT, share=0.8), replace(MODEL, share=0.2))
MOST_P99_MS = 100.0


def mixed_load(shop: Shop, sizes: Sizes) -> Found:
    """Ask at the rate, whatever becomes of the questions before."""
    # As in any shop after its first minutes: nothing waits to be encoded.
    shop.python("manage.py", "encode_products", "--local")
    make_hot_lists(shop)
    with shop.background():
        _let_store(shop)
        figures = drive(shop, Plan(MIX, sizes.load_seconds, rate=sizes.rate))
    errors = sum(figures["errors"].values())
    as_asked = figures["share_as_asked"]
    at = f"{sizes.rate:g} questions/s open loop for {sizes.load_seconds:g} s, 80 % hot lists"
    return Found(
        {**figures, "rate": sizes.rate, "seconds": sizes.load_seconds, "arrivals": "evenly spaced"},
        [
            at_most(f"{at}: errors", errors, 0),
            at_most(f"{at}: p99 in ms", figures.get("p99_ms", 1e9), MOST_P99_MS),
            at_most(f"{at}: share not answered by the step asked for", 1 - as_asked, 0.01),
        ],
    )


def _let_store(shop: Shop) -> None:
    """Wait until the answers of earlier cases are in the database."""
    with Redis.from_url(shop.stack.env["REDIS_URL"]) as redis:
        wait_until(
            lambda: not redis.xlen(keys.SERVED_LISTS), seconds=180, what="answers wait to be stored"
        )
