"""Pages of lists."""

from rest_framework.pagination import CursorPagination


class NewestFirstPagination(CursorPagination):
    """Pages that stay the same while rows are added."""

    ordering = "-id"
