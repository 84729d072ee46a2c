"""Queues, workers and the serve worker's sign of life, asked with little patience."""

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys
from fusion.serving.fleet import LivingWorker, living_workers

QUEUES = {
    "default": "Small tasks: sweeps, storing answers, fetching pictures.",
    "content": "Texts and pictures that wait for their encoder.",
    "train": "Training runs that wait for a worker.",
}
WORKERS_ANSWER_WITHIN_S = 0.7


def queue_depths() -> list[tuple[str, int | None, str]]:
    """Return each queue with how many messages wait, and what they are; None without Redis."""
    names = [*QUEUES, keys.REQUESTS]
    limit = settings.FUSION_SERVE_QUEUE_LIMIT
    of_requests = f"Requests that wait for the model; beyond {limit} the next step answers."
    words = [*QUEUES.values(), of_requests]
    try:
        depths = redis_link().run(*(("LLEN", name) for name in names))
    except RedisDownError:
        depths = [None] * len(names)
    return list(zip([*QUEUES, "requests"], depths, words, strict=True))


def worker_queues() -> dict[str, str]:
    """Return each worker that answers with the queues it takes from; empty when none does."""
    try:
        redis_link().run(("PING",))  # Celery itself would wait six seconds for a dead Redis
        replies = current_app.control.inspect(timeout=WORKERS_ANSWER_WITHIN_S).active_queues()
    except (OperationalError, RedisError, RedisDownError, OSError):
        return {}
    found = sorted((replies or {}).items())
    return {name: ", ".join(queue["name"] for queue in queues) for name, queues in found}


def serve_workers() -> list[LivingWorker]:
    """Return the serve workers that are there; none while Redis is down."""
    try:
        return living_workers(redis_link())
    except RedisDownError:
        return []


def heartbeat_words() -> str:
    """Say which versions the serve workers answer with, and what is wrong with any."""
    try:
        workers = living_workers(redis_link())
    except RedisDownError:
        return "Redis does not answer, so the shop gets popular products instead of personal ones."
    if not workers:
        return (
            "No serve worker is there. Start one: celery -A recsys worker -Q serve -P threads -c 1"
        )
    return " ".join(map(_words, workers))


def _words(worker: LivingWorker) -> str:
    said = worker.said
    if said.problem:
        return f"{said.worker}: {said.problem}"
    if said.version_id is None:
        return f"{said.worker} is there, without a model: train and promote a version."
    return f"{said.worker} answers with version {said.version_id}."
