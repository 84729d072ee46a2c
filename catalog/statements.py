"""SQL that runs with every answer, past the parts of Django that it does not need.

Building a statement with the ORM takes several times the processor time of running it, and
Django's cursor three times that of psycopg's own, which has PostgreSQL keep the plan.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection

Row = tuple[Any, ...]


def rows(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Return the rows of a SELECT."""
    if connection.vendor != "postgresql" or connection.queries_logged:
        with connection.cursor() as counted:
            counted.execute(sql, parameters)
            return list(counted.fetchall())
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        cursor: psycopg.Cursor[Row] = psycopg.Cursor(connection.connection)
        found: list[Row] = cursor.execute(sql, parameters).fetchall()
        return found


def keys_parameter(keys: Iterable[object]) -> str:
    """Return keys as the text of one array parameter: psycopg takes long over lists."""
    return f"{{{','.join(map(str, keys))}}}"
