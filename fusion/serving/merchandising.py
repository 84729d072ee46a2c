"""Scenarios and rules as they are now: this process's copy, at most a second old.

A change in the admin reaches every process by the clock alone. Asking the database once a second
costs less than asking Redis for a revision with every request, and a write past the admin counts
too.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from fusion.models import Scenario
from fusion.serving.after_ranking.rules import ActiveRule, load_rules
from fusion.serving.scenarios import BUILT_IN, ScenarioSettings, UnknownScenarioError

CACHED_S = 1.0


@dataclass(frozen=True, slots=True)
class Merchandising:
    """What the shop wants shown.

    Attributes:
        rules_stamp: digest of the rules: the same in every process, another after any change.
    """

    scenarios: Mapping[str, ScenarioSettings]
    rules: tuple[ActiveRule, ...]
    rules_stamp: str

    def scenario(self, name: str) -> ScenarioSettings:
        """Return a scenario; raise UnknownScenarioError where there is none of that name."""
        if name not in self.scenarios:
            raise UnknownScenarioError(name, self.scenarios)
        return self.scenarios[name]

    def settings_of(self, label: str) -> ScenarioSettings:
        """Return the settings of answers that no scenario is stored for."""
        return self.scenarios.get(label) or ScenarioSettings(label)

    def rules_for(self, scenario: str, *, now: datetime) -> tuple[ActiveRule, ...]:
        """Return the rules that hold."""
        return tuple(rule for rule in self.rules if rule.holds(scenario, now))


class MerchandisingCache:
    """One thread renews an old copy, the others go on with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Merchandising | None = None
        self._expires_at = 0.0

    def get(self, *, now: datetime) -> Merchandising:
        """Return scenarios and rules."""
        known = self._known
        if known is not None and self._clock() < self._expires_at:
            return known
        if known is None:
            with self._lock:
                return self._known or self._renew(now)
        if not self._lock.acquire(blocking=False):
            return known
        try:
            return self._renew(now)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Drop the copy."""
        self._known = None

    def _renew(self, now: datetime) -> Merchandising:
        rows = Scenario.objects.order_by("name")
        stored = {row.name: ScenarioSettings.from_row(row) for row in rows}
        rules = load_rules(now=now)
        self._known = Merchandising({**BUILT_IN, **stored}, rules, _stamp(rules))
        self._expires_at = self._clock() + CACHED_S
        return self._known


def _stamp(rules: tuple[ActiveRule, ...]) -> str:
    body = orjson.dumps(rules, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else str(value)


merchandising_cache = MerchandisingCache()
