"""What a person chooses for a run, as settings and back."""

import json
from typing import Any

import pytest

from fusion.config import TrainingConfig
from fusion.training_options import PRESETS, TrainingOptions


def stored(options: TrainingOptions, **more: Any) -> dict[str, Any]:
    """The settings of a run as its row holds them."""
    values: dict[str, Any] = json.loads(options.settings().to_json())
    return values | more


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_alone_gives_its_settings(preset: Any) -> None:
    assert TrainingOptions(preset).settings() == TrainingConfig.preset(preset)


@pytest.mark.parametrize(
    "options",
    [
        TrainingOptions("standard", early_fusion=True),
        TrainingOptions("quick", ("image",), early_fusion=False),
        TrainingOptions("standard", refit=False, early_fusion=False),
    ],
)
def test_options_are_read_back_from_the_settings_of_a_run(options: TrainingOptions) -> None:
    assert TrainingOptions.of(stored(options)) == options


def test_the_seed_is_no_option() -> None:
    assert TrainingOptions.of(stored(TrainingOptions(), seed=7)) is not None


@pytest.mark.parametrize("values", [{"history_length": 3}, {"no such": 1}])
def test_settings_of_no_preset_have_no_options(values: dict[str, Any]) -> None:
    assert TrainingOptions.of(stored(TrainingOptions()) | values) is None
