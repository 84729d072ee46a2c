"""Redis with little patience: a request never waits long for what it can do without."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from django.conf import settings
from hiredis import pack_command
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionInterface
from redis.exceptions import RedisError
from redis.retry import Retry

from catalog.breaker import Breaker

Command = tuple[str | bytes | int | float, ...]
CONNECT_TIMEOUT_S = 0.25
PAUSE_S = 1.0


class RedisDownError(Exception):
    """Redis did not answer, or was left alone because it did not answer a moment ago."""


class QueueFullError(Exception):
    """Too many messages wait already."""


class RedisLink:
    """Sends commands in one round trip over pooled connections; safe to share between threads.

    Leaner than redis-py's pipelines, which cost as much as the rest of a cached answer, and
    able to look at the first reply while the second is still to come.

    Args:
        hang_timeout_s: seconds without a byte after which the server counts as hanging; must
            be longer than any blocking command.
    """

    def __init__(self, url: str, *, hang_timeout_s: float) -> None:
        self._breaker = Breaker(tolerated=0, pause_s=PAUSE_S)
        self._pool: ConnectionPool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=hang_timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._silent: deque[ConnectionInterface] = deque()  # idle connections that get no replies

    def run(self, *commands: Command) -> list[Any]:
        """Return the replies of `commands`.

        Raises:
            RedisDownError: there is no answer, or a reply is an error.
        """
        with self._sent(*commands) as connection:
            return [connection.read_response() for _ in commands]

    def post(self, *commands: Command) -> None:
        """Send `commands` and wait for nothing; that one of them failed is never known.

        Waiting costs more than sending: the thread is put aside and fetched back.

        Raises:
            RedisDownError: there is nobody to send them to.
        """
        if not self._breaker.allows():
            raise RedisDownError("left alone after a failure")
        try:
            connection = self._silent.pop()
        except IndexError:
            connection = self._pool.make_connection()
        try:
            self._silence(connection)
            connection.send_packed_command(_packed(commands), check_health=False)
        except (RedisError, OSError) as error:
            connection.disconnect()
            self._breaker.failed()
            raise RedisDownError(str(error)) from error
        finally:
            # No success is noted: a server that hangs takes what is sent to it, too.
            self._silent.append(connection)

    def _silence(self, connection: ConnectionInterface) -> None:
        """Make sure the connection stands, and that the server answers nothing on it."""
        with suppress(RedisError, OSError):  # it ended, or there is none yet
            if connection.is_connected and not connection.can_read():
                return
        connection.disconnect()
        connection.connect()
        connection.send_command("CLIENT", "REPLY", "OFF")

    def push_and_wait(
        self, queue: str, message: bytes, reply_key: str, *, wait_s: float, limit: int
    ) -> bytes | None:
        """Push a message and return its reply; None when none comes in time.

        Raises:
            RedisDownError: there is no answer.
            QueueFullError: more than `limit` messages wait; the message is taken back.
        """
        push: Command = ("RPUSH", queue, message)
        wait: Command = ("BLPOP", reply_key, round(max(wait_s, 0.001), 3))
        with self._sent(push, wait) as connection:
            is_full = connection.read_response() > limit
            if is_full:
                connection.disconnect()  # ends our own blocking pop
            else:
                found: list[bytes] | None = connection.read_response()
                return found[1] if found else None
        # Everybody beyond the limit turns away, so the list never outgrows it.
        self.run(("LTRIM", queue, 0, limit - 1))
        raise QueueFullError

    @contextmanager
    def _sent(self, *commands: Command) -> Iterator[Connection]:
        """Give a connection on which `commands` are sent and replies are to be read."""
        if not self._breaker.allows():
            raise RedisDownError("left alone after a failure")
        try:
            connection = self._pool.get_connection()
        except (RedisError, OSError) as error:
            self._breaker.failed()
            raise RedisDownError(str(error)) from error
        try:
            connection.send_packed_command(_packed(commands))
            yield connection
        except (RedisError, OSError) as error:
            # Unread replies may be left on the wire: this connection is spoilt.
            connection.disconnect()
            self._breaker.failed()
            raise RedisDownError(str(error)) from error
        else:
            self._breaker.succeeded()
        finally:
            self._pool.release(connection)


def _packed(commands: Sequence[Command]) -> list[bytes]:
    """Return commands as one piece to be sent; redis-py's own packing takes five times as long."""
    return [b"".join(pack_command(command) for command in commands)]  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _link(url: str) -> RedisLink:
    # Redis itself ends a blocking pop at the deadline; the rest is for a server that hangs.
    return RedisLink(url, hang_timeout_s=settings.FUSION_SERVE_DEADLINE_MS / 1000 + 0.25)


os.register_at_fork(after_in_child=_link.cache_clear)  # two processes on one wire mix it up


def redis_link() -> RedisLink:
    """Return this process's link to `settings.REDIS_URL`."""
    return _link(settings.REDIS_URL)
