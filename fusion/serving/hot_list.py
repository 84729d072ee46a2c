"""Ranked lists kept in Redis, stamped so that a stale one is known as stale."""

import hashlib
from dataclasses import dataclass

import orjson
from django.conf import settings

from catalog.redis_link import Command
from fusion.serving import keys
from fusion.serving.heartbeat import Fleet
from fusion.serving.messages import Keep, RankedList, unpack_reply

# A list that knows nothing of the newest products is still good for this long; so a shop
# that imports all day does not lose all lists every second.
CATALOGUE_LAG_MS = 60_000


@dataclass(frozen=True, slots=True)
class HotList:
    """A kept list.

    Attributes:
        history_stamp: of the history it was made from, see `KnownShopper`; 0 without any.
        asked_at_ms: unix milliseconds at which the ranking was asked for.
    """

    ranked: RankedList
    history_stamp: int
    asked_at_ms: int

    def is_fresh(self, fleet: Fleet, *, history_stamp: int, now_ms: int) -> bool:
        """Say whether the model would rank the same now."""
        # An empty list is about what the model did not know: the next change may be just that.
        lag_ms = CATALOGUE_LAG_MS if self.ranked.product_pks else 0
        return self.history_stamp == history_stamp and is_of_now(
            fleet, self.ranked.version_id, self.asked_at_ms, now_ms=now_ms, lag_ms=lag_ms
        )


def is_of_now(
    fleet: Fleet,
    version_id: int,
    asked_at_ms: int,
    *,
    now_ms: int,
    lag_ms: int = CATALOGUE_LAG_MS,
) -> bool:
    """Say whether the model that ranks now ranked, and knew the catalogue as it is."""
    knows_catalogue = asked_at_ms > fleet.catalogue_at_ms or now_ms - asked_at_ms < lag_ms
    return version_id in fleet.version_ids and knows_catalogue


def key(*parts: object, shopper_pk: int | None = None) -> str:
    """Return the key of the list made under these circumstances.

    The shopper stands in front, so that all lists of one who is erased can be found.
    """
    digest = hashlib.blake2b(orjson.dumps(parts, default=sorted), digest_size=16)
    return keys.hot_list(f"{shopper_pk or ''}:{digest.hexdigest()}")


def lifetime_s(*, is_passing: bool = False) -> int:
    """Return how long a list is kept; one for a passing question only as long as it may pass."""
    if is_passing:
        return int(settings.FUSION_PASSING_LIST_SECONDS)
    return int(settings.FUSION_HOT_LIST_SECONDS)


def write_command(keep: Keep, ranked_list: bytes) -> Command:
    """Return the command that keeps a packed ranked list."""
    stamp = orjson.dumps([keep.history_stamp, keep.asked_at_ms])
    return "SET", keep.key, stamp + b"\n" + ranked_list, "EX", keep.seconds


def read(body: bytes | None) -> HotList | None:
    """Read what `write_command` kept; None when there is nothing."""
    if not body:
        return None
    stamp, _, ranked = body.partition(b"\n")
    history_stamp, asked_at_ms = orjson.loads(stamp)
    return HotList(unpack_reply(ranked), history_stamp, asked_at_ms)
