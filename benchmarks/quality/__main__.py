"""Measure ranking quality: every contestant, one protocol, one run.

    python -m benchmarks.quality --data DIR [--vectors DIR] [--split loo|temporal|given]
        [--cold SHARE] [--without MODALITY[=SHARE]]... [--seeds N] [--contestants a,b,c]
        [--validation-only] [--json FILE]

DIR holds `interactions.csv`, `items.csv` and `images/`. Without vectors on disk the texts and
pictures are encoded first by the embedded encoders and, where --vectors is given, kept there.
Every contestant learns from the same interactions and ranks all items a shopper has not met; its
settings are chosen by validation NDCG@10, and the test is read once. Progress goes to stderr,
tables to stdout; the exit status is 0 when every bar this run can check is reached.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.datasets import given_test, load
from benchmarks.environment import environment
from benchmarks.quality.checks import (
    Check,
    contributions_check,
    ranking_checks,
    removal_checks,
    training_checks,
)
from benchmarks.quality.contest import Result, sit
from benchmarks.quality.cost import measured
from benchmarks.quality.peers import CONTESTANTS, MOST_SETTINGS
from benchmarks.quality.peers.ours import OURS
from benchmarks.quality.removal import Removal, under_removal
from benchmarks.quality.report import arrivals_part, cost_of, plain, test_part
from benchmarks.quality.splits import Desk, Exam, again, cold, given, loo, temporal
from benchmarks.quality.study import Study
from benchmarks.quality.table import check_lines, slice_table, test_table, validation_table
from benchmarks.quality.vectors import encode_missing
from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.training.seed import generator

RESAMPLES = 10_000
COLD_CONTESTANTS = (
    OURS,
    "behaviour_branch",
    "text_branch",
    "image_branch",
    "popularity",
    "text_knn",
    "image_knn",
    "early_fusion",
    "plain_late_fusion",
)


def main() -> int:
    """Measure one data set and report; return the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        vectors = options.vectors or Path(scratch) / "vectors"
        encode_missing(options.data, vectors)
        desk = Desk(TrainingConfig.preset(options.preset), Path(scratch) / "runs", _tell)
        data = _part(load(options.data, vectors), options.shoppers)
        report = _measure(options, data, desk)
    if options.json:
        options.json.write_text(json.dumps(plain(report), indent=1, allow_nan=False))
    _print(plain(report))
    return 0 if all(check["holds"] for check in report["checks"]) else 1


def _measure(options: argparse.Namespace, data: TrainingData, desk: Desk) -> dict[str, Any]:
    """Sit the exam with every contestant."""
    exam = _exam(options, data, desk)
    exams = [exam, *(again(exam, desk.seeded(seed)) for seed in range(1, options.seeds))]
    results: dict[str, Result] = {}
    for name in _names(options, data):
        results[name] = sit(name, CONTESTANTS[name], exams, test=not options.validation_only)
        best, seconds = results[name].chosen.ndcg, results[name].choosing_seconds
        print(f"{name}: validation NDCG@10 {best:.4f}, {seconds:.0f} s", file=sys.stderr)
    report = _facts(options, exam) | {"fitting": {n: cost_of(r) for n, r in results.items()}}
    return report | _measured(options, exam, results)


def _measured(
    options: argparse.Namespace, exam: Exam, results: dict[str, Result]
) -> dict[str, Any]:
    """Return what is measured once all have been fitted, and the bars."""
    found: dict[str, Any] = {}
    checks: list[Check] = []
    tested = not options.validation_only
    if tested:
        found["test"] = test_part(exam, results, RESAMPLES)
        checks += ranking_checks(options.data.name, _split(options), found["test"], results)
    if tested and exam.arrivals is not None:
        found["new_arrivals"] = arrivals_part(exam, results, RESAMPLES)
    asked = exam.test if tested else exam.validation
    found["removals"] = {
        str(each): under_removal(each, exam, results, asked, RESAMPLES) for each in options.without
    }
    checks += removal_checks(found["removals"])
    if OURS in results:
        checks.append(contributions_check(exam.final, asked))
    if tested and OURS in results and (options.data.name, _split(options)) == ("hm-week", "loo"):
        checks += training_checks(_training_seconds(exam, results[OURS]), results)
    return found | {"checks": [asdict(check) for check in checks]}


