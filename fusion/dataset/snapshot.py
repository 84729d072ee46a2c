"""The only training reads of the database, all of acts known before one cutoff."""

import hashlib
import io
import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from numpy.typing import NDArray

from catalog.models import Product
from catalog.text import product_text
from fusion.dataset.data import Interactions, ModalityFeatures, TrainingData
from fusion.features import store
from users.history import KIND_WEIGHT
from users.models import Event, EventKind

COLUMNS = pl.Schema(
    {
        "shopper": pl.Int64(),
        "product": pl.Int64(),
        "kind": pl.Enum(EventKind.values),
        "occurred_at": pl.Int64(),
        "id": pl.Int64(),
    }
)
ROWS_PER_FETCH = 100_000


def take_snapshot(*, cutoff: datetime, leave_out: Collection[str] = ()) -> TrainingData:
    """Read everything a training run may know.

    Products are read after the events, so every event finds its product. All described
    products are items, also those nobody has met: the content branches rank them.

    Args:
        leave_out: modalities that are not read.
    """
    events = _read_events(_known_events(cutoff))
    text_of = {0: "", **_texts()}
    item_ids, texts = np.array(list(text_of), dtype=np.int64), list(text_of.values())
    interactions, num_shoppers = _interactions(events, item_ids)
    modalities = _modalities(item_ids[1:], leave_out)
    return TrainingData(
        interactions=interactions,
        num_shoppers=num_shoppers,
        item_ids=item_ids,
        modalities=modalities,
        texts=texts,
        data_hash=_data_hash(interactions, item_ids, modalities, texts),
        cutoff=int(cutoff.timestamp()),
    )


class UnixSeconds(Func):
    """Seconds since 1970, rounded down: what the history of a request holds too."""

    output_field = BigIntegerField()
    template = "CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s)) AS BIGINT)"

    def as_sqlite(  # the vendor's version of a template, as Django calls it
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra_context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """SQLite has a function of its own."""
        template = "CAST(STRFTIME('%%%%s', %(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **extra_context)


def _known_events(cutoff: datetime) -> QuerySet[Event, Any]:
    """The acts on described products; a merged visitor's acts are the customer's already."""
    return (
        Event.objects.known_before(cutoff)
        .filter(product__is_placeholder=False)
        .values_list("shopper_id", "product_id", "kind", UnixSeconds("occurred_at"), "id")
    )


def _read_events(events: QuerySet[Event, Any]) -> pl.DataFrame:
    """Read rows the fastest way the database has: COPY, or a plain cursor on SQLite."""
    sql, params = events.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _copy(cursor, sql, params)
        cursor.execute(sql, params)
        pages = iter(lambda: cursor.fetchmany(ROWS_PER_FETCH), [])
        return pl.concat([_frame([]), *(_frame(page) for page in pages)])


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _copy(cursor: Any, sql: str, params: Iterable[Any]) -> pl.DataFrame:
    buffer = io.BytesIO()
    with cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for block in copy:
            buffer.write(block)
    buffer.seek(0)
    if buffer.getbuffer().nbytes == 0:
        return _frame([])
    return pl.read_csv(buffer, has_header=False, schema=COLUMNS)


def _texts() -> dict[int, str]:
    """Return the text of every described product, by primary key, in order."""
    products = Product.objects.known().select_related("category").order_by("id")
    return {product.pk: product_text(product) for product in products.iterator()}


def _interactions(events: pl.DataFrame, item_ids: NDArray[np.int64]) -> tuple[Interactions, int]:
    """Turn events into sorted interactions and the number of shoppers among them.

    Repeats stay: a request's history has them too.
    """
    kept = _without_removed(events.sort("shopper", "occurred_at", "id").with_row_index("place"))
    weight = kept["kind"].replace_strict(KIND_WEIGHT, return_dtype=pl.Float32)
    shoppers, shopper = np.unique(kept["shopper"].to_numpy(), return_inverse=True)
    item = np.searchsorted(item_ids, kept["product"].to_numpy())
    interactions = Interactions(
        shopper=shopper.astype(np.int32),
        item=item.astype(np.int32),
        occurred_at=kept["occurred_at"].to_numpy(),
        weight=weight.to_numpy(),
    )
    return interactions, len(shoppers)


def _without_removed(events: pl.DataFrame) -> pl.DataFrame:
    """Drop each `remove` and the earlier acts of that shopper on that product."""
    removes = events.filter(pl.col("kind") == EventKind.REMOVE)
    if removes.is_empty():
        return events
    last = removes.group_by("shopper", "product").agg(pl.col("place").max().alias("removed_at"))
    joined = events.join(last, on=["shopper", "product"], how="left", maintain_order="left")
    return joined.filter(pl.col("place") > pl.col("removed_at").fill_null(-1))


def _modalities(
    product_pks: NDArray[np.int64], leave_out: Collection[str]
) -> dict[str, ModalityFeatures]:
    """Read each modality that at least one product has."""
    read = {
        name: store.load_features(name, product_pks, store.encoder_in_use(name))
        for name in store.modality_names()
        if name not in leave_out
    }
    return {name: each for name, each in read.items() if each is not None and each.present.any()}


def _data_hash(
    interactions: Interactions,
    item_ids: NDArray[np.int64],
    modalities: dict[str, ModalityFeatures],
    texts: list[str],
) -> str:
    """Return the sha256 of everything the result of a training can depend on."""
    digest = hashlib.sha256(json.dumps([texts, list(modalities)]).encode())
    columns = [interactions.shopper, interactions.item, interactions.occurred_at]
    features = [array for each in modalities.values() for array in (each.vectors, each.present)]
    for array in (*columns, interactions.weight, item_ids, *features):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
