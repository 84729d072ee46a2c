"""What may be shown to whom, read from the database of record just before answering.

In SQL, because it runs for every answer; see `catalog.statements`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, NamedTuple, Self

from django.db import connection
from django.db.models import Q

from catalog import statements
from catalog.models import Category, Product
from fusion.models import SeenPolicy
from users import presumed
from users.models import Event, EventKind
from users.presumed import Presumed, PresumedWrongError

Condition = tuple[str, list[Any]]  # SQL and its parameters

COLUMNS = "p.id, p.external_id, p.category_id, p.brand, p.price"
PRODUCTS = f"FROM {Product._meta.db_table} p"
TABLE = f"{PRODUCTS} WHERE p.is_available"
PRESUMED = f", {', '.join(f'w.{each}' for each in presumed.COLUMNS)}"
NOT_ACTED_ON = (
    f"NOT EXISTS (SELECT 1 FROM {Event._meta.db_table} e "  # noqa: S608
    "WHERE e.product_id = p.id AND e.shopper_id = %s"
)
NEWEST_FIRST = " ORDER BY p.created_at DESC, p.id DESC LIMIT %s OFFSET %s"
# SQLite keeps truth as a number.
ATTRIBUTE = {
    "sqlite": "CASE json_type(p.attributes -> %s) WHEN 'true' THEN 'true' WHEN 'false' "
    "THEN 'false' ELSE CAST(p.attributes ->> %s AS TEXT) END = %s",
    "postgresql": "p.attributes ->> %s = %s",
}


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products may be shown; what is named must hold.

    Attributes:
        category: path; products below it count too.
        brands: any of these.
        attributes: names and values in words, all of them.
    """

    category: str | None = None
    brands: tuple[str, ...] = ()
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def overridden_by(self, other: Self) -> Self:
        """Return this filter with what the other one names in place of its own."""
        named = (self, other)
        chosen = {
            each.name: getattr(named[_is_named(getattr(other, each.name))], each.name)
            for each in fields(self)
        }
        return type(self)(**chosen)

    def key(self) -> list[Any]:
        """Return the filter as JSON values."""
        prices = [price and str(price) for price in (self.min_price, self.max_price)]
        return [self.category, self.brands, *prices, sorted(self.attributes.items())]


ANY = ProductFilter()


def _is_named(value: Any) -> bool:
    return value is not None and value != () and value != {}


