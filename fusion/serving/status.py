"""Which version should answer, and which ones do."""

from django.db import DatabaseError

from catalog.redis_link import RedisDownError, redis_link
from fusion.models import ModelVersion
from fusion.serving.fleet import living_workers


def active_version() -> str:
    """Return the id of the promoted version, for /readyz."""
    active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)
    try:
        version_id = active.values_list("pk", flat=True).first()
    except DatabaseError:
        return "unknown: the database is unreachable"
    return str(version_id) if version_id else "none: promote a version"


def serve_workers() -> list[str] | str:
    """Return what each serve worker says of itself, for /readyz."""
    try:
        workers = living_workers(redis_link())
    except RedisDownError:
        return "unknown: Redis is unreachable"
    if not workers:
        return "none: start a worker with `-Q serve`"
    return [worker.words() for worker in workers]
