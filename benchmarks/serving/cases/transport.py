"""The request list of the serve worker beside Celery tasks, from one client process."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.serving import plain, tasks
from benchmarks.serving.plan import MODEL, Plan, costed, drive
from benchmarks.serving.report import (
    Figures,
    Found,
    Sizes,
    at_least,
    at_most,
    over_rounds,
    spread,
)
from benchmarks.stack import Shop

POOL = ("-P", "threads", "-c", "2", "--prefetch-multiplier", "4")
TASKS = ("-Q", tasks.QUEUE, *POOL)
PLAIN_TASKS = ("-Q", plain.QUEUE, *POOL)
MANY, TRANSPORT_CLIENTS = 32, (1, 32)
SERVE = ("-Q", "serve", "-P", "threads", "-c", "1")
TRANSPORT_PARTS = ("clients", "redis", "no-op", "plain")


def model(shop: Shop, sizes: Sizes) -> Found:
    """One client: the model through the request list, an empty task, the whole HTTP answer."""
    ways = ("list", "empty task")
    rounds: dict[str, list[Figures]] = {way: [] for way in (*ways, "http")}
    with _plain_worker(shop, {}):
        for _ in range(sizes.rounds):
            for way in ways:
                rounds[way].append(_asked(shop, way, 1, sizes.seconds))
            rounds["http"].append(drive(shop, Plan([MODEL], sizes.seconds, clients=1)))
    ratio = _ratio(rounds["list"], rounds["empty task"], "p50_ms")
    figures: dict[str, Any] = {way: over_rounds(found) for way, found in rounds.items()}
    figures["p50_over_empty_task"] = ratio
    figures["note"] = "list: asked straight from a client process; http: the whole answer, no bar"
    name = "model, 1 client: p50 of asking the serve worker over that of an empty Celery task"
    return Found(figures, [at_most(name, ratio["median"], 1.0, holds=_answered(rounds["list"]))])


def batching(shop: Shop, sizes: Sizes) -> Found:
    """Many clients: the request list against one task a request, with the same model.

    The deadline is long for once: tasks have none, and here nothing may be turned away.
    """
    env = {**_other_redis(shop), "FUSION_SERVE_DEADLINE_MS": "10000"}
    rounds: dict[str, list[Figures]] = {"list": [], "task": []}
    with shop.worker("patient", *SERVE, env=env), shop.worker("tasks", *TASKS, env=env):
        for _ in range(sizes.rounds):
            for way, found in rounds.items():
                found.append(_asked(shop, way, MANY, sizes.seconds, env=env))
    ratio = _ratio(rounds["list"], rounds["task"], "requests_per_s")
    figures: dict[str, Any] = {way: over_rounds(found) for way, found in rounds.items()}
    figures["throughput_over_tasks"] = ratio
    name = f"model, {MANY} clients: throughput over one Celery task a request, same model"
    return Found(figures, [at_least(name, ratio["median"], 3.0, holds=_answered(rounds["list"]))])


def transport(shop: Shop, sizes: Sizes) -> Found:
    """A model that does nothing, against an empty task: processor time of all who take part."""
    env = _other_redis(shop)
    figures: dict[str, Any] = {}
    with (
        shop.worker("no-op", *SERVE, env=env, app="benchmarks.serving.no_op"),
        _plain_worker(shop, env),
    ):
        for clients in TRANSPORT_CLIENTS:
            figures[f"{clients} clients"] = _transport_at(shop, sizes, clients, env)
    worst = max(found["cpu_over_empty_task"]["median"] for found in figures.values())
    name = "transport: processor time a request (clients, worker, Redis) over an empty task's"
    return Found(figures, [at_most(f"{name}, the higher of 1 and {MANY} clients", worst, 0.2)])


def _plain_worker(shop: Shop, env: dict[str, str]) -> AbstractContextManager[None]:
    """Have a Celery worker that knows nothing of the product."""
    without_django = {**env, "DJANGO_SETTINGS_MODULE": ""}
    return shop.worker("plain", *PLAIN_TASKS, env=without_django, app="benchmarks.serving.plain")


def _transport_at(shop: Shop, sizes: Sizes, clients: int, env: dict[str, str]) -> Figures:
    rounds: dict[str, list[Figures]] = {"list": [], "empty task": []}
    for _ in range(sizes.rounds):
        for way, found in rounds.items():
            asked = _asked(shop, way, clients, sizes.seconds, env=env, with_history=False)
            used = asked["cpu_us_per_request"]
            found.append({**asked, "cpu_us": sum(used[part] for part in TRANSPORT_PARTS)})
    figures: dict[str, Any] = {way: over_rounds(found) for way, found in rounds.items()}
    ratio = _ratio(rounds["list"], rounds["empty task"], "cpu_us")
    return figures | {"cpu_over_empty_task": ratio}


def _asked(
    shop: Shop,
    way: str,
    clients: int,
    seconds: float,
    *,
    env: dict[str, str] | None = None,
    with_history: bool = True,
) -> Figures:
    told = {"way": way, "clients": clients, "seconds": seconds, "with_history": with_history}
    return costed(shop, "benchmarks.serving.asker", told, env or shop.stack.env)


def _other_redis(shop: Shop) -> dict[str, str]:
    """Return the environment of a second database in the same Redis, with no other worker."""
    address = shop.stack.env["REDIS_URL"].rpartition("/")[0]
    return {**shop.stack.env, "REDIS_URL": f"{address}/1"}


def _ratio(ours: Sequence[Figures], theirs: Sequence[Figures], name: str) -> Figures:
    return spread([a[name] / b[name] for a, b in zip(ours, theirs, strict=True)])


def _answered(rounds: Sequence[Figures]) -> bool:
    return all(found["share_unanswered"] < 0.01 for found in rounds)
