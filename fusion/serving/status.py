"""Which version should answer, and which one does."""

from django.db import DatabaseError

from catalog.redis_link import RedisDownError, redis_link
from fusion.models import ModelVersion
from fusion.serving import heartbeat, keys


def active_version() -> str:
    """Return the id of the promoted version, for /readyz."""
    active = ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE)
    try:
        version_id = active.values_list("pk", flat=True).first()
    except DatabaseError:
        return "unknown: the database is unreachable"
    return str(version_id) if version_id else "none: promote a version"


def serve_worker() -> str:
    """Return what the serve workers say of themselves, for /readyz."""
    try:
        [beat] = redis_link().run(("GET", keys.HEARTBEAT))
    except RedisDownError:
        return "unknown: Redis is unreachable"
    worker = heartbeat.read(beat)
    if worker is None:
        return "none: start a worker with `-Q serve`"
    loaded = f"version {worker.version_id}" if worker.version_id else "no version"
    return f"{worker.worker} has {loaded} loaded. {worker.problem}".strip()
