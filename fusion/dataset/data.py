"""What a training run reads: interactions and product features as plain arrays.

No Django and no torch: the reader of the database fills these, the trainer reads them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


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
        """Write the snapshot as one npz and one JSON file into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = self.interactions
        arrays: dict[str, NDArray[Any]] = {
            "shopper": rows.shopper,
            "item": rows.item,
            "occurred_at": rows.occurred_at,
            "weight": rows.weight,
            "item_ids": self.item_ids,
        }
        for name, features in self.modalities.items():
            arrays[f"vectors.{name}"] = features.vectors
            arrays[f"present.{name}"] = features.present
        with (folder / "data.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
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

        Raises:
            FileNotFoundError: the folder holds no snapshot.
        """
        facts = json.loads((folder / "data.json").read_text(encoding="utf-8"))
        with np.load(folder / "data.npz", allow_pickle=False) as arrays:
            modalities = {
                name: ModalityFeatures(arrays[f"vectors.{name}"], arrays[f"present.{name}"])
                for name in facts["modalities"]
            }
            columns = (arrays[key] for key in ("shopper", "item", "occurred_at", "weight"))
            return cls(
                interactions=Interactions(*columns),
                num_shoppers=facts["num_shoppers"],
                item_ids=arrays["item_ids"],
                modalities=modalities,
                texts=facts["texts"],
                data_hash=facts["data_hash"],
                cutoff=facts["cutoff"],
            )
