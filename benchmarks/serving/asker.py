"""Clients in one process that ask without HTTP. `python -m benchmarks.serving.asker < plan.json`.

`list` is the product's own call of a serve worker, the sign of life it reads first included; tasks
are plain Celery tasks, each sent and waited for; `scoring` asks nobody.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import django

from benchmarks.processes import Spending
from benchmarks.serving.generator import main
from benchmarks.serving.noted import cuts
from recsys.stack import wait_until

START_S = 60.0  # a worker loads the model before it answers first
NUMBERS = 1_000


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Ask in one way with some clients for some seconds; return the figures."""
    django.setup()
    from benchmarks.serving.ways import Ways

    ask = Ways(with_history=plan["with_history"]).named(plan["way"])
    ready = threading.Barrier(plan["clients"] + 1, timeout=2 * START_S)
    with ThreadPoolExecutor(plan["clients"]) as pool:
        clients = [
            pool.submit(_client, ask, ready, plan["seconds"]) for _ in range(plan["clients"])
        ]
        with suppress(threading.BrokenBarrierError):  # a client says why
            ready.wait()
        spending, started = Spending(plan["pids"]), time.perf_counter()
        seconds = [each for client in clients for each in client.result()]
        took, spent = time.perf_counter() - started, spending.so_far()
    answered = [each for each in seconds if each is not None]
    return {
        "requests": len(answered),
        "requests_per_s": round(len(answered) / took, 1),
        **cuts(answered),
        "share_unanswered": round(1 - len(answered) / len(seconds), 4),
        "cpu_seconds": spent,
    }


def _client(
    ask: Callable[[int], bool], ready: threading.Barrier, seconds: float
) -> list[float | None]:
    """Ask again and again; return the seconds of each answer, None where there was none."""
    number = random.randrange(NUMBERS)  # noqa: S311
    try:
        wait_until(lambda: ask(number), seconds=START_S, what="nobody answers")
    except Exception:
        ready.abort()
        raise
    ready.wait()
    times: list[float | None] = []
    give_up_at = time.perf_counter() + seconds
    while (started := time.perf_counter()) < give_up_at:
        number += 1
        is_answered = ask(number)
        times.append(time.perf_counter() - started if is_answered else None)
    return times


if __name__ == "__main__":
    main(run)
