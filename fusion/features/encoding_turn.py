"""At most one encoding task per modality: a turn in Redis that expires by itself.

Two tasks at once would be harmless, since vectors are known by content, but a queue that
beat fills faster than a worker empties it would not be.
"""

from django.conf import settings
from redis import Redis

TURN_SECONDS = 120  # longer than loading an encoder and one batch


def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=5)


def _key(modality: str) -> str:
    return f"fusion:encoding_turn:{modality}"


def take_turn(modality: str) -> bool:
    """Take the modality's turn; False while a task has it."""
    with _redis() as redis:
        return bool(redis.set(_key(modality), 1, nx=True, ex=TURN_SECONDS))


def keep_turn(modality: str) -> None:
    """Say that the task with the turn is alive."""
    with _redis() as redis:
        redis.set(_key(modality), 1, ex=TURN_SECONDS)


def give_turn_back(modality: str) -> None:
    """Let the next task begin at once."""
    with _redis() as redis:
        redis.delete(_key(modality))
