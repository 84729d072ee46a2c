"""Measure the embedded encoders on real products: speed, and how alike the neighbours are.

    python -m benchmarks.encoding --data DIR [--limit N]

DIR holds `hm-week/items.csv` and its photos. Prints JSON. The accuracy is that of 10 nearest
neighbours voting on the label of a product they do not share a product code with: colour
variants of one article would make the task easy. A network with random weights is the floor.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from csv import DictReader
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.environment import environment
from fusion.features.device import encoding_device, encoding_precision
from fusion.features.efficientnet import EfficientNetLite
from fusion.features.encoders import Encoder, EncodingProblem, get_encoder
from fusion.features.image_networks import EFFICIENTNETS, efficientnet_encoder

NEIGHBOURS = 10
LABELS = ("category", "garment_group")
TEXT_COLUMNS = ("title", "description", "colour", "appearance")  # nothing that spells a label
RUNS = 3
Row = dict[str, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with hm-week/")
    parser.add_argument("--limit", type=int, default=2000, help="products to encode")
    options = parser.parse_args()

    rows = products(options.data / "hm-week", limit=options.limit)
    texts = [". ".join(row[column] for column in TEXT_COLUMNS) for row in rows]
    photos = [photo(options.data / "hm-week", row) for row in rows]
    report = {
        "environment": environment() | inference(),
        "products": len(rows),
        "texts": {"minilm": measured(lambda: get_encoder("minilm"), texts, rows)},
        "pictures": {
            **{spec: measured(_named(spec), photos, rows) for spec in EFFICIENTNETS},
            "random weights": measured(random_network, photos, rows),
        },
    }
    print(json.dumps(report, indent=2))


def products(folder: Path, *, limit: int) -> list[Row]:
    """Draw products that have a photo."""
    with (folder / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in DictReader(file) if row["image"]]
    drawn = np.random.default_rng(0).permutation(len(rows))[:limit]
    return [rows[number] for number in drawn]


def photo(folder: Path, row: Row) -> bytes:
    """Read a product's photo."""
    return (folder / "images" / row["image"]).read_bytes()


def measured(
    load: Callable[[], Encoder[Any]], inputs: Sequence[Any], rows: Sequence[Row]
) -> dict[str, Any]:
    """Encode the inputs a few times; the first run, which warms up, is not counted."""
    started = time.perf_counter()
    encoder = load()
    load_seconds = time.perf_counter() - started
    vectors = np.stack(
        [vector for vector in encoder.encode(inputs) if not isinstance(vector, EncodingProblem)]
    )

    speeds, core_speeds = [], []
    for _ in range(RUNS):
        started, worked = time.perf_counter(), time.process_time()
        encoder.encode(inputs)
        speeds.append(len(inputs) / (time.perf_counter() - started))
        core_speeds.append(len(inputs) / (time.process_time() - worked))
    codes = np.array([row["product_code"] for row in rows])
    labels = {label: np.array([row[label] for row in rows]) for label in LABELS}
    return {
        "encoder": encoder.name,
        "load_seconds": round(load_seconds, 2),
        "per_second_median": round(statistics.median(speeds), 1),
        "per_second_spread": [round(min(speeds), 1), round(max(speeds), 1)],
        "per_core_second_median": round(statistics.median(core_speeds), 1),
        "neighbour_accuracy": {
            label: round(neighbour_accuracy(vectors, names, codes), 4)
            for label, names in labels.items()
        },
    }


def neighbour_accuracy(
    vectors: NDArray[np.float32], labels: NDArray[np.str_], groups: NDArray[np.str_]
) -> float:
    """Return how often the nearest neighbours outvote every wrong label.

    Args:
        vectors: (N, D), each of length 1.
        labels: (N,) what is to be found.
        groups: (N,) neighbours of the same group do not vote.
    """
    names, numbers = np.unique(labels, return_inverse=True)
    similarity = vectors @ vectors.T  # (N, N)
    similarity[groups[:, None] == groups[None, :]] = -np.inf
    nearest = np.argpartition(-similarity, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    votes = np.zeros((len(labels), len(names)))
    weights = np.take_along_axis(similarity, nearest, axis=1)
    np.add.at(votes, (np.arange(len(labels))[:, None], numbers[nearest]), weights)
    return float((votes.argmax(axis=1) == numbers).mean())


def random_network() -> Encoder[bytes]:
    """Make the default network with random weights that keep the size of its signals."""
    torch.manual_seed(0)
    network = EfficientNetLite(depth=1.0)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    side = EFFICIENTNETS["efficientnet-lite0"].side
    return efficientnet_encoder(network, name="random", side=side)


def inference() -> dict[str, Any]:
    """Say how torch computes here."""
    return {
        "threads": torch.get_num_threads(),
        "instructions": torch.cpu.get_capabilities().get("cpu_name"),
        "device": str(encoding_device()),
        "precision": str(encoding_precision()).removeprefix("torch."),
    }


def _named(spec: str) -> Callable[[], Encoder[Any]]:
    return lambda: get_encoder(spec)


if __name__ == "__main__":
    main()
