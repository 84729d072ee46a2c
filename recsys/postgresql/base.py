"""The backend that `DATABASES` names."""

import select
import time

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

ASKED_EVERY_S = 1.0


class DatabaseWrapper(PostgreSQL):
    """Asks the server whether a connection still works at most once a second.

    Django asks before the first query of every request, which costs as much as the query. In
    between, a look at the socket tells as much: a server that ends a connection says so.
    """

    _asked_at = 0.0

    def is_usable(self) -> bool:
        """Say whether the next query will find the server."""
        if not self.errors_occurred and self._is_known_good():
            return True
        asked_at = time.monotonic()
        is_usable: bool = super().is_usable()
        self._asked_at = asked_at if is_usable else 0.0
        return is_usable

    def _is_known_good(self) -> bool:
        if self.connection is None or time.monotonic() - self._asked_at > ASKED_EVERY_S:
            return False
        return not self._has_news()

    def _has_news(self) -> bool:
        """Say whether the server sent something unasked: mostly that it is going away."""
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))
