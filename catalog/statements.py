"""SQL that runs with every answer, past the parts of Django that it does not need.

Building a statement with the ORM takes several times the processor time of running it. A cursor
takes as much again as PostgreSQL itself: a statement that the server knows already is run by its
name, and only psycopg's conversion of values stands in between.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, cast
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

Row = tuple[Any, ...]
Form = tuple[str, tuple[int, ...]]  # SQL and the types of its parameters
MOST_PREPARED = 100  # on one connection; what comes later is run like any other statement

# The server forgot the names, or a migration changed the type of a column.
STALE = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported)

_names: WeakKeyDictionary[psycopg.Connection[Any], dict[Form, bytes]] = WeakKeyDictionary()
_number = count()


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
        try:
            return _rows(connection.connection, sql, parameters)
        except STALE:
            _names.pop(connection.connection, None)
            if connection.in_atomic_block:
                raise  # the transaction is lost
        return _rows(connection.connection, sql, parameters)


def keys_parameter(keys: Iterable[object]) -> str:
    """Return keys as the text of one array parameter: psycopg takes long over lists."""
    return f"{{{','.join(map(str, keys))}}}"


def _rows(server: psycopg.Connection[Any], sql: str, parameters: Sequence[Any]) -> list[Row]:
    values = Transformer(server)
    sent = values.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
    name = _name_of(server, (sql, values.types or ()))
    if name is None:
        cursor: psycopg.Cursor[Row] = psycopg.Cursor(server)
        # Once psycopg has prepared anything itself, it has the server forget all after a rollback.
        return cursor.execute(sql, parameters, prepare=False).fetchall()
    found = server.pgconn.exec_prepared(name, cast(Sequence[bytes], sent), values.formats)
    _require(server, found, pq.ExecStatus.TUPLES_OK)
    values.set_pgresult(found)
    return values.load_rows(0, found.ntuples, tuple)


def _name_of(server: psycopg.Connection[Any], form: Form) -> bytes | None:
    """Return the name under which the server knows a statement; None if it is not to know it."""
    if not _can_go_past_cursor(server):
        return None
    names = _names.setdefault(server, {})
    if form not in names and len(names) < MOST_PREPARED:
        sql, types = form
        name = f"by_name_{next(_number)}".encode()
        known = server.pgconn.prepare(name, _numbered(sql), types)
        _require(server, known, pq.ExecStatus.COMMAND_OK)
        names[form] = name
    return names.get(form)


def _can_go_past_cursor(server: psycopg.Connection[Any]) -> bool:
    """Say whether statements may be prepared, and no transaction waits for psycopg's BEGIN."""
    if server.prepare_threshold is None:
        return False
    is_idle = server.pgconn.transaction_status == pq.TransactionStatus.IDLE
    return server.autocommit or not is_idle


def _numbered(sql: str) -> bytes:
    """Return SQL with the places of its parameters as PostgreSQL writes them."""
    first, *rest = (part.replace("%%", "%") for part in sql.split("%s"))
    return (first + "".join(f"${i}{part}" for i, part in enumerate(rest, start=1))).encode()


def _require(
    server: psycopg.Connection[Any], result: pq.abc.PGresult, status: pq.ExecStatus
) -> None:
    """Raise what is wrong, in the server's words if it still has any."""
    if result.status == status:
        return
    if server.pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
    raise psycopg.errors.error_from_result(result)
