"""A connection is found to be dead before a query meets it."""

import psycopg
import pytest
from django.db import connection

from catalog import statements

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def test_a_connection_that_the_server_ended_is_noticed_at_once() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    pid = connection.connection.info.backend_pid

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    assert not connection.is_usable()
    connection.close()
    assert statements.rows("SELECT 1") == [(1,)]
