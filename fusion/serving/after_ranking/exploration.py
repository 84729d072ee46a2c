"""Products that nobody can want yet, since nobody has seen them."""

import threading
import time
from collections.abc import Callable

from django.db.models import Exists, OuterRef

from catalog.models import Product
from users.models import Event

CACHED_S = 60.0
NEWEST = 200
UNTOUCHED = 200


class ExplorableCache:
    """The newest products, and products without a single event, as of a minute ago."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: list[int] | None = None
        self._expires_at = 0.0

    def get(self) -> list[int]:
        """Return product keys."""
        known = self._known
        if known is not None and self._clock() < self._expires_at:
            return known
        with self._lock:
            if self._known is None or self._clock() >= self._expires_at:
                self._known = _read()
                self._expires_at = self._clock() + CACHED_S
            return self._known

    def forget(self) -> None:
        """Drop the copy."""
        self._known = None


def _read() -> list[int]:
    shown = Product.objects.available()
    newest = shown.newest_first().values_list("pk", flat=True)[:NEWEST]
    has_events = Exists(Event.objects.filter(product=OuterRef("pk")))
    untouched = shown.filter(~has_events).order_by("-pk").values_list("pk", flat=True)[:UNTOUCHED]
    return list(dict.fromkeys([*newest, *untouched]))


explorable_cache = ExplorableCache()


def explorable_products() -> list[int]:
    """Return the keys of products that deserve a first chance."""
    return explorable_cache.get()
