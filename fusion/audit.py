"""What the audit log says of the model."""

from fusion.models import ModelVersion


def active_change(before: ModelVersion | None, after: ModelVersion) -> dict[str, tuple[str, str]]:
    """Return which version served before a change, and which one does now."""
    return {"Active version": (f"v{before.pk}" if before else "", f"v{after.pk}")}
