"""Training settings to and from JSON."""

import pytest

from fusion.config import ConfigError, TrainingConfig


@pytest.mark.parametrize("name", ["quick", "standard"])
def test_settings_survive_the_way_through_json(name: str) -> None:
    config = TrainingConfig.preset("quick" if name == "quick" else "standard")

    assert TrainingConfig.from_json(config.to_json()) == config


def test_an_absent_setting_keeps_its_default() -> None:
    config = TrainingConfig.from_json('{"seed": 7, "sequence": {"layers": 2}}')

    assert (config.seed, config.sequence.layers, config.sequence.heads) == (7, 2, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "are not JSON"),
        ("[]", "settings must be an object"),
        ('{"sead": 1}', "settings has no setting 'sead'"),
        ('{"sequence": {"layers": "two"}}', "settings.sequence.layers must be int"),
        ('{"refit": 1}', "settings.refit must be bool"),
    ],
)
def test_settings_that_cannot_be_read_are_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainingConfig.from_json(text)
