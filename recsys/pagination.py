"""Pages of lists."""

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirstPagination(CursorPagination):
    """Pages that stay the same while rows are added."""

    ordering = "-id"

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return where the page begins; a cursor that we never gave out is unknown."""
        cursor = super().decode_cursor(request)
        if cursor is None or str(cursor.position or "0").isdecimal():
            return cursor
        raise NotFound(self.invalid_cursor_message)
