"""Admin pages of the model; they also complete the pages of products and shoppers."""

from fusion.admin import (
    embeddings,
    model_versions,
    products,
    schedules,
    served_lists,
    shoppers,
    training_runs,
)

__all__ = [
    "embeddings",
    "model_versions",
    "products",
    "schedules",
    "served_lists",
    "shoppers",
    "training_runs",
]
