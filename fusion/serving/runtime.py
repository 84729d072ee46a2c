"""The loaded version of this process."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

import torch
from django.conf import settings
from django.db import DatabaseError

from fusion.features.store import encoder_in_use, modality_names
from fusion.models import ModelVersion
from fusion.serving.answering import LoadedVersion
from fusion.serving.catalogue_follower import CatalogueFollower
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.retrieval import retrieval_for
from fusion.training.artifact import load_artifact

logger = logging.getLogger(__name__)
RETRY_S = 30.0  # a version that cannot be loaded is read whole at each try


def load_ranker(version: ModelVersion) -> Ranker:
    """Read a version's artifact.

    Raises:
        ArtifactError: the folder is damaged; the message says what to do.
        RetrievalError: the external vector index does not answer.
    """
    recommender = load_artifact(settings.FUSION_ARTIFACT_DIR / version.artifact)
    device = _device()
    retrieval = retrieval_for(version, num_items=len(recommender.item_ids) - 1, device=device)
    looks_first = settings.FUSION_RETRIEVAL == "auto" and retrieval is None and device == "cpu"
    return Ranker(recommender, device=device, retrieval=retrieval, looks_first=looks_first)


def _device() -> str:
    if settings.FUSION_DEVICE != "auto":
        return str(settings.FUSION_DEVICE)
    return "cuda" if torch.cuda.is_available() else "cpu"


class ServingRuntime:
    """Holds the active version; one per process, changed by one thread, read by all.

    Readers take `loaded` once per batch. A new version is loaded beside the old one and
    takes its place by one assignment; the old one goes on when the new one cannot be loaded.
    """

    def __init__(
        self,
        load: Callable[[ModelVersion], Ranker] = load_ranker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.loaded: LoadedVersion | None = None
        self.problem = ""  # why the active version is not the loaded one, in plain words
        self._load = load
        self._clock = clock
        self._follower: CatalogueFollower | None = None
        self._failed: tuple[int, float] | None = None  # version id, when to try again

    def follow(self, active: ModelVersion | None, *, now: datetime) -> bool:
        """Make `active` the loaded version; say whether something changed."""
        if active is None:
            was_loaded, self.loaded = self.loaded is not None, None
            self.problem = ""
            return was_loaded
        if self.loaded is not None and self.loaded.version_id == active.pk:
            self.problem = ""
            return False
        if self._failed and self._failed[0] == active.pk and self._clock() < self._failed[1]:
            return False
        return self._try(active, now=now)

    def refresh(self, *, now: datetime) -> bool:
        """Take over what changed in the catalogue; say whether something did."""
        if self.loaded is None or self._follower is None:
            return False
        ranker = self._follower.refresh(self.loaded.ranker, now=now)
        if ranker is self.loaded.ranker:
            return False
        self.loaded = LoadedVersion(self.loaded.version_id, ranker, _milliseconds(now))
        return True

    def _try(self, active: ModelVersion, *, now: datetime) -> bool:
        try:
            ranker = self._load(active)
            follower = CatalogueFollower(ranker, cutoff=active.cutoff, encoders=encoders_of(active))
            ranker = follower.first(ranker)
            _warm_up(ranker)
        except DatabaseError:
            raise  # says nothing of the version: the next look tries again
        except Exception as error:
            self._failed = active.pk, self._clock() + RETRY_S
            self.problem = f"Version {active.pk} cannot be loaded. {error}"
            logger.exception("serving.load_failed", extra={"version_id": active.pk})
            return True
        self.loaded = LoadedVersion(active.pk, ranker, _milliseconds(now))
        self._follower, self._failed, self.problem = follower, None, ""
        logger.info("serving.loaded", extra={"version_id": active.pk})
        return True


def encoders_of(version: ModelVersion) -> dict[str, str]:
    """Return the encoders a version was trained with; those in use where it had no vectors."""
    in_use = {name: encoder_in_use(name) for name in modality_names()}
    return {**in_use, **version.report.get("encoders", {})}


def _warm_up(ranker: Ranker) -> None:
    """Rank once, so that no request pays for what torch does on the first call."""
    ranker.rank(
        [RankRequest(history=[(pk, 1.0, 0)], k=1) for pk in ranker.index.product_pks[-1:].tolist()]
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