class Facts(NamedTuple):
    """What rules and caps look at.

    Attributes:
        attributes: JSON text, "" unless asked for.
    """

    product_pk: int
    product_id: str
    category_pk: int | None
    brand: str
    price: Decimal | float | None
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions each product of an answer meets, whatever ranked or cached it.

    Attributes:
        excluded_ids: the shop's ids the caller does not want.
        category_pks: only products of these; None means any.
        shopper_pk: whom `seen_policy` is about.
        only: its category is in `category_pks`.
        presumed: what `look` proves about the shopper at the same time.
    """

    excluded_ids: frozenset[str] = frozenset()
    category_pks: frozenset[int] | None = None
    shopper_pk: int | None = None
    seen_policy: str = SeenPolicy.SHOW_ALL
    only: ProductFilter = ANY
    presumed: Presumed | None = None

    def showable(
        self, product_pks: Collection[int], *, with_attributes: bool = False
    ) -> dict[int, Facts]:
        """Return those of these products that may be shown."""
        looked = self.look(product_pks, with_attributes=with_attributes)
        return {row[1]: Facts(*row[1:]) for row in looked if row[0]}

    def look(
        self, product_pks: Collection[int], *, with_attributes: bool = False
    ) -> list[statements.Row]:
        """Return whether each of these products may be shown, and its facts; only available ones.

        Raises:
            PresumedWrongError: the shopper is not who was presumed, or did something since.
        """
        if not product_pks:
            return []
        met, is_asked = self._conditions(), is_in("p.id", product_pks)
        columns = f"{' AND '.join([each for each, _ in met] or ['TRUE'])}, {COLUMNS}"
        if with_attributes:
            columns += ", p.attributes"
        parameters = [each for _, some in [*met, is_asked] for each in some]
        return self._proved_rows(columns, is_asked[0], parameters)

    def _proved_rows(
        self, columns: str, condition: str, parameters: list[Any]
    ) -> list[statements.Row]:
        """Return these columns of available products; first of all prove who asks, in one go."""
        if self.presumed is None:
            return statements.rows(f"SELECT {columns} {TABLE} AND {condition}", parameters)
        who, named = self.presumed.statement()
        rows = statements.rows(
            f"WITH w AS MATERIALIZED ({who}) SELECT {columns}{PRESUMED} "
            f"{PRODUCTS} LEFT JOIN w ON TRUE WHERE p.is_available AND {condition}",
            [*named, *parameters],
        )
        if not rows:
            raise PresumedWrongError  # nothing to prove it with
        width = len(presumed.COLUMNS)
        self.presumed.prove(rows[0][-width:])
        return [row[:-width] for row in rows]

    def newest(self, limit: int, offset: int = 0) -> list[int]:
        """Return the products that came last, of those that may be shown."""
        rows = _select("p.id", self._conditions(), (NEWEST_FIRST, [limit, offset]))
        return [row[0] for row in rows]

    def matching(self, limit: int) -> list[int]:
        """Return the products that may be shown, in the order of their keys."""
        rows = _select("p.id", self._conditions(), (" ORDER BY p.id LIMIT %s", [limit]))
        return [row[0] for row in rows]

    def restricts(self) -> bool:
        """Whether a product must be more than available and not excluded."""
        return self.category_pks is not None or self.only != ANY

    def broken_by(self, product_pk: int) -> list[str]:
        """Return the names of the filters of the request that this product does not meet."""
        named = {"category": self.category_pks is not None and [self._category()]}
        named |= {name: [condition] for name, condition in self._of_filter()}
        return [
            name
            for name, conditions in named.items()
            if conditions
            and not _select("p.id", [*conditions, ("p.id = %s", [product_pk])], available=False)
        ]

    def _conditions(self) -> list[Condition]:
        conditions: list[Condition] = []
        if self.excluded_ids:
            sql, parameters = is_in("p.external_id", self.excluded_ids)
            conditions.append((f"NOT ({sql})", parameters))
        if self.category_pks is not None:
            conditions.append(self._category())
        conditions += [condition for _, condition in self._of_filter()]
        if self.shopper_pk is not None and self.seen_policy == SeenPolicy.HIDE_BOUGHT:
            bought = f"{NOT_ACTED_ON} AND e.kind = %s)"
            conditions.append((bought, [self.shopper_pk, str(EventKind.PURCHASE)]))
        if self.shopper_pk is not None and self.seen_policy == SeenPolicy.HIDE_SEEN:
            conditions.append((f"{NOT_ACTED_ON})", [self.shopper_pk]))
        return conditions

    def _category(self) -> Condition:
        return is_in("p.category_id", self.category_pks or ())

    def _of_filter(self) -> list[tuple[str, Condition]]:
        only, found = self.only, list[tuple[str, Condition]]()
        if only.brands:
            found.append(("brands", is_in("p.brand", only.brands)))
        if only.min_price is not None:
            found.append(("min_price", ("p.price >= %s", [str(only.min_price)])))
        if only.max_price is not None:
            found.append(("max_price", ("p.price <= %s", [str(only.max_price)])))
        for name, words in only.attributes.items():
            sql = ATTRIBUTE[connection.vendor]
            found.append((f"attributes.{name}", (sql, [*[name] * (sql.count("%s") - 1), words])))
        return found


def category_pks(path: str) -> frozenset[int]:
    """Return the category of this path and all below it; none when the path is unknown."""
    path = " > ".join(name.strip() for name in path.split(">"))
    tree = Category.objects.filter(Q(path=path) | Q(path__startswith=f"{path} > "))
    return frozenset(tree.values_list("pk", flat=True))


def keys_of(external_ids: Collection[str]) -> list[int]:
    """Return the keys of those of the shop's ids that somebody has named."""
    condition, parameters = is_in("p.external_id", external_ids)
    return [
        row[0] for row in statements.rows(f"SELECT p.id {PRODUCTS} WHERE {condition}", parameters)
    ]


def in_words(value: Any) -> str:
    """Return an attribute's value as it is compared."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def is_in(column: str, values: Collection[int] | Collection[str]) -> Condition:
    """Return the condition that a column is one of these values.

    The list is one parameter: two hundred of them take longer to read than to run.
    """
    listed = list(values)
    if connection.vendor != "postgresql":
        members = "IN (SELECT value FROM json_each(%s))"
        return f"{column} {members}", [json.dumps(listed)]
    if listed and isinstance(listed[0], int):
        return f"{column} = ANY(%s::bigint[])", [statements.keys_parameter(listed)]
    return f"{column} = ANY(%s)", [listed]


def _select(
    columns: str,
    conditions: list[Condition],
    end: Condition = ("", []),
    *,
    available: bool = True,
) -> list[statements.Row]:
    table = TABLE if available else TABLE.replace("p.is_available", "TRUE")
    sql = "".join(
        [f"SELECT {columns} {table}", *(f" AND {each}" for each, _ in conditions), end[0]]
    )
    parameters = [each for _, some in [*conditions, end] for each in some]
    return statements.rows(sql, parameters)
