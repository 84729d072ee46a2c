"""Measure how training grows with events and items, on synthetic events.

    python -m benchmarks.training --events 1e5..1e7 --items 1e4..1e6 [--device cuda] [--json FILE]

A..B is three sizes, evenly spaced on a log scale; one number is one size. Each size is trained in
a fresh process, so that its peak memory is its own: snapshot mapped from disk, holdouts,
co-occurrence table, ONE epoch of the sequence network and one of a content network, each with
its validation (1,500 shoppers, all items). CPU seconds are compared: other work on the machine
stretches the clock, hardly them. Exit status 1 when a check fails.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import environment
from benchmarks.synthetic import synthetic_shop
from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.training.branches import fit_branches
from fusion.training.train import start

SEED = 0
SIZES = 3
CLOCKS = ("seconds", "cpu_seconds")
FLAT = 1.3  # seconds per event of the largest size over the smallest
BASE, PER_EVENT, PER_ITEM = 900 * 2**20, 250, 9_000  # bytes a training may take


def main() -> None:
    """Measure all sizes and report, or one of them as a process of its own."""
    options = _options()
    if options.one:
        print(json.dumps(train_one(options.one)))
        return
    os.environ["FUSION_DEVICE"] = options.device
    sizes = list(zip(spread(options.events), spread(options.items), strict=True))
    rows = [_measure(events, items) for events, items in sizes]
    verdicts = checks(rows)
    report = {
        "machine": environment() | {"device": options.device},
        "epochs": 1,
        "sizes": rows,
        "growth": growth(rows),
        "checks": verdicts,
    }
    if options.json:
        options.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(json.dumps(report, indent=1))
    sys.exit(not all(check["holds"] for check in verdicts))


def spread(text: str) -> list[int]:
    """Read `1e5..1e7`, or one number, which stands for all sizes."""
    first, _, last = text.partition("..")
    return [round(n) for n in np.geomspace(float(first), float(last or first), SIZES)]


def train_one(folder: Path) -> dict[str, Any]:
    """Train the snapshot in a folder; return seconds by stage and the peak memory."""
    stages: dict[str, dict[str, float]] = {}
    clock = [time.perf_counter(), time.process_time()]

    def tell(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        if message:  # a stage, or an epoch with its validation, has ended
            note(stage)

    def note(stage: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        stages[stage] = {name: now[i] - clock[i] for i, name in enumerate(CLOCKS)}
        clock[:] = now

    data = TrainingData.load(folder)
    run = start(data, config(), progress=tell, checkpoint_dir=folder / "run")
    known = run.split.interactions.select(run.split.train)
    note("split")
    fit_branches(run, "measured", known, plan=None, share=1.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    totals = {key: sum(stage[key] for stage in stages.values()) for key in CLOCKS}
    return {"stages": stages, **totals, "peak_bytes": peak}


def config() -> TrainingConfig:
    """Return the settings of all sizes: quick networks, one epoch, one kernel, no choices."""
    base = TrainingConfig.preset("quick")
    tables = replace(base.co_occurrence, neighbours=50, decays=(1.0,))
    networks = replace(base.sequence, max_epochs=1)
    heads = replace(base.content, sequence=replace(base.content.sequence, max_epochs=1))
    return replace(base, seed=SEED, co_occurrence=tables, sequence=networks, content=heads)


def _measure(events: int, items: int) -> dict[str, Any]:
    """Make one shop, train it in a fresh process, and relate the figures to its size."""
    with tempfile.TemporaryDirectory() as folder:
        synthetic_shop(events, items, seed=SEED).save(Path(folder))
        command = [sys.executable, "-m", __spec__.name, "--one", folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row = {"events": events, "items": items, **json.loads(done.stdout)}
    row["events_per_second"] = events / row["seconds"]
    row["cpu_microseconds_per_event"] = 1e6 * row["cpu_seconds"] / events
    print(f"{events} events, {items} items: {row['seconds']:.1f} s", file=sys.stderr)
    return row


def growth(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return how many times larger the last size's figures are than the first one's."""
    keys = ("events", "items", "cpu_seconds", "cpu_microseconds_per_event", "peak_bytes")
    return {key: rows[-1][key] / rows[0][key] for key in keys}


def checks(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compare time and memory with their bars."""
    flat = growth(rows)["cpu_microseconds_per_event"]
    bounds = [BASE + PER_EVENT * row["events"] + PER_ITEM * row["items"] for row in rows]
    used = max(row["peak_bytes"] / bound for row, bound in zip(rows, bounds, strict=True))
    bound = f"peak / ({BASE >> 20} MiB + {PER_EVENT} B per event + {PER_ITEM} B per item)"
    return [
        _check("CPU time per event, largest over smallest size", flat, FLAT),
        _check(bound, used, 1.0),
    ]


def _check(name: str, value: float, bar: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 3), "bar": bar, "holds": value <= bar}


def _options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", default="1e5..1e7")
    parser.add_argument("--items", default="1e4..1e6")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
