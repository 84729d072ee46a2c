"""A large shop in a minute: the database makes up its own rows.

Products are bought by a long tail, every tenth event carries the id of an answer, every answer
shows twelve products. Texts repeat their words, pictures have no file: pages only link to them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command
from django.db import connection

from benchmarks.admin_pages.few import fill_small_tables
from catalog.models import Category, Product, ProductImage, ProductVector
from fusion.aggregates.catalogue_counts import count_catalogue
from fusion.features.store import encoder_in_use
from fusion.models import Embedding, ServedList
from users.models import Event, Shopper

CATEGORIES = 500
EVENTS_PER_SHOPPER = 20
EVENTS_PER_ANSWER = 5
SHOWN = 12
DAYS = 60
STEPS = ("model", "hot_list", "hot_list", "popular", "stale_list", "popular_in_category")
KINDS = ("view", "view", "view", "view", "cart", "purchase")


@dataclass(frozen=True)
class Dialect:
    """What the databases write differently; each takes SQL and gives SQL."""

    uuid: Callable[[str], str]
    hex64: Callable[[str], str]
    ago: Callable[[str], str]  # seconds
    blob: Callable[[int], str]  # bytes
    json: Callable[[str], str]
    true: str
    false: str


POSTGRESQL = Dialect(
    uuid=lambda n: f"lpad(to_hex({n}), 32, '0')::uuid",
    hex64=lambda n: f"lpad(to_hex({n}), 64, '0')",
    ago=lambda seconds: f"now() - ({seconds}) * interval '1 second'",
    blob=lambda size: f"decode(repeat('00', {size}), 'hex')",
    json=lambda text: f"({text})::jsonb",
    true="true",
    false="false",
)
SQLITE = Dialect(
    uuid=lambda n: f"printf('%032x', {n})",
    hex64=lambda n: f"printf('%064x', {n})",
    ago=lambda seconds: f"datetime('now', '-' || ({seconds}) || ' seconds')",
    blob=lambda size: f"zeroblob({size})",
    json=lambda text: text,
    true="1",
    false="0",
)


def fill(num_events: int, num_products: int) -> dict[str, int]:
    """Migrate and fill the database; return how many rows each table has."""
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    num_shoppers = max(num_events // EVENTS_PER_SHOPPER, 1)
    num_answers = max(num_events // EVENTS_PER_ANSWER, 1)
    dialect = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        for table, count, columns in (
            *_catalogue(dialect, num_products),
            *_behaviour(dialect, num_events, num_products, num_shoppers, num_answers),
        ):
            cursor.execute(_insert(table, count, columns))
    fill_small_tables()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    count_catalogue(now=timezone.now())
    models = (Product, ProductImage, Embedding, Shopper, Event, ServedList)
    return {model._meta.label: model._default_manager.count() for model in models}


def _insert(table: str, count: int, columns: dict[str, str]) -> str:
    """Return the statement that makes `count` rows; `n` is 1 … count."""
    return f"""
        INSERT INTO {table} ({", ".join(columns)})
        WITH RECURSIVE series(n) AS (
            SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM series WHERE n < {count}
        )
        SELECT {", ".join(columns.values())} FROM series
    """  # noqa: S608


def _one_of(values: Sequence[str], n: str = "n") -> str:
    cases = " ".join(f"WHEN {place} THEN '{value}'" for place, value in enumerate(values))
    return f"CASE {n} % {len(values)} {cases} END"


Rows = list[tuple[str, int, dict[str, str]]]


def _catalogue(sql: Dialect, num_products: int) -> Rows:
    described = {
        "id": "n",
        "external_id": "'p' || n",
        "title": "'Lamp ' || n || ' with a shade of linen'",
        "description": "'A lamp that lights a room of ' || (n % 40) || ' square metres.'",
        "category_id": f"1 + n % {CATEGORIES}",
        "brand": "'Brand ' || (n % 97)",
        "price": "5 + n % 300",
        "currency": "'EUR'",
        "url": "''",
        "attributes": sql.json("'{}'"),
        # One in a thousand is switched off, and as many are not described yet.
        "is_available": f"CASE WHEN n % 500 < 2 THEN {sql.false} ELSE {sql.true} END",
        "is_placeholder": f"CASE WHEN n % 1000 = 1 THEN {sql.true} ELSE {sql.false} END",
        "text_hash": sql.hex64("n"),
        "created_at": sql.ago(f"n % {DAYS * 86400}"),
        "updated_at": sql.ago(f"n % {DAYS * 86400}"),
    }
    picture = {
        "product_id": "n",
        "position": "0",
        "file": "CASE WHEN n % 50 = 0 THEN '' ELSE 'products/' || n || '.jpg' END",
        "width": "800",
        "height": "800",
        "content_hash": sql.hex64(f"n + {num_products}"),
        "source_url": "''",
        "problem": "CASE WHEN n % 50 = 0 THEN 'The file is not a picture.' ELSE '' END",
        "updated_at": sql.ago("n"),
    }
    vector = {"product_id": "n", "modality": "'audio'", "content_hash": sql.hex64("n")}
    category = {"id": "n", "path": "'Home > Room ' || n", "name": "'Room ' || n"}
    return [
        (_table(Category), CATEGORIES, category),
        (_table(Product), num_products, described),
        (_table(ProductImage), num_products, picture),
        (_table(ProductVector), num_products, vector | {"numbers": sql.blob(256)}),
        (_table(Embedding), num_products, _vector(sql, "text", "n")),
        (_table(Embedding), num_products, _vector(sql, "image", f"n + {num_products}")),
    ]


def _vector(sql: Dialect, modality: str, content: str) -> dict[str, str]:
    has_problem = "n % 50 = 0"
    return {
        "encoder": f"'{encoder_in_use(modality)}'",
        "content_hash": sql.hex64(content),
        "vector": f"CASE WHEN {has_problem} THEN NULL ELSE {sql.blob(768)} END",
        "problem": f"CASE WHEN {has_problem} THEN 'It could not be read.' ELSE '' END",
        "created_at": sql.ago("n"),
    }


def _behaviour(
    sql: Dialect, num_events: int, num_products: int, num_shoppers: int, num_answers: int
) -> Rows:
    seconds = DAYS * 86400
    shopper = f"1 + (n * 7919) % {num_shoppers}"
    # A cube bends a straight line into a tail: half of the events are of an eighth of the products.
    place = f"((n * 48271) % {num_events}) * 1.0 / {num_events}"
    product = f"1 + CAST({num_products - 1} * {place} * {place} * {place} AS integer)"
    answer = sql.uuid(f"1 + n % {num_answers}")
    purchase = f"{_one_of(KINDS)} = 'purchase'"
    event = {
        "event_id": sql.uuid("n"),
        "shopper_id": shopper,
        "product_id": product,
        "kind": _one_of(KINDS),
        "quantity": "1",
        "price": f"CASE WHEN {purchase} THEN 20 END",
        "recommendation_id": f"CASE WHEN n % 10 = 0 THEN {answer} END",
        "occurred_at": sql.ago(f"{seconds} - n * {seconds}.0 / {num_events}"),
        "received_at": sql.ago(f"{seconds} - n * {seconds}.0 / {num_events}"),
    }
    served = {
        "recommendation_id": sql.uuid("n"),
        "shopper_id": shopper,
        "scenario": _one_of(("home", "product", "cart")),
        "fallback_level": _one_of(STEPS),
        "question": sql.json("'{}'"),
        "results": sql.json(_results(num_products)),
        "took_ms": "1.0 + n % 40",
        "created_at": sql.ago(f"{seconds} - n * {seconds}.0 / {num_answers}"),
    }
    person = {
        "id": "n",
        "kind": _one_of(("customer", "visitor")),
        "external_id": "'u' || n",
        "created_at": sql.ago("n"),
    }
    return [
        (_table(Shopper), num_shoppers, person),
        (_table(Event), num_events, event),
        (_table(ServedList), num_answers, served),
    ]


def _results(num_products: int) -> str:
    parts = (
        '\'{"product_id": "p\' || '
        f"(1 + (n * {place + 3} + {place}) % {num_products})"
        ' || \'", "score": 1.5, "source": "model", '
        '"contributions": {"behaviour": 1.0, "text": 0.5}}\''
        for place in range(SHOWN)
    )
    return "'[' || " + " || ', ' || ".join(parts) + " || ']'"


def _table(model: Any) -> str:
    return str(model._meta.db_table)
