"""Connections that die, and statements that run by name."""

import socket

import psycopg
import pytest
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction

from catalog import statements
from catalog.models import Category
from catalog.statements import MOST_PREPARED

TABLE = Category._meta.db_table
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


def test_a_server_that_hangs_up_in_the_middle_is_an_error_of_operation() -> None:
    assert statements.rows("SELECT %s::int", [1]) == [(1,)]
    with socket.fromfd(connection.connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.shutdown(socket.SHUT_RDWR)

    with pytest.raises(OperationalError):
        statements.rows("SELECT %s::int", [1])
    connection.close()
    assert statements.rows("SELECT %s::int", [1]) == [(1,)]


def test_an_error_in_a_statement_is_the_one_a_cursor_raises() -> None:
    with pytest.raises(DataError, match="division by zero"):
        statements.rows("SELECT 1 / %s::int", [0])

    assert statements.rows("SELECT 1 / %s::int", [1]) == [(1,)]


def test_within_a_transaction_a_statement_sees_what_it_wrote() -> None:
    with transaction.atomic():
        Category.objects.create(path="Lamps")

        assert statements.rows(f"SELECT path FROM {TABLE} WHERE path = %s", ["Lamps"]) == [
            ("Lamps",)
        ]


def test_a_server_that_forgot_the_names_is_told_again() -> None:
    statements.rows("SELECT %s::int", [1])
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    assert statements.rows("SELECT %s::int", [2]) == [(2,)]


def test_a_migration_in_between_changes_the_plan() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE kept (name varchar(20))")
        statements.rows("SELECT name FROM kept")
        cursor.execute("ALTER TABLE kept ALTER COLUMN name TYPE varchar(40)")

    assert statements.rows("SELECT name FROM kept") == []


@transaction.atomic
def forget_and_ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    statements.rows("SELECT %s::int", [1])


def test_a_transaction_that_meets_a_forgotten_name_is_lost_and_the_next_is_not() -> None:
    statements.rows("SELECT %s::int", [1])

    with pytest.raises(ProgrammingError, match="does not exist"):
        forget_and_ask()

    assert statements.rows("SELECT %s::int", [1]) == [(1,)]


def test_a_percent_sign_is_written_twice_as_for_a_cursor() -> None:
    assert statements.rows("SELECT 7 %% %s::int", [4]) == [(3,)]


def test_beyond_the_most_that_are_prepared_statements_run_all_the_same() -> None:
    found = [statements.rows(f"SELECT {number}") for number in range(MOST_PREPARED + 5)]

    assert found == [[(number,)] for number in range(MOST_PREPARED + 5)]
