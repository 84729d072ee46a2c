"""The serve workers in Redis: each writes its own sign of life, then one summary of all.

A web process reads the summary together with the hot list, in one round trip and a few
microseconds, however many workers there are. Who is gone drops out of it with the next beat of
any other worker; when all are gone it expires.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings

from catalog.redis_link import RedisLink
from fusion.serving import keys
from fusion.serving.heartbeat import LIFETIME_S, Heartbeat, pack, summary, unpack


@dataclass(frozen=True, slots=True)
class LivingWorker:
    """A serve worker as others see it; `age_s` is the age of its last sign of life."""

    said: Heartbeat
    age_s: float

    def words(self) -> str:
        """Return one plain sentence about the worker."""
        loaded = f"version {self.said.version_id}" if self.said.version_id else "no version"
        busy = f"{self.said.busy:.0%} busy, {self.said.requests_per_s:.0f} requests/s"
        seen = f"seen {self.age_s:.1f} s ago"
        words = f"{self.said.worker} has {loaded} loaded ({busy}, {seen}). {self.said.problem}"
        return words.rstrip()


class Membership:
    """One worker's place in the fleet."""

    def __init__(self, name: str, link: RedisLink) -> None:
        self._name = name
        self._link = link

    def say(self, heartbeat: Heartbeat) -> None:
        """Publish a sign of life.

        Raises:
            RedisDownError: nobody heard it.
        """
        own = keys.worker_heartbeat(self._name)
        self._link.run(
            ("SET", own, pack(heartbeat), "EX", LIFETIME_S), ("SADD", keys.WORKERS, self._name)
        )
        self._publish_summary()

    def leave(self) -> None:
        """Withdraw the sign of life, so that nobody asks a worker that ends.

        Raises:
            RedisDownError: nobody heard it; the sign expires by itself.
        """
        own = keys.worker_heartbeat(self._name)
        self._link.run(("DEL", own), ("SREM", keys.WORKERS, self._name))
        self._publish_summary()

    def _publish_summary(self) -> None:
        living, gone = _look(self._link)
        said = summary(living, deadline_ms=settings.FUSION_SERVE_DEADLINE_MS)
        publish = ("SET", keys.HEARTBEAT, said, "EX", LIFETIME_S)
        forget = ("SREM", keys.WORKERS, *gone)
        self._link.run(publish if living else ("DEL", keys.HEARTBEAT), *([forget] if gone else []))


def living_workers(link: RedisLink) -> list[LivingWorker]:
    """Return all serve workers that are there, by name.

    Raises:
        RedisDownError: nobody can tell.
    """
    living, _ = _look(link)
    ages = [("PTTL", keys.worker_heartbeat(each.worker)) for each in living]
    left_ms = link.run(*ages) if ages else []
    return [
        LivingWorker(each, max(0.0, LIFETIME_S - left / 1000))
        for each, left in zip(living, left_ms, strict=True)
    ]


def _look(link: RedisLink) -> tuple[list[Heartbeat], list[str]]:
    """Return the signs of life by name of worker, and the names without one."""
    [names] = link.run(("SMEMBERS", keys.WORKERS))
    known = sorted(name.decode() for name in names)
    if not known:
        return [], []
    [bodies] = link.run(("MGET", *map(keys.worker_heartbeat, known)))
    living = [unpack(body) for body in bodies if body]
    return living, list(_missing(known, bodies))


def _missing(names: Sequence[str], bodies: Sequence[bytes | None]) -> Iterator[str]:
    return (name for name, body in zip(names, bodies, strict=True) if not body)
