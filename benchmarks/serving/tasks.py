"""A question as a Celery task: what it would be without the request list."""

from functools import cache
from typing import TYPE_CHECKING

from celery import shared_task

if TYPE_CHECKING:
    from fusion.serving.answering import LoadedVersion

QUEUE = "compared"


@shared_task(name="benchmarks.rank", acks_late=False, ignore_result=False)
def rank(message: str) -> str:
    """Answer one packed request as a serve worker would."""
    from fusion.serving.answering import answer

    deliver, *_ = answer([message.encode()], loaded_version(), now_ms=lambda: 0)
    return bytes(deliver[2]).decode()  # type: ignore[arg-type]


@cache
def loaded_version() -> "LoadedVersion":
    """Return the active version as a serve worker holds it."""
    from fusion.models import ModelVersion
    from fusion.serving.answering import LoadedVersion
    from fusion.serving.runtime import load_ranker

    active = ModelVersion.objects.get(status=ModelVersion.Status.ACTIVE)
    return LoadedVersion(active.pk, load_ranker(active), catalogue_at_ms=0)
