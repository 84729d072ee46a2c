"""Real data folders as training data: `interactions.csv`, `items.csv` and encoder vectors."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fusion.dataset.data import Interactions, ModalityFeatures, TrainingData

TEXT_COLUMNS = (
    "title",
    "category",
    "colour",
    "appearance",
    "department",
    "product_group",
    "director",
    "description",
)


IDS = {"item_id": pl.String, "user_id": pl.String}


def load(folder: Path, vectors: Path | None, *, weight: str | None = None) -> TrainingData:
    """Read one data set.

    Args:
        folder: holds interactions.csv and items.csv.
        vectors: holds MODALITY.npz files with arrays item_id and vector.
        weight: the column that holds the strength of an interaction; None means all alike.

    Raises:
        FileNotFoundError: the folder lacks one of the two tables.
    """
    items = pl.read_csv(folder / "items.csv", schema_overrides=IDS).sort("item_id")
    rows = _rows(folder)
    item_ids = items["item_id"].to_list()
    shoppers = rows["user_id"].unique(maintain_order=True).to_list()
    interactions = _interactions(rows, item_ids, shoppers, weight)
    digest = hashlib.sha256(interactions.item.tobytes() + interactions.shopper.tobytes())
    return TrainingData(
        interactions=interactions,
        num_shoppers=len(shoppers),
        item_ids=np.arange(len(item_ids) + 1, dtype=np.int64),
        modalities=_modalities(vectors, item_ids),
        texts=["", *_texts(items)],
        data_hash=digest.hexdigest(),
        cutoff=int(interactions.occurred_at.max()) + 1,
    )


def given_test(folder: Path) -> NDArray[np.bool_]:
    """Return (E,) which interactions of `load` are test in the split that comes with the data.

    Raises:
        ValueError: the data comes without a split.
    """
    rows = _rows(folder)
    if "ms_split" not in rows.columns:
        raise ValueError(f"{folder} has no column ms_split: there is no given split.")
    return (rows["ms_split"] == "test").to_numpy()


def encoder_inputs(folder: Path, modality: str) -> dict[str, Any]:
    """Return what the encoder of a modality reads, by item id: texts, or the bytes of pictures.

    Raises:
        FileNotFoundError: the folder lacks items.csv.
    """
    items = pl.read_csv(folder / "items.csv", schema_overrides={"item_id": pl.String})
    ids = items["item_id"].to_list()
    if modality == "text":
        return dict(zip(ids, _texts(items), strict=True))
    files = {item: folder / "images" / f"{item}.jpg" for item in ids}
    return {item: file.read_bytes() for item, file in files.items() if file.exists()}


def _rows(folder: Path) -> pl.DataFrame:
    """Read the interactions, sorted by shopper and time; rows of one moment stay in file order."""
    rows = pl.read_csv(folder / "interactions.csv", schema_overrides=IDS)
    return rows.sort("user_id", "timestamp", maintain_order=True)


def _interactions(
    rows: pl.DataFrame, items: list[str], shoppers: list[str], weight: str | None
) -> Interactions:
    """Number the ids of sorted rows."""
    item_rows = {item: row for row, item in enumerate(items, start=1)}
    shopper_rows = {shopper: row for row, shopper in enumerate(shoppers)}
    strength = np.ones(len(rows)) if weight is None else rows[weight].to_numpy()
    return Interactions(
        shopper=np.array([shopper_rows[each] for each in rows["user_id"]], dtype=np.int32),
        item=np.array([item_rows[each] for each in rows["item_id"]], dtype=np.int32),
        occurred_at=_seconds(rows["timestamp"]),
        weight=strength.astype(np.float32),
    )


def _seconds(moments: pl.Series) -> NDArray[np.int64]:
    """Return unix seconds of a column of seconds or of days."""
    if moments.dtype.is_integer():
        return moments.to_numpy().astype(np.int64)
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in moments]
    return np.array(days, dtype=np.int64)


def _texts(items: pl.DataFrame) -> list[str]:
    """Return one text per item."""
    columns = [name for name in TEXT_COLUMNS if name in items.columns]
    parts = items.select(pl.col(columns).cast(pl.String).fill_null(""))
    return [". ".join(part for part in row if part) for row in parts.iter_rows()]


def _modalities(vectors: Path | None, item_ids: list[str]) -> dict[str, ModalityFeatures]:
    """Read the encoder vectors that are there."""
    found = {}
    for name in ("text", "image"):
        file = None if vectors is None else vectors / f"{name}.npz"
        if file is None or not file.exists():
            continue
        with np.load(file, allow_pickle=False) as arrays:
            found[name] = _aligned(arrays["item_id"].tolist(), arrays["vector"], item_ids)
    return found


def _aligned(
    known: list[str], vectors: NDArray[np.float32], item_ids: list[str]
) -> ModalityFeatures:
    """Put vectors into item rows."""
    row_of = {item: row for row, item in enumerate(item_ids, start=1)}
    table = np.zeros((len(item_ids) + 1, vectors.shape[1]), dtype=np.float32)
    present = np.zeros(len(item_ids) + 1, dtype=np.bool_)
    at = np.array([row_of[item] for item in known])
    table[at] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    present[at] = True
    return ModalityFeatures(table, present)
