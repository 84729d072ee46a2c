"""Measure ranking quality on a real data set: every contestant, one protocol, one run.

    python -m benchmarks.quality --data DIR [--vectors DIR] [--preset quick|standard] [--json FILE]

DIR holds `interactions.csv`, `items.csv` and `images/`. Without vectors on disk the texts and
pictures are encoded first by the embedded encoders and, where --vectors is given, kept there.
Prints a table; the JSON holds intervals, slices, weights and seconds.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import encoder_inputs, load
from benchmarks.environment import environment
from fusion.config import TrainingConfig
from fusion.evaluation.evaluate import evaluate
from fusion.features.encoders import EncodingProblem, get_encoder

ENCODERS = {"text": "minilm", "image": "efficientnet-lite0"}
BATCH = 64
COLUMNS = ("ndcg@10", "recall@20", "mrr")


def main() -> None:
    """Measure one data set and report."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        vectors = options.vectors or Path(scratch) / "vectors"
        encode_missing(options.data, vectors)
        began = time.monotonic()
        report = evaluate(
            load(options.data, vectors),
            TrainingConfig.preset(options.preset),
            progress=_tell,
            checkpoint_dir=Path(scratch) / "run",
        )
    report["data"] = options.data.name
    report["machine"] = environment()
    report["training_and_evaluation_seconds"] = round(time.monotonic() - began, 1)
    report["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report.pop("gate")  # per-shopper scores: large, and of no use to a reader
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    _print(report)


def encode_missing(data: Path, vectors: Path) -> None:
    """Encode each modality whose file is not there yet."""
    vectors.mkdir(parents=True, exist_ok=True)
    for modality, spec in ENCODERS.items():
        file = vectors / f"{modality}.npz"
        if not file.exists():
            ids, found = _encode(spec, encoder_inputs(data, modality))
            np.savez(file, allow_pickle=False, item_id=np.array(ids), vector=found)


def _encode(spec: str, inputs: dict[str, Any]) -> tuple[list[str], NDArray[np.float32]]:
    """Encode inputs by item id; an item that cannot be encoded is left out."""
    encoder, ids = get_encoder(spec), list(inputs)
    known: dict[str, NDArray[np.float32]] = {}
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        for item, outcome in zip(batch, encoder.encode([inputs[i] for i in batch]), strict=True):
            if not isinstance(outcome, EncodingProblem):
                known[item] = outcome
        print(f"{spec}: {min(first + BATCH, len(ids))}/{len(ids)}", end="\r", file=sys.stderr)
    return list(known), np.stack(list(known.values()))


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--preset", choices=("quick", "standard"), default="standard")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _tell(stage: str, done: float, message: str = "", **curve_point: float) -> None:
    """Show where the run is."""
    numbers = " ".join(f"{name}={value:.4g}" for name, value in curve_point.items())
    print(f"{stage}: {message} {numbers}", file=sys.stderr)


def _print(report: dict[str, Any]) -> None:
    """Print one line per contestant."""
    print(f"{report['data']}: {report['shoppers']} shoppers, {report['items']} items")
    for name, measured in report["contestants"].items():
        cells = [f"{c} {measured[c]['mean']:.4f}" for c in COLUMNS]
        low, high = measured["ndcg@10"]["low"], measured["ndcg@10"]["high"]
        print(f"{name:28s} {'  '.join(cells)}  [{low:.4f}, {high:.4f}]")
    for name, part in report["slices"].items():
        best = "  ".join(f"{k} {v:.4f}" for k, v in part["ndcg@10"].items())
        print(f"{name} ({part['shoppers']}): {best}")


if __name__ == "__main__":
    main()
