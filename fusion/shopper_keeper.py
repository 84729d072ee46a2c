"""What the recommendations keep of shoppers: answers, ranked lists, and what versions learned."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from catalog.redis_link import RedisDownError, redis_link
from fusion.models import ModelVersion, ServedList
from fusion.serving import keys
from users.keepers import Rows
from users.models import Event

ROWS_AT_ONCE = 2_000
SCANNED_AT_ONCE = 5_000
COLUMNS = (
    "recommendation_id",
    "scenario",
    "model_version_id",
    "fallback_level",
    "question",
    "results",
    "took_ms",
    "created_at",
)


class ServingKeeper:
    """A keeper of `users.keepers`, named in the settings."""

    def sections(self, shopper_pks: Sequence[int]) -> Mapping[str, Rows]:
        """Return the answers that were shown to the shoppers."""
        return {"served_lists": _served_lists(shopper_pks)}

    def trained_on(self, shopper_pks: Sequence[int]) -> list[int]:
        """Return the versions whose training saw an event of the shoppers."""
        seen = Event.objects.filter(
            shopper__in=shopper_pks,
            occurred_at__lt=OuterRef("cutoff"),
            received_at__lt=OuterRef("created_at"),
        )
        found = ModelVersion.objects.filter(Exists(seen)).order_by("pk")
        return list(found.values_list("pk", flat=True))

    def forget(self, shopper_pks: Sequence[int]) -> None:
        """Delete the ranked lists in Redis; while it is down they end by themselves, in a day."""
        try:
            for shopper_pk in shopper_pks:
                for names in _kept(keys.hot_list(f"{shopper_pk}:*")):
                    redis_link().run(("DEL", *names))
        except RedisDownError:
            return


def _served_lists(shopper_pks: Sequence[int]) -> Iterator[dict[str, Any]]:
    rows = ServedList.objects.filter(shopper__in=shopper_pks).order_by("created_at")
    yield from rows.values(*COLUMNS).iterator(ROWS_AT_ONCE)


def _kept(pattern: str) -> Iterator[list[bytes]]:
    """Give the names in Redis that match, in parts, without holding the server up."""
    cursor = b"0"
    while True:
        [[cursor, names]] = redis_link().run(
            ("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED_AT_ONCE)
        )
        if names:
            yield names
        if int(cursor) == 0:
            return
