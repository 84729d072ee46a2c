"""The product's settings, plus the view and the tasks that answers are compared with."""

from recsys.settings import *  # noqa: F403
from recsys.settings import CELERY_IMPORTS as PRODUCT_IMPORTS
from recsys.settings import REDIS_URL

ROOT_URLCONF = "benchmarks.serving.urls"
CELERY_IMPORTS = [*PRODUCT_IMPORTS, "benchmarks.serving.tasks"]
CELERY_RESULT_BACKEND = REDIS_URL
