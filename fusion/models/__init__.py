"""Rows of the model's life, of what is shown, and of what the shop wants shown."""

from fusion.models.aggregates import AnswerHour, CatalogueCount, ProductShown
from fusion.models.answers import AttributionDay, ServedList
from fusion.models.comparisons import VersionComparison
from fusion.models.merchandising import FallbackPolicy, Rule, Scenario, SeenPolicy
from fusion.models.parked import ParkedTask
from fusion.models.picture_fit import PictureFit, PictureFitQuerySet
from fusion.models.training import (
    MAX_ATTEMPTS,
    Embedding,
    ModelVersion,
    TrainingRun,
    TrainingRunQuerySet,
    training_lease,
)

__all__ = [
    "MAX_ATTEMPTS",
    "AnswerHour",
    "AttributionDay",
    "CatalogueCount",
    "Embedding",
    "FallbackPolicy",
    "ModelVersion",
    "ParkedTask",
    "PictureFit",
    "PictureFitQuerySet",
    "ProductShown",
    "Rule",
    "Scenario",
    "SeenPolicy",
    "ServedList",
    "TrainingRun",
    "TrainingRunQuerySet",
    "VersionComparison",
    "training_lease",
]
