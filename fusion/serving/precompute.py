"""Refreshes the hot lists of shoppers who are about, before they ask.

The serve workers answer these questions only while no request waits, a few at a time, so nobody
who waits for an answer notices.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings

from catalog.redis_link import RedisLink
from fusion.models import ModelVersion
from fusion.serving import keys
from fusion.serving.circumstances import CLOCK_SKEW, circumstances_of
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.questions import Foreseen, Outlook, ask_all, look
from fusion.serving.recommend import HOME
from users.models import Event

logger = logging.getLogger(__name__)
AT_ONCE = 8  # of one forward pass: what a live request may have to wait for
EVENTS_OF_ONE = 20  # read at most, on average, to find the next shopper
WAIT_MS = 2_000
PAUSE_S = 0.1  # while requests wait
MOST_S = 20.0  # then other tasks of the worker get their turn


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        num_active: shoppers looked at.
        num_refreshed: lists that were not fresh and are now.
        is_switching: the promoted version is not the one that answers yet, so come again.
    """

    num_active: int = 0
    num_refreshed: int = 0
    is_switching: bool = False


def refresh_hot_lists(*, now: datetime, seconds: float = MOST_S) -> Refreshed:
    """Have the lists of the last active shoppers ranked anew where they are not fresh.

    Ends early, without harm, when no worker answers or the time is up: what is left out is
    ranked when it is asked for, or at the next refresh. Two refreshes at once would do the same
    work twice, so the second one does nothing.

    Raises:
        RedisDownError: there is nowhere to keep lists.
    """
    shoppers = active_shoppers(now=now)
    link = RedisLink(settings.REDIS_URL, hang_timeout_s=WAIT_MS / 1000 + 1)
    if not shoppers or not _take_turn(link, seconds):
        return Refreshed()
    try:
        return _refresh(shoppers, link, now=now, give_up_at=time.monotonic() + seconds)
    finally:
        link.run(("DEL", keys.PRECOMPUTE_TURN))


def active_shoppers(*, now: datetime) -> list[int]:
    """Return the keys of shoppers with recent events, the last active one first."""
    most = settings.FUSION_PRECOMPUTE_SHOPPERS
    since = now - timedelta(minutes=settings.FUSION_PRECOMPUTE_MINUTES)
    recent = Event.objects.filter(occurred_at__gte=since).known_before(now + CLOCK_SKEW)
    rows = recent.newest_first().values_list("shopper_id", flat=True)[: EVENTS_OF_ONE * most]
    return list(islice(dict.fromkeys(rows), most))


def _take_turn(link: RedisLink, seconds: float) -> bool:
    lifetime_s = int(seconds + WAIT_MS / 1000) + 1
    [taken] = link.run(("SET", keys.PRECOMPUTE_TURN, 1, "NX", "EX", lifetime_s))
    return taken is not None


def _refresh(
    shoppers: list[int], link: RedisLink, *, now: datetime, give_up_at: float
) -> Refreshed:
    active = _active_version_ids()
    num_active = num_refreshed = 0
    for chunk in _chunks(shoppers):
        outlook = _quiet_outlook(_foreseen(chunk, now), link, give_up_at)
        if outlook is None:
            break
        if outlook.fleet is None or outlook.fleet.version_ids != active:
            return Refreshed(num_active, num_refreshed, is_switching=bool(active))
        num_active += len(chunk)
        if outlook.cold and not ask_all(
            outlook.cold, queue=keys.BACKGROUND, wait_ms=WAIT_MS, link=link
        ):
            break
        num_refreshed += len(outlook.cold)
    link.run(("INCRBY", keys.PRECOMPUTED, num_refreshed))
    refreshed = Refreshed(num_active, num_refreshed)
    counts = {"num_active": num_active, "num_refreshed": num_refreshed, "of": len(shoppers)}
    logger.info("serving.precomputed", extra=counts)
    return refreshed


def _chunks(shoppers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(shoppers), AT_ONCE):
        yield shoppers[start : start + AT_ONCE]


def _foreseen(shopper_pks: list[int], now: datetime) -> dict[str, Foreseen]:
    """Return what these shoppers will ask: the products of the home page."""
    home = merchandising_cache.get(now=now).scenario(HOME)
    questions = (
        Foreseen(
            circumstances_of(
                pk,
                settings=home,
                exclude_product_ids=(),
                context_product_ids=(),
                now=now,
                before=now + CLOCK_SKEW,
            )
        )
        for pk in shopper_pks
    )
    return {each.key: each for each in questions if each.circumstances.history_stamp}


def _quiet_outlook(
    foreseen: dict[str, Foreseen], link: RedisLink, give_up_at: float
) -> Outlook | None:
    """Return what needs asking once no request waits; None when that never comes."""
    while time.monotonic() < give_up_at:
        outlook = look(foreseen, link=link)
        if not outlook.num_waiting:
            return outlook
        time.sleep(PAUSE_S)
    return None


def _active_version_ids() -> tuple[int, ...]:
    active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)
    return tuple(active.values_list("pk", flat=True))
