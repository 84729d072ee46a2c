"""Which version serves: promotion and rollback."""

import logging
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from catalog.redis_link import RedisDownError, redis_link
from fusion import tasks
from fusion.models import ModelVersion
from fusion.serving import keys
from fusion.training.manifest import ArtifactError, verify_artifact

logger = logging.getLogger(__name__)


class PromotionRefused(Exception):
    """The version must not serve; the message says why. The active one goes on."""


def active_version() -> ModelVersion | None:
    """Return the version that serves."""
    return ModelVersion.objects.filter(status=ModelVersion.Status.ACTIVE).first()


def version_before(active: ModelVersion) -> ModelVersion | None:
    """Return the version that a roll-back from the active one returns to."""
    if active.promoted_at is None:
        return None
    earlier = ModelVersion.objects.filter(promoted_at__lt=active.promoted_at)
    return earlier.defer("report").order_by("-promoted_at").first()


def promote_version(
    *, version_id: int, promoted_at: datetime, override_reason: str = ""
) -> ModelVersion:
    """Make a version the active one and retire the one before it.

    Promoting the active version again changes nothing. A reason, which is kept, overrides
    the gate; nothing overrides a damaged artifact.

    Raises:
        ModelVersion.DoesNotExist: there is no such version.
        PromotionRefused: the gate says no, or the artifact cannot be used.
    """
    _require_whole_artifact(ModelVersion.objects.get(pk=version_id))
    with transaction.atomic():
        versions = _all_locked()
        chosen, active = versions[version_id], _active(versions)
        if chosen is active:
            return chosen
        if not override_reason:
            _require_gate(chosen, active)
        chosen.override_reason = override_reason or chosen.override_reason
        chosen.promoted_at = promoted_at
        _switch(active, chosen)
    return chosen


def roll_back(*, version_id: int | None = None) -> ModelVersion:
    """Return to the version that was promoted before the active one.

    Its `promoted_at` stays, so that rolling back again goes further back.

    Args:
        version_id: the version to leave, so that a second click changes nothing; None means
            whichever is active.

    Raises:
        PromotionRefused: the version is not active, or there is nothing to return to.
    """
    with transaction.atomic():
        versions = _all_locked()
        active = _active(versions)
        if active is None or version_id not in (None, active.pk):
            raise PromotionRefused("Only the active version can be rolled back.")
        previous = version_before(active)
        if previous is None:
            raise PromotionRefused(f"No version was active before version {active.pk}.")
        _require_whole_artifact(previous)
        _switch(active, previous)
    return previous


def _all_locked() -> dict[int, ModelVersion]:
    # All rows, in one order. Locking only the two that change is not enough: of two
    # promotions at once, the second would not see the row the first made active.
    list(ModelVersion.objects.select_for_update().order_by("id").values_list("id"))
    # Read once more: a version that appeared while we waited may be the active one.
    return {each.pk: each for each in ModelVersion.objects.defer("report").order_by("id")}


def _active(versions: dict[int, ModelVersion]) -> ModelVersion | None:
    rows = versions.values()
    return next((each for each in rows if each.status == ModelVersion.Status.ACTIVE), None)


def _require_whole_artifact(version: ModelVersion) -> None:
    try:
        verify_artifact(settings.FUSION_ARTIFACT_DIR / version.artifact)
    except ArtifactError as error:
        raise PromotionRefused(str(error)) from error


def _require_gate(candidate: ModelVersion, active: ModelVersion | None) -> None:
    """Refuse what the gate did not pass, or passed against another version than today's."""
    if candidate.status == ModelVersion.Status.RETIRED:
        return  # has served before
    verdict = candidate.report.get("verdict", {})
    if not verdict.get("passed"):
        reason = candidate.gate_reason or "It was not evaluated."
        raise PromotionRefused(f"{reason} Give a reason to promote it all the same.")
    if active is not None and verdict.get("active_version") != active.pk:
        raise PromotionRefused(
            f"Version {candidate.pk} was not compared with version {active.pk}, which is active "
            "now. Train again, or give a reason to promote it all the same."
        )


def _switch(active: ModelVersion | None, chosen: ModelVersion) -> None:
    if active is not None:
        active.status = ModelVersion.Status.RETIRED
        active.save(update_fields=["status"])
    chosen.status = ModelVersion.Status.ACTIVE
    chosen.save(update_fields=["status", "promoted_at", "override_reason"])
    transaction.on_commit(partial(_announce, chosen.pk))


def _announce(version_id: int) -> None:
    """Wake the serve workers, and have hot lists made anew: both only sooner than otherwise."""
    try:
        redis_link().run(("PUBLISH", keys.ACTIVE_VERSION_CHANNEL, version_id))
        tasks.enqueue_hot_lists()
    except (RedisDownError, OperationalError):
        logger.warning("promotion.not_announced", extra={"version_id": version_id})
