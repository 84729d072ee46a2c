"""Which version a process has loaded."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from fusion.models import ModelVersion
from fusion.serving.ranker import Ranker
from fusion.serving.runtime import RETRY_S, ServingRuntime
from fusion.training.artifact import ArtifactError
from tests.fusion.served_shop import trained

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OLD, NEW = (ModelVersion(pk=pk, artifact=str(pk), cutoff=NOW) for pk in (1, 2))


@dataclass
class Loader:
    """Loads every version but those in `damaged`; also the clock."""

    damaged: set[int] = field(default_factory=set)
    loaded: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def __call__(self, version: ModelVersion) -> Ranker:
        self.loaded.append(version.pk)
        if version.pk in self.damaged:
            raise ArtifactError("weights.safetensors has changed. Promote another version.")
        return Ranker(copy.deepcopy(trained()))


def make_runtime(loader: Loader) -> ServingRuntime:
    return ServingRuntime(loader, clock=lambda: loader.seconds)


def loaded_id(runtime: ServingRuntime) -> int | None:
    return runtime.loaded.version_id if runtime.loaded else None


def test_the_active_version_is_loaded_once() -> None:
    loader = Loader()
    runtime = make_runtime(loader)

    changes = [runtime.follow(OLD, now=NOW) for _ in range(3)]

    assert changes == [True, False, False]
    assert loader.loaded == [1]


def test_a_promoted_version_takes_the_place_of_the_old_one() -> None:
    runtime = make_runtime(Loader())
    runtime.follow(OLD, now=NOW)

    runtime.follow(NEW, now=NOW)

    assert loaded_id(runtime) == 2


def test_without_an_active_version_none_is_loaded() -> None:
    runtime = make_runtime(Loader())
    runtime.follow(OLD, now=NOW)

    assert runtime.follow(None, now=NOW)
    assert runtime.loaded is None


def test_the_old_version_goes_on_when_the_new_one_is_damaged() -> None:
    runtime = make_runtime(Loader(damaged={2}))
    runtime.follow(OLD, now=NOW)

    runtime.follow(NEW, now=NOW)

    assert loaded_id(runtime) == 1
    assert runtime.problem == (
        "Version 2 cannot be loaded. weights.safetensors has changed. Promote another version."
    )


def test_a_damaged_version_is_not_tried_every_second() -> None:
    loader = Loader(damaged={2})
    runtime = make_runtime(loader)
    for loader.seconds in (0.0, 1.0, RETRY_S - 1, RETRY_S + 1):
        runtime.follow(NEW, now=NOW)

    assert loader.loaded == [2, 2]


def test_a_roll_back_ends_the_problem() -> None:
    runtime = make_runtime(Loader(damaged={2}))
    for version in (OLD, NEW, OLD):
        runtime.follow(version, now=NOW)

    assert (loaded_id(runtime), runtime.problem) == (1, "")


def test_a_repaired_version_is_loaded() -> None:
    loader = Loader(damaged={2})
    runtime = make_runtime(loader)
    runtime.follow(NEW, now=NOW)
    loader.damaged.clear()
    loader.seconds = RETRY_S + 1

    runtime.follow(NEW, now=NOW)

    assert (loaded_id(runtime), runtime.problem) == (2, "")
