"""Which answers are kept, and how long."""

import uuid
from datetime import timedelta
from random import Random

import pytest
from pytest_django import Settings

from fusion.models import ServedList
from fusion.serving import served_list_retention
from fusion.serving.served_list_retention import delete_old, is_kept
from tests.factories import NOON


def served(age: timedelta) -> ServedList:
    return ServedList.objects.create(
        recommendation_id=uuid.uuid4(),
        scenario="home",
        fallback_level="model",
        took_ms=1.0,
        created_at=NOON - age,
    )


def test_a_stated_share_is_kept_and_always_the_same_one(settings: Settings) -> None:
    rng = Random(0)
    ids = [uuid.UUID(int=rng.getrandbits(128), version=4) for _ in range(10_000)]

    kept = {}
    for share in (0.0, 0.1, 0.5, 1.0):
        settings.FUSION_SERVED_LIST_SHARE = share
        kept[share] = {each for each in ids if is_kept(each)}

    assert (len(kept[0.0]), len(kept[1.0])) == (0, 10_000)
    assert 900 < len(kept[0.1]) < 1_100
    assert kept[0.1] < kept[0.5]


@pytest.mark.django_db
def test_old_answers_go_in_batches(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FUSION_SERVED_LIST_DAYS = 30
    monkeypatch.setattr(served_list_retention, "BATCH", 2)
    for days in (31, 32, 33):
        served(timedelta(days=days))
    young = served(timedelta(days=29))

    assert delete_old(now=NOON) == 3
    assert ServedList.objects.get() == young


@pytest.mark.django_db
def test_answers_whose_figures_may_change_stay(settings: Settings) -> None:
    settings.FUSION_SERVED_LIST_DAYS = 1
    settings.FUSION_ATTRIBUTION_DAYS = 7
    young = served(timedelta(days=7, hours=12))
    served(timedelta(days=9))

    assert delete_old(now=NOON) == 1
    assert ServedList.objects.get() == young
