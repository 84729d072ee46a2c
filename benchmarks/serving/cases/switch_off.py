"""Products are switched off while shoppers look at lists, kept ones, that hold them.

A writer takes a product from an answer it just got, switches it off, and asks the same question
again, whose list is kept; readers ask all the time. An answer is at fault when it holds a product
whose write was acknowledged before its question was sent.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.serving.caller import Caller
from benchmarks.serving.cases.hot_list import make_hot_lists
from benchmarks.serving.noted import cuts
from benchmarks.serving.report import Found, Sizes, at_most
from benchmarks.stack import SHOPPERS, Shop

READERS, QUESTIONS_A_SECOND = 4, 50.0


@dataclass(frozen=True)
class Seen:
    """One answer: when its question was sent, and what it held."""

    asked_at: float
    product_ids: frozenset[str]
    step: str
    seconds: float


@dataclass
class Witness:
    """Asks, and keeps every answer.

    Args:
        seed: of the shoppers it asks for.
    """

    shop: Shop
    seed: int
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)  # noqa: S311
        self.caller = Caller(self.shop)

    def ask(self, user_id: str | None = None) -> tuple[str, Any]:
        """Ask for a shopper; return who it was, and the answer."""
        user_id = user_id or f"u{self._rng.randrange(SHOPPERS)}"
        asked_at = time.perf_counter()
        answer = self.caller.call("GET", f"recommendations?limit=20&user_id={user_id}")
        ids = frozenset(each["product_id"] for each in answer["results"])
        took = time.perf_counter() - asked_at
        self.seen.append(Seen(asked_at, ids, answer["fallback"]["level"], took))
        return user_id, answer


def switch_off(shop: Shop, sizes: Sizes) -> Found:
    """Switch products off under load; look for one in a later answer."""
    make_hot_lists(shop)
    done = threading.Event()
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(_read, Witness(shop, seed), done) for seed in range(READERS)]
        writer = Witness(shop, READERS)
        off_at: dict[str, float] = {}
        try:
            while len(off_at) < sizes.switched_off:
                product_id, acknowledged = _switch_one_off(writer)
                off_at[product_id] = acknowledged
        finally:
            done.set()
        seen = [*writer.seen, *_all(readers)]
    faults = sum(_is_at_fault(each, off_at) for each in seen)
    figures = {
        "switched_off": len(off_at),
        "answers": len(seen),
        "answers_by_step": dict(Counter(each.step for each in seen)),
        "answers_at_fault": faults,
        **cuts([each.seconds for each in seen]),
    }
    name = f"{len(off_at)} products switched off under load: answers with one after its write"
    return Found(figures, [at_most(name, faults, 0)])


def _read(witness: Witness, done: threading.Event) -> list[Seen]:
    while not done.wait(READERS / QUESTIONS_A_SECOND):
        witness.ask()
    return witness.seen


def _switch_one_off(writer: Witness) -> tuple[str, float]:
    """Return a product that was switched off, and the moment of the acknowledgement."""
    user_id, answer = writer.ask()
    product_id = answer["results"][0]["product_id"]
    writer.caller.call("DELETE", f"products/{product_id}", expect=204)
    acknowledged = time.perf_counter()
    writer.ask(user_id)
    return product_id, acknowledged


def _all(readers: Iterable[Future[list[Seen]]]) -> Iterable[Seen]:
    return (each for reader in readers for each in reader.result())


def _is_at_fault(seen: Seen, off_at: dict[str, float]) -> bool:
    return any(off_at.get(each, float("inf")) < seen.asked_at for each in seen.product_ids)
