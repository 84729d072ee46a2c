"""What may be shown to whom, read from the database of record just before answering.

In SQL, because it runs for every answer: building this query with the ORM takes five times the
processor time of running it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from catalog.models import Category, Product
from users.models import Event, EventKind

Condition = tuple[str, list[Any]]  # SQL and its parameters

SELECT = f"SELECT p.id, p.external_id FROM {Product._meta.db_table} p WHERE p.is_available"  # noqa: S608
NOT_BOUGHT = (
    f"NOT EXISTS (SELECT 1 FROM {Event._meta.db_table} e "  # noqa: S608
    "WHERE e.product_id = p.id AND e.shopper_id = %s AND e.kind = %s)"
)
NEWEST_FIRST = " ORDER BY p.created_at DESC, p.id DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class ShowRules:
    """Conditions each product of an answer meets, whatever ranked or cached it.

    Attributes:
        excluded_ids: the shop's ids the caller does not want.
        category_pks: only products of these; None means any.
        buyer_pk: a shopper whose purchases are not shown again; None shows them.
    """

    excluded_ids: frozenset[str] = frozenset()
    category_pks: frozenset[int] | None = None
    buyer_pk: int | None = None

    def showable(self, product_pks: Collection[int]) -> dict[int, str]:
        """Return the shop's ids of those products that may be shown."""
        return dict(_select([*self._conditions(), _is_in("p.id", product_pks)]))

    def newest(self, limit: int) -> list[int]:
        """Return the products that came last, of those that may be shown."""
        rows = _select(self._conditions(), (NEWEST_FIRST, [limit]))
        return [product_pk for product_pk, _ in rows]

    def _conditions(self) -> list[Condition]:
        conditions: list[Condition] = []
        if self.excluded_ids:
            sql, parameters = _is_in("p.external_id", self.excluded_ids)
            conditions.append((f"NOT {sql}", parameters))
        if self.category_pks is not None:
            conditions.append(_is_in("p.category_id", self.category_pks))
        if self.buyer_pk is not None:
            conditions.append((NOT_BOUGHT, [self.buyer_pk, str(EventKind.PURCHASE)]))
        return conditions


def category_pks(path: str) -> frozenset[int]:
    """Return the category of this path and all below it; none when the path is unknown."""
    path = " > ".join(name.strip() for name in path.split(">"))
    tree = Category.objects.filter(Q(path=path) | Q(path__startswith=f"{path} > "))
    return frozenset(tree.values_list("pk", flat=True))


def _is_in(column: str, values: Collection[int] | Collection[str]) -> Condition:
    if not values:
        return "(1 = 0)", []
    return f"({column} IN ({', '.join(['%s'] * len(values))}))", list(values)


def _select(conditions: list[Condition], end: Condition = ("", [])) -> list[tuple[int, str]]:
    sql = "".join([SELECT, *(f" AND {condition}" for condition, _ in conditions), end[0]])
    parameters = [each for _, some in [*conditions, end] for each in some]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
