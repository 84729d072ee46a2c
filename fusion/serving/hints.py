"""Hearing of a promotion at once; the database is looked at every second anyway."""

import time
from threading import Event

from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

from fusion.serving import keys

STOP_CHECK_S = 0.2


class VersionHints:
    """Waits for a message on the channel that promotions publish to."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, protocol=2, socket_timeout=5, socket_connect_timeout=1)
        self._channel: PubSub | None = None

    def wait(self, seconds: float, *, stopping: Event) -> None:
        """Return after `seconds`, or as soon as a promotion or a stop is announced."""
        give_up_at = time.monotonic() + seconds
        try:
            if self._channel is None:
                self._channel = self._redis.pubsub(ignore_subscribe_messages=True)
                self._channel.subscribe(keys.ACTIVE_VERSION_CHANNEL)
            while time.monotonic() < give_up_at and not stopping.is_set():
                if self._channel.get_message(timeout=STOP_CHECK_S) is not None:
                    return
        except RedisError:
            self._channel = None
            stopping.wait(max(0.0, give_up_at - time.monotonic()))
