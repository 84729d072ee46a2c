"""What the model reads of a shopper: the same reading for training and for a request.

In SQL, because it runs for every answer; see `catalog.statements`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from catalog import statements
from users.models import Event, EventKind, Shopper, ShopperKind

# How strongly an act speaks for a product; `remove` takes the product out of the history.
KIND_WEIGHT: dict[str, float] = {
    EventKind.VIEW: 0.2,
    EventKind.CART: 0.6,
    EventKind.LIKE: 0.8,
    EventKind.RATING: 1.0,
    EventKind.PURCHASE: 1.0,
}
LENGTH = 200
Statement = tuple[str, list[Any]]  # SQL and its parameters

ACTS = f"FROM {Event._meta.db_table} e WHERE e.shopper_id = {{}} AND e.occurred_at < %s"
NEWEST_FIRST = " ORDER BY e.occurred_at DESC, e.id DESC LIMIT %s"
LAST_ACTS = ACTS + NEWEST_FIRST
# A sum, since a merge may bring older acts than the newest one, and an erasure may take some.
STAMP = f"SELECT CAST(sum(h.id) AS bigint) FROM (SELECT e.id {LAST_ACTS.format('{}')}) h"  # noqa: S608
STAMP_OF = STAMP.format("%s")
WHO = "SELECT s.id AS pk, s.merged_into_id AS merged_into, NULL AS stamp "
WHO += f"FROM {Shopper._meta.db_table} s "
WHO += "WHERE {} ORDER BY s.kind LIMIT 1"  # customers come before visitors
WHO_AND_STAMP = WHO.replace("NULL", f"({STAMP.format('coalesce(s.merged_into_id, s.id)')})")
NAMED = "(s.kind = %s AND s.external_id = %s)"
SECONDS = {
    "sqlite": "CAST(strftime('%%s', e.occurred_at) AS INTEGER)",
    "postgresql": "floor(extract(epoch FROM e.occurred_at))::bigint",
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act that speaks for a product."""

    product_pk: int
    weight: float
    occurred_at: int  # unix seconds


class Act(NamedTuple):
    """One event as it is stored."""

    product_pk: int
    kind: str
    occurred_at: int  # unix seconds


@dataclass(frozen=True, slots=True)
class KnownShopper:
    """A shopper, and the stamp that tells when their history changed.

    Attributes:
        history_stamp: the sum of the keys of the acts that `recent_history` reads; 0 without any.
    """

    pk: int
    history_stamp: int


def find_shopper(*, user_id: str | None, visitor_id: str | None) -> int | None:
    """Return the key of the customer, else the visitor; a merged visitor is the customer.

    Where a customer is named, a visitor who became another one counts for nothing: two people
    may use one device.
    """
    asked = _named(WHO, [], user_id, visitor_id)
    found = _first(asked, user_id)
    return found.pk if found else None


def known_shopper(
    *, user_id: str | None, visitor_id: str | None, before: datetime
) -> KnownShopper | None:
    """Return whom `find_shopper` finds, with the stamp of their history before `before`."""
    asked = who_and_stamp(user_id=user_id, visitor_id=visitor_id, before=before)
    return _first(asked, user_id)


def who_and_stamp(*, user_id: str | None, visitor_id: str | None, before: datetime) -> Statement:
    """Return the SELECT of at most one row that `named_shopper` reads."""
    return _named(WHO_AND_STAMP, [_moment(before), LENGTH], user_id, visitor_id)


def named_shopper(row: statements.Row, *, user_id: str | None) -> KnownShopper | None:
    """Read a row of `who_and_stamp`."""
    pk, merged_into, stamp = row
    if pk is None or (user_id and merged_into):
        return None
    return KnownShopper(merged_into or pk, stamp or 0)


def _first(statement: Statement, user_id: str | None) -> KnownShopper | None:
    sql, parameters = statement
    for row in statements.rows(sql, parameters) if parameters else ():
        return named_shopper(row, user_id=user_id)
    return None


def _named(
    sql: str, parameters: list[Any], user_id: str | None, visitor_id: str | None
) -> Statement:
    """Return a SELECT of the first shopper of these names; without parameters for no name."""
    named = [(ShopperKind.CUSTOMER, user_id), (ShopperKind.VISITOR, visitor_id)]
    asked = [str(value) for kind, name in named if name for value in (kind, name)]
    whose = " OR ".join([NAMED] * (len(asked) // 2))
    return sql.format(whose), [*parameters, *asked] if asked else []


def history_stamp(shopper_pk: int, *, before: datetime) -> int:
    """Return the stamp of a history."""
    [[found]] = statements.rows(STAMP_OF, [shopper_pk, _moment(before), LENGTH])
    return found or 0


def recent_history(
    shopper_pk: int, *, before: datetime, length: int = LENGTH
) -> tuple[HistoryEntry, ...]:
    """Return the last `length` acts before `before`, oldest first, less what was removed since."""
    return history_of(last_acts(shopper_pk, before=before, length=length))


def last_acts(shopper_pk: int, *, before: datetime, length: int = LENGTH) -> list[Act]:
    """Return the last `length` acts before `before`, the last one first."""
    sql = f"SELECT e.product_id, e.kind, {SECONDS[connection.vendor]} {LAST_ACTS.format('%s')}"
    rows = statements.rows(sql, [shopper_pk, _moment(before), length])
    return [Act(*row) for row in rows]


def history_of(acts: Sequence[Act]) -> tuple[HistoryEntry, ...]:
    """Return what acts, the last one first, speak for: oldest first, less what was removed."""
    removed: set[int] = set()
    kept: list[HistoryEntry] = []
    for product_pk, kind, seconds in acts:
        if kind == EventKind.REMOVE:
            removed.add(product_pk)
        elif product_pk not in removed:
            kept.append(HistoryEntry(product_pk, KIND_WEIGHT[kind], seconds))
    return tuple(reversed(kept))


def recently_viewed(shopper_pk: int, *, before: datetime, views: int = 1_000) -> list[int]:
    """Return the products a shopper looked at last, the last one first, each once.

    Reads at most `views` acts, so that a robot's history costs no more than a person's.
    """
    last = acted_on(shopper_pk, before=before, kind=EventKind.VIEW, most=views)
    return list(dict.fromkeys(last))


def acted_on(
    shopper_pk: int, *, before: datetime, kind: EventKind | None = None, most: int
) -> list[int]:
    """Return the products of the last acts, or of the last of one kind, the last one first."""
    whose, only, parameters = ACTS.format("%s"), "", [shopper_pk, _moment(before)]
    if kind is not None:
        only, parameters = " AND e.kind = %s", [*parameters, str(kind)]
    sql = f"SELECT e.product_id {whose}{only}{NEWEST_FIRST}"
    return [row[0] for row in statements.rows(sql, [*parameters, most])]


def _moment(value: datetime) -> str | datetime:
    """Return a moment as the database compares it: SQLite keeps text."""
    return connection.ops.adapt_datetimefield_value(value) or value
