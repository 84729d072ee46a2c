"""The Django project: wiring, no domain rules."""

from recsys.celery import app as celery_app

__all__ = ["celery_app"]
