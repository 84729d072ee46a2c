"""The Celery app."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsys.settings")
app = Celery("recsys", task_cls="fusion.runs.bounded_task:BoundedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("fusion.serving.worker_step:ServeStep")