def _training_seconds(exam: Exam, ours: Result) -> float:
    """Return the wall seconds of training as the product trains: then again on everything."""
    everything = Study(exam.study.run, exam.study.run.split.interactions, first=exam.study)
    with measured() as refit:
        assert everything.recommender
    return ours.chosen.fit.seconds + refit.seconds


def _facts(options: argparse.Namespace, exam: Exam) -> dict[str, Any]:
    """Return what the figures are about."""
    return {
        "data": options.data.name,
        "split": _split(options),
        "protocol": "full ranking over all unmet items; a tie goes to the lower row; settings by "
        "validation NDCG@10; the test ranked once",
        "most_settings_tried": MOST_SETTINGS,
        "items": exam.study.data.num_items,
        "training_interactions": len(exam.final.learn),
        "validation_questions": len(exam.validation),
        "test_questions": len(exam.test),
        "share_of_shoppers": options.shoppers,
        "seeds": options.seeds,
        "resamples": RESAMPLES,
        "memory": "peak resident memory above that before the contestant, data not counted",
        "machine": environment() | {"threads": torch.get_num_threads()},
    }


def _exam(options: argparse.Namespace, data: TrainingData, desk: Desk) -> Exam:
    """Return the split that was asked for."""
    if options.cold:
        return cold(data, desk, options.cold)
    if options.split == "given":
        return given(data, desk, given_test(options.data))
    return temporal(data, desk) if options.split == "temporal" else loo(data, desk)


def _split(options: argparse.Namespace) -> str:
    return "cold" if options.cold else str(options.split)


def _names(options: argparse.Namespace, data: TrainingData) -> list[str]:
    """Return the contestants asked for, in the order of the registry, that can take part."""
    wanted = options.contestants or (COLD_CONTESTANTS if options.cold else tuple(CONTESTANTS))
    return [
        name
        for name, peer in CONTESTANTS.items()
        if name in wanted and all(each in data.modalities for each in peer.needs)
    ]


def _part(data: TrainingData, share: float) -> TrainingData:
    """Return the data with a seeded share of the shoppers, for development."""
    if share == 1:
        return data
    chosen = generator(0, "shoppers").random(data.num_shoppers) < share
    kept = data.interactions.select(np.flatnonzero(chosen[data.interactions.shopper]))
    return replace(data, interactions=kept, data_hash=f"{share}-of-{data.data_hash}")


def _contestants(text: str) -> tuple[str, ...]:
    """Read a list of names."""
    names = tuple(text.split(","))
    unknown = sorted(set(names) - set(CONTESTANTS))
    if unknown:
        known = ", ".join(CONTESTANTS)
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; known are {known}")
    return names


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, required=True)
    add("--vectors", type=Path, help="folder with MODALITY.npz; written where absent")
    add("--split", choices=("loo", "temporal", "given"), default="loo")
    add("--cold", type=float, metavar="SHARE", help="hold this share of the items out of training")
    add("--without", type=Removal.parse, action="append", default=[], metavar="MODALITY[=SHARE]")
    add("--seeds", type=int, default=1, help="models fitted with so many seeds, scores averaged")
    add("--contestants", type=_contestants, help="comma-separated names; default: all")
    add("--validation-only", action="store_true", help="never read the test")
    add("--shoppers", type=float, default=1.0, help="use a share of the shoppers (development)")
    add("--preset", choices=("quick", "standard"), default="standard")
    add("--json", type=Path)
    return parser.parse_args()


def _tell(stage: str, done: float, message: str = "", **curve_point: float) -> None:
    """Show where a training is."""
    numbers = " ".join(f"{name}={value:.4g}" for name, value in curve_point.items())
    print(f"  {stage}: {message} {numbers}", file=sys.stderr)


def _print(report: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{report['data']}, split {report['split']}: {report['items']} items")
    print(f"{report['validation_questions']} validation questions\n")
    print(validation_table(report))
    if "test" in report:
        print(f"\n{report['test']['shoppers']} test questions\n\n{test_table(report['test'])}")
        print("\nNDCG@10 by slice\n" + slice_table(report["test"]["slices"]))
    if "new_arrivals" in report:
        print("\nNDCG@10 among new arrivals only")
        for name, found in report["new_arrivals"].items():
            print(f"{name:24s} {found['ndcg@10']['mean']:.4f}")
    for removal, found in report["removals"].items():
        means = "  ".join(f"{name} {mean:.4f}" for name, mean in found["ndcg@10"].items())
        print(f"\nwithout {removal}: {means}")
    print("\n" + check_lines(report["checks"]))


if __name__ == "__main__":
    sys.exit(main())
