"""Files of vectors, one row a product: .npy and .safetensors, read a part at a time.

Shapes: C rows, F numbers each.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from catalog.feeds.feed import Feed
from catalog.feeds.rows import FeedError, FeedRow, Rows
from catalog.models import Product
from catalog.product_data import ProductData, ProductVerdict
from catalog.services import plan_upsert, upsert_products
from catalog.values import InvalidRowError, exact_identifier
from catalog.vectors import MAX_NUMBERS, unit_vector

TENSOR = "vectors"
IDS = "ids"  # of a safetensors file's metadata: a list in JSON
ROWS_AT_ONCE = 1000
MAX_IDS_BYTES = 1024 * 1024 * 1024


class Table(Protocol):
    """(C, F) numbers, of which parts are read from the disk."""

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Return some rows."""


@dataclass(frozen=True, slots=True)
class VectorFile:
    """An open file; `ids` are those it brings itself."""

    table: Table
    shape: tuple[int, ...]
    ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class VectorRow(FeedRow):
    """A row whose (F,) numbers stay out of the file of rejects."""

    numbers: NDArray[Any]


@contextmanager
def open_vectors(path: Path, ids_path: Path | None) -> Iterator[Feed]:
    """Open a table of vectors; row n belongs to the product in line n of the ids.

    Raises:
        FeedError: a file is missing, is no table of numbers, or ids and rows do not match.
    """
    file = _opened(path)
    ids = _read_ids(ids_path) if ids_path else file.ids
    if ids is None:
        raise FeedError("Whose vectors are these? Name a file of product ids: --ids ids.txt.")
    _require_table(file.shape, len(ids))
    done = [0]
    yield Feed(_rows(file, ids, done), lambda: done[0] / len(ids))


def _opened(path: Path) -> VectorFile:
    try:
        return _safetensors(path) if path.suffix == ".safetensors" else _npy(path)
    except (OSError, ValueError, SafetensorError) as error:
        hint = f"Write a .npy file, or .safetensors with a tensor {TENSOR!r}."
        raise FeedError(f"{path} is no file of vectors: {error}. {hint}") from None


def _safetensors(path: Path) -> VectorFile:
    file: Any = safe_open(path, framework="numpy")
    table = file.get_slice(TENSOR)
    return VectorFile(table, tuple(table.get_shape()), _ids_in((file.metadata() or {}).get(IDS)))


def _npy(path: Path) -> VectorFile:
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise FeedError(f"{path} holds several arrays: save one as .npy.")
    if array.dtype.kind not in "fiu":
        raise FeedError(f"{path} holds {array.dtype}, not numbers: save float16 or float32.")
    return VectorFile(array, array.shape)


def _ids_in(metadata: str | None) -> list[str] | None:
    try:
        found = json.loads(metadata) if metadata else None
    except ValueError as error:
        raise FeedError(f"The ids in the file's metadata are not JSON: {error}.") from None
    if not isinstance(found, list | None):
        raise FeedError("The ids in the file's metadata are no list.")
    return found if found is None else [str(each) for each in found]


def _read_ids(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_IDS_BYTES:
            raise FeedError(f"{path} is over {MAX_IDS_BYTES:,} bytes: is it the file of ids?")
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise FeedError(f"{path} cannot be read as UTF-8 text: {error}.") from None


def _require_table(shape: Sequence[int], num_ids: int) -> None:
    if len(shape) != 2 or not 1 <= shape[1] <= MAX_NUMBERS:
        hint = f"a table with one row a product and 1 to {MAX_NUMBERS:,} columns"
        raise FeedError(f"The vectors have the shape {tuple(shape)}: send {hint}.")
    if shape[0] != num_ids:
        raise FeedError(f"There are {shape[0]:,} vectors and {num_ids:,} ids: send one for each.")
    if num_ids == 0:
        raise FeedError("There are no vectors in the file.")


def _rows(file: VectorFile, ids: Sequence[str], done: list[int]) -> Rows:
    for start in range(0, len(ids), ROWS_AT_ONCE):
        numbers = np.asarray(file.table[start : min(start + ROWS_AT_ONCE, len(ids))])
        for row, vector in enumerate(numbers, start):
            done[0] = row + 1
            yield VectorRow(row + 1, {"product_id": ids[row]}, vector)


def parse_row(row: FeedRow, modality: str) -> ProductData:
    """Check one row; raises InvalidRowError."""
    assert isinstance(row, VectorRow)
    external_id = row.values["product_id"]
    try:
        exact_identifier(external_id)
        vector = unit_vector(row.numbers)
    except ValueError as error:
        raise InvalidRowError({"": str(error)}) from None
    return ProductData(external_id, vectors={modality: vector}, given=frozenset())


def write_rows(rows: Sequence[ProductData], *, dry_run: bool = False) -> list[ProductVerdict]:
    """Write the vectors of products that are known, or say what would happen."""
    ids = [row.external_id for row in rows]
    known = Product.objects.known().with_external_ids(ids)
    described = set(known.values_list("external_id", flat=True))
    taken = [row for row in rows if row.external_id in described]
    verdicts = iter(plan_upsert(taken).verdicts if dry_run else upsert_products(taken))
    return [next(verdicts) if each in described else _unknown(each) for each in ids]


def _unknown(product_id: str) -> ProductVerdict:
    reason = "There is no product with this id: import the catalogue first."
    return ProductVerdict(product_id, "rejected", reason)
