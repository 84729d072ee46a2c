"""The product's settings, plus the view that answers are compared with."""

from recsys.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.serving_urls"
