"""Health of this process and of what it stands on."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from redis import Redis
from redis.exceptions import RedisError


def livez(_request: HttpRequest) -> JsonResponse:
    """Say that this process answers; a restart would not help anything else."""
    return JsonResponse({"status": "ok"})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        return f"unreachable: {type(error).__name__}"
    return "ok"


def _redis() -> str:
    try:
        Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError as error:
        return f"unreachable: {type(error).__name__}"
    return "ok"


def readyz(_request: HttpRequest) -> JsonResponse:
    """Say whether requests can be answered; without Redis they still are, from fallbacks."""
    checks = {"database": _database(), "redis": _redis()}
    checks |= {name: import_string(path)() for name, path in settings.HEALTH_CHECKS.items()}
    is_ready = checks["database"] == "ok"
    body = {"status": "ok" if is_ready else "unavailable", "checks": checks}
    return JsonResponse(body, status=200 if is_ready else 503)
