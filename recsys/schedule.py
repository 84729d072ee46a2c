"""What beat has done, and how often; the admin may change it."""

from typing import Any

DAY_S = 24 * 60 * 60.0
TASK_EVERY_S = {
    "delete old events": ("users.delete_old_events", DAY_S),
    "enqueue missing encodings": ("fusion.enqueue_missing_encodings", 5.0),
    "store served lists": ("fusion.store_served_lists", 5.0),
    "refresh popular products": ("fusion.refresh_popular", 60.0),
    "refresh hot lists": ("fusion.refresh_hot_lists", 60.0),
    "compute attribution": ("fusion.compute_attribution", 600.0),
    "note answers": ("fusion.note_answers", 60.0),
    "count the catalogue": ("fusion.count_catalogue", 60.0),
    # Looks whether a day has passed since the last check, so that a new shop is checked soon.
    "check pictures": ("fusion.check_picture_fit", 600.0),
    "delete old served lists": ("fusion.delete_old_served_lists", 3600.0),
}


def entries(*, sweep_every_s: float) -> dict[str, dict[str, Any]]:
    """Return the schedule as Celery reads it."""
    sweep = {"sweep orphaned training runs": ("fusion.sweep_orphaned_runs", sweep_every_s)}
    return {name: _entry(*each) for name, each in (TASK_EVERY_S | sweep).items()}


def _entry(task: str, every_s: float) -> dict[str, Any]:
    """Return one entry: a missed run is made up by the next one, so each expires before that."""
    expire_seconds = max(1, int(0.9 * every_s))  # as django-celery-beat calls it
    return {"task": task, "schedule": every_s, "options": {"expire_seconds": expire_seconds}}
