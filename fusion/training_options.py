"""What a person chooses for a run, as settings and back; no Django, no torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

from fusion.config import ConfigError, TrainingConfig

Preset = Literal["standard", "quick"]
PRESETS: tuple[Preset, ...] = get_args(Preset)


@dataclass(frozen=True)
class TrainingOptions:
    """The choices of one run.

    Attributes:
        leave_out: modalities to train without; an experiment, as the report of the whole
            tells already what each is worth.
        refit: train a second time, on everything, for what is served.
        early_fusion: measure early fusion as well; None leaves it to the preset.
    """

    preset: Preset = "standard"
    leave_out: tuple[str, ...] = ()
    refit: bool = True
    early_fusion: bool | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self | None:
        """Read the options of a run's stored settings; None where no preset gives these."""
        try:
            config = TrainingConfig.from_json(json.dumps(values))
        except ConfigError:
            return None
        for preset in PRESETS:
            options = cls(preset, config.leave_out, config.refit, config.evaluation.early_fusion)
            if options.settings(seed=config.seed) == config:
                return options
        return None

    def settings(self, *, seed: int = 0) -> TrainingConfig:
        """Return the settings of a run."""
        config = TrainingConfig.preset(self.preset)
        evaluation = config.evaluation
        if self.early_fusion is not None:
            evaluation = replace(evaluation, early_fusion=self.early_fusion)
        return replace(
            config, seed=seed, leave_out=self.leave_out, refit=self.refit, evaluation=evaluation
        )
