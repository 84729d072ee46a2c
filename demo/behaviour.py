"""What the simulated shoppers do: visits, each a row of products, each product some events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from demo.products import SimulatedProduct
from demo.tastes import Floats, Taste, utilities

NUM_DAYS = 60
_SHARE_OF_NEWCOMERS = 0.01  # shoppers who have not done anything yet
_MEAN_VISITS = 2.9
_MEAN_PRODUCTS_PER_VISIT = 4.0
_SHARE_OF_WHIMS = 0.05  # picks that follow no taste, only popularity
_POPULARITY_SPREAD = 0.6  # standard deviation of log popularity: a long tail
_FOLLOWS_THE_CHAIN = {"circle": 0.5, "mix": 0.3}  # how often the next in the circle comes next
_FOLLOWS_ANYWAY = 0.05
_STAYS_WITH_A_KIND = 0.9  # visits that compare products of one kind
_KIND_PULL = 4.0
_NOVELTY_PULL, _NOVELTY_DAYS = 2.0, 8.0  # how strongly, and how long, a launch draws


@dataclass(frozen=True)
class _Act:
    """Something done to a product, before it becomes a row."""

    taste: Taste
    product: SimulatedProduct
    kind: str
    at: datetime
    value: int | None = None
    quantity: int = 1


class Simulation:
    """Draws every event from one generator, so a seed always tells the same story."""

    def __init__(self, products: list[SimulatedProduct], *, seed: int, now: datetime) -> None:
        self._products = products
        self._now = now
        self._rng = np.random.default_rng([seed, 1])
        self._popularity: Floats = self._rng.normal(0, _POPULARITY_SPREAD, len(products))
        self._launch_day = np.array([product.launched for product in products]) * NUM_DAYS
        self._kinds = np.array([product.kind.noun for product in products])
        self._next = _chain(products)

    def events(self, tastes: list[Taste]) -> list[dict[str, Any]]:
        """Return the events of all shoppers in the order of time."""
        acts = [act for taste in tastes for act in self._life(taste)]
        acts.sort(key=lambda act: (act.at, act.taste.user_id))
        return [self._row(act) for act in acts]

    def _life(self, taste: Taste) -> Iterator[_Act]:
        if self._rng.random() < _SHARE_OF_NEWCOMERS:
            return
        drawn = utilities(taste, self._products)
        visits = int(min(40, self._rng.geometric(1 / _MEAN_VISITS)))
        seen: set[int] = set()
        for start in sorted(self._moment() for _ in range(visits)):
            yield from self._visit(taste, drawn, start, seen)

    def _moment(self) -> datetime:
        day = int(self._rng.integers(NUM_DAYS))
        hour = float(np.clip(self._rng.normal(19, 3), 7, 22.5))
        return self._now - timedelta(days=NUM_DAYS - day, hours=-hour)

    def _visit(self, taste: Taste, drawn: Floats, at: datetime, seen: set[int]) -> Iterator[_Act]:
        on_sale = self._on_sale(at)
        logits, last = drawn, None
        stays = self._rng.random() < _STAYS_WITH_A_KIND
        for _ in range(1 + int(self._rng.poisson(_MEAN_PRODUCTS_PER_VISIT - 1))):
            last = self._pick(taste, logits, on_sale, last, seen)
            if stays:
                logits = drawn + _KIND_PULL * (self._kinds == self._kinds[last])
            seen.add(last)
            at += timedelta(seconds=int(self._rng.integers(15, 150)))
            liking = float((drawn < drawn[last]).mean())
            yield from self._acts(taste, self._products[last], liking, at)

    def _on_sale(self, at: datetime) -> Floats:
        """Return (N,) logits that all shoppers share: popularity, launches, minus infinity."""
        age = NUM_DAYS - (self._now - at) / timedelta(days=1) - self._launch_day
        novelty = _NOVELTY_PULL * np.exp(-np.maximum(age, 0) / _NOVELTY_DAYS)
        known_from_the_start = self._launch_day == 0
        drawn = self._popularity + np.where(known_from_the_start, 0.0, novelty)
        return np.where(age >= 0, drawn, -np.inf)

    def _pick(
        self, taste: Taste, drawn: Floats, on_sale: Floats, last: int | None, seen: set[int]
    ) -> int:
        """Return the next product; one seen before only rarely."""
        follows = _FOLLOWS_THE_CHAIN.get(taste.led_by, _FOLLOWS_ANYWAY)
        following = -1 if last is None else self._next.get(last, -1)
        if following >= 0 and np.isfinite(on_sale[following]) and self._rng.random() < follows:
            return following
        logits = on_sale.copy()
        if self._rng.random() >= _SHARE_OF_WHIMS:
            logits += drawn
        logits[list(seen)] -= 2.0
        weights = np.exp(logits - logits.max())
        return int(self._rng.choice(len(weights), p=weights / weights.sum()))

    def _acts(
        self, taste: Taste, product: SimulatedProduct, liking: float, at: datetime
    ) -> Iterator[_Act]:
        chance = self._rng.random(6)
        yield _Act(taste, product, "view", at)
        if chance[0] < 0.02 + 0.16 * liking**2:
            yield _Act(taste, product, "like", at + timedelta(seconds=5))
        if chance[1] >= 0.06 + 0.32 * liking**2:
            return
        quantity = 2 if chance[2] > 0.9 else 1
        yield _Act(taste, product, "cart", at + timedelta(seconds=8), quantity=quantity)
        if chance[3] < 0.6:
            yield _Act(taste, product, "purchase", at + timedelta(seconds=12), quantity=quantity)
            yield from self._rating(taste, product, liking, at)
        elif chance[4] < 0.4:
            yield _Act(taste, product, "remove", at + timedelta(seconds=12))

    def _rating(
        self, taste: Taste, product: SimulatedProduct, liking: float, at: datetime
    ) -> Iterator[_Act]:
        later = at + timedelta(days=float(self._rng.uniform(1, 7)))
        stars = int(np.clip(round(self._rng.normal(2.6 + 2.0 * liking, 0.8)), 1, 5))
        if later < self._now and self._rng.random() < 0.35:
            yield _Act(taste, product, "rating", later.replace(microsecond=0), value=stars)

    def _row(self, act: _Act) -> dict[str, Any]:
        return {
            "event_id": str(UUID(bytes=self._rng.bytes(16), version=4)),
            "user_id": act.taste.user_id,
            "product_id": act.product.product_id,
            "kind": act.kind,
            "value": act.value,
            "occurred_at": act.at.astimezone(UTC).isoformat(timespec="seconds"),
            "price": act.product.price,
            "quantity": act.quantity,
        }


def _chain(products: list[SimulatedProduct]) -> dict[int, int]:
    """Map each product's row to the row of the next one of its circle that is on sale."""
    rows: dict[int, list[int]] = {}
    for row, product in enumerate(products):
        if not product.is_new:
            rows.setdefault(product.circle, []).append(row)
    following: dict[int, int] = {}
    for circle in rows.values():
        circle.sort(key=lambda row: products[row].circle_position)
        following.update(zip(circle, circle[1:] + circle[:1], strict=True))
    return following
