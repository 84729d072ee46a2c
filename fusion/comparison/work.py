"""Loading two versions and letting both rank for the same shoppers; imports torch."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from fusion.comparison import measured, shoppers
from fusion.comparison.lists import SHOWN, change
from fusion.comparison.shoppers import Asked
from fusion.evaluation.ranking import DEPTH
from fusion.models import ModelVersion
from fusion.serving.catalogue_follower import CatalogueFollower
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import RankedItem, Ranking
from fusion.serving.runtime import encoders_of, load_ranker

ACTIVE_SHOPPERS = 200
TESTED_SHOPPERS = 1_000
SAMPLES = 8  # shoppers whose lists are kept
BATCH = 32
Progress = Callable[[float, str], None]
Rankings = list[Ranking]


@dataclass(frozen=True)
class Pair:
    """Two rankers with the catalogue as it is now."""

    first: Ranker
    second: Ranker

    def rank(
        self, asked: Sequence[Asked], k: int, tell: Callable[[float], None]
    ) -> tuple[Rankings, Rankings]:
        """Return the lists of both versions for each shopper."""
        found: tuple[Rankings, Rankings] = ([], [])
        for start in range(0, len(asked), BATCH):
            requests = [_request(each, k) for each in asked[start : start + BATCH]]
            for ranker, lists in zip((self.first, self.second), found, strict=True):
                lists.extend(ranker.rank(requests))
            tell(min(start + BATCH, len(asked)) / len(asked))
        return found


def compare(
    first: ModelVersion, second: ModelVersion, *, now: datetime, progress: Progress
) -> dict[str, Any]:
    """Return how the second version differs from the first, ready for JSON.

    `lists` says what changes for the shoppers who acted last, `samples` shows some of them,
    `news` scores both on what shoppers did after both were trained, and `holdout`, where both
    were trained on the same data, on the shoppers held out from it.

    Raises:
        ArtifactError: a version cannot be loaded; the message says why.
        ValueError: no shopper has acted yet.
    """
    progress(0.02, f"Loading version {first.pk}.")
    pair = Pair(_whole(first), _second(second, progress))
    progress(0.25, "Reading shoppers.")
    active = shoppers.active_now(ACTIVE_SHOPPERS, now=now)
    since = max(first.cutoff, second.cutoff)
    tested = shoppers.with_news(TESTED_SHOPPERS, since=since, now=now)
    lists = pair.rank(active, SHOWN, _part(progress, 0.35, 0.6, "Ranking for active shoppers."))
    ranks = _ranks(pair, tested, _part(progress, 0.6, 0.95, "Testing on what shoppers did since."))
    return {
        "since": since.isoformat(),
        "lists": change(*[_pks(each) for each in lists]).plain(),
        "samples": _samples(active, *lists),
        "news": measured.on_news(*ranks),
        "holdout": measured.on_holdout(*[_folder(each) for each in (first, second)]),
    }


def _whole(version: ModelVersion) -> Ranker:
    """Load a version as a serve worker does, with what happened to the catalogue since."""
    ranker = load_ranker(version)
    follower = CatalogueFollower(ranker, cutoff=version.cutoff, encoders=encoders_of(version))
    return follower.first(ranker)


def _second(version: ModelVersion, progress: Progress) -> Ranker:
    progress(0.12, f"Loading version {version.pk}.")
    return _whole(version)


def _request(asked: Asked, k: int) -> RankRequest:
    history = [(e.product_pk, e.weight, e.occurred_at) for e in asked.history]
    return RankRequest(history, k, asked.met_pks)


def _ranks(
    pair: Pair, tested: Sequence[Asked], tell: Callable[[float], None]
) -> tuple[list[int], list[int]]:
    """Return the place of what each shopper met next, from 1, and 0 beyond DEPTH."""
    targets = [each.target_pk for each in tested]
    first, second = (_pks(each) for each in pair.rank(tested, DEPTH, tell))
    return _places(first, targets), _places(second, targets)


def _places(lists: list[list[int]], targets: Sequence[int | None]) -> list[int]:
    return [
        pks.index(target) + 1 if target in pks else 0
        for pks, target in zip(lists, targets, strict=True)
    ]


def _samples(asked: Sequence[Asked], first: Rankings, second: Rankings) -> list[dict[str, Any]]:
    """Return both lists of some shoppers, drawn by a fixed seed."""
    chosen = random.Random(0).sample(range(len(asked)), min(SAMPLES, len(asked)))  # noqa: S311
    return [
        {
            "shopper": asked[at].shopper_pk,
            "history": [entry.product_pk for entry in asked[at].history[-5:]],
            "first": [_row(each) for each in first[at]],
            "second": [_row(each) for each in second[at]],
        }
        for at in sorted(chosen)
    ]


def _row(item: RankedItem) -> dict[str, Any]:
    parts = {name: round(value, 4) for name, value in item.contributions.items()}
    return {"product": item.product_pk, "score": round(item.score, 4), "contributions": parts}


def _pks(lists: Rankings) -> list[list[int]]:
    return [each.product_pks for each in lists]


def _part(progress: Progress, start: float, stop: float, words: str) -> Callable[[float], None]:
    def tell(done: float) -> None:
        progress(start + done * (stop - start), words)

    return tell


def _folder(version: ModelVersion) -> Any:
    return settings.FUSION_ARTIFACT_DIR / version.artifact
