"""Admin pages of the model; they also complete the pages of products and shoppers."""

from fusion.admin import (
    attribution,
    comparisons,
    embeddings,
    model_versions,
    parked_tasks,
    picture_fits,
    products,
    rules,
    scenarios,
    schedules,
    served_lists,
    shoppers,
    training_runs,
)

__all__ = [
    "attribution",
    "comparisons",
    "embeddings",
    "model_versions",
    "parked_tasks",
    "picture_fits",
    "products",
    "rules",
    "scenarios",
    "schedules",
    "served_lists",
    "shoppers",
    "training_runs",
]
