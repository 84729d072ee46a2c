"""What a training run reads: interactions and product features as plain arrays.

No Django and no torch: the reader of the database fills these, the trainer reads them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("shopper", "item", "occurred_at", "weight")  # of Interactions, in order


@dataclass(frozen=True)
class Interactions:
    """Positive interactions, sorted by (shopper, occurred_at); E of them.

    Attributes:
        shopper: (E,) int32, from 0.
        item: (E,) int32 rows from 1 to N; row 0 is padding.
        occurred_at: (E,) int64 unix seconds.
        weight: (E,) float32 strength of the event kind.
    """

    shopper: NDArray[np.int32]
    item: NDArray[np.int32]
    occurred_at: NDArray[np.int64]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        """Return E."""
        return len(self.shopper)

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Interactions":
        """Return the chosen interactions, in the order given."""
        return Interactions(
            self.shopper[chosen], self.item[chosen], self.occurred_at[chosen], self.weight[chosen]
        )


@dataclass(frozen=True)
class ModalityFeatures:
    """Encoder vectors of one modality.

    Attributes:
        vectors: (N+1, F) float32, L2-normalised; row 0 and absent rows are zero.
        present: (N+1,) bool, False where a product lacks this modality; row 0 is False.
    """

    vectors: NDArray[np.float32]
    present: NDArray[np.bool_]


@dataclass(frozen=True)
class TrainingData:
    """One snapshot of the shop.

    Attributes:
        item_ids: (N+1,) int64 product primary keys; row 0 holds 0.
        modalities: features by modality name ("text", "image", …).
        texts: N+1 product texts for the lexical vectors, or None.
        cutoff: unix seconds; every interaction happened before it.
    """

    interactions: Interactions
    num_shoppers: int
    item_ids: NDArray[np.int64]
    modalities: dict[str, ModalityFeatures]
    texts: list[str] | None
    data_hash: str
    cutoff: int

    @property
    def num_items(self) -> int:
        """Return N, the number of items without the padding row."""
        return len(self.item_ids) - 1

    def save(self, folder: Path) -> None:
        """Write the snapshot into `folder`: one npy file per array, the rest as JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in COLUMNS:
            _write(folder / f"{name}.npy", getattr(self.interactions, name))
        _write(folder / "item_ids.npy", self.item_ids)
        for name, features in self.modalities.items():
            _write(folder / f"vectors.{name}.npy", features.vectors)
            _write(folder / f"present.{name}.npy", features.present)
        facts = {
            "num_shoppers": self.num_shoppers,
            "modalities": list(self.modalities),
            "texts": self.texts,
            "data_hash": self.data_hash,
            "cutoff": self.cutoff,
        }
        (folder / "data.json").write_text(json.dumps(facts), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Events and vectors stay on disk, mapped into memory page by page as they are read.

        Raises:
            FileNotFoundError: the folder holds no snapshot.
        """
        facts = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        modalities = {
            name: ModalityFeatures(
                _mapped(folder / f"vectors.{name}.npy"), _read(folder / f"present.{name}.npy")
            )
            for name in facts["modalities"]
        }
        return cls(
            interactions=Interactions(*(_mapped(folder / f"{name}.npy") for name in COLUMNS)),
            num_shoppers=facts["num_shoppers"],
            item_ids=_read(folder / "item_ids.npy"),
            modalities=modalities,
            texts=facts["texts"],
            data_hash=facts["data_hash"],
            cutoff=facts["cutoff"],
        )


def _write(path: Path, array: NDArray[Any]) -> None:
    np.save(path, array, allow_pickle=False)


def _read(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    return array


def _mapped(path: Path) -> NDArray[Any]:
    """Map a file read-only; one without elements cannot be mapped."""
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
