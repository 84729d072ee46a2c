"""Every choice a training run makes, as frozen dataclasses that go to and from JSON."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self, get_type_hints


class ConfigError(ValueError):
    """The configuration cannot be read; the message names the field."""


@dataclass(frozen=True)
class SequenceConfig:
    """The causal transformer over item ids (behaviour) or item vectors (text, image)."""

    embedding_dim: int = 64
    layers: int = 1
    heads: int = 2
    dropout: float = 0.2
    learning_rate: float = 5e-3
    weight_decay: float = 0.0
    max_epochs: int = 12  # the learning rate falls to almost nothing by the last
    patience: int = 4  # epochs without a better validation NDCG before training stops
    tokens_per_batch: int = 1024
    full_softmax_up_to: int = 4000  # items; beyond it the softmax is sampled
    negatives: int = 1024  # shared by a batch when the softmax is sampled


@dataclass(frozen=True)
class CoOccurrenceConfig:
    """Item-to-item evidence; validation picks a kernel or a penalty, and a decay."""

    neighbours: int = 200
    reach: int = 20  # interactions before one that it is tied to
    fade: float = 0.7  # of a tie, per moment between the two
    kernels: tuple[tuple[float, float], ...] = ((0.4, 5.0), (0.4, 20.0), (0.3, 40.0))
    decays: tuple[float, ...] = (1.0, 0.9, 0.8, 0.6)  # weight of an event per newer one
    linear_up_to: int = 3000  # items; beyond it the dense regression is left out
    linear_reach: int = 40
    linear_fade: float = 0.9
    penalties: tuple[float, ...] = (100.0, 300.0)  # of the regression


@dataclass(frozen=True)
class ContentConfig:
    """A head over frozen encoder vectors."""

    hidden: int = 256
    sequence: SequenceConfig = field(  # its embedding_dim is also how many components are kept
        default_factory=lambda: SequenceConfig(embedding_dim=128, max_epochs=5, learning_rate=3e-3)
    )


@dataclass(frozen=True)
class FusionConfig:
    """How the weights of the late fusion are fitted."""

    shoppers: int = 4000  # validation shoppers used, drawn by the seed
    candidates: int = 50  # kept per signal and shopper; the true item always is
    shrinkage: float = 300.0  # shoppers of a bucket that weigh as much as all others together


@dataclass(frozen=True)
class EvaluationConfig:
    """What the report contains."""

    early_fusion: bool = True
    resamples: int = 2000  # of the paired bootstrap
    shoppers: int = 50_000  # test shoppers at most, drawn by the seed


@dataclass(frozen=True)
class TrainingConfig:
    """All settings of one training run; with the seed and the data they decide the result."""

    seed: int = 0
    history_length: int = 200  # newest events read
    sequence: SequenceConfig = field(default_factory=SequenceConfig)
    co_occurrence: CoOccurrenceConfig = field(default_factory=CoOccurrenceConfig)
    content: ContentConfig = field(default_factory=ContentConfig)
    fusion: FusionConfig = field(default_factory=FusionConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    checkpoint_minutes: float = 5.0  # between two checkpoints; a killed run loses no more
    leave_out: tuple[str, ...] = ()  # modalities the run does without, though the shop has them
    refit: bool = True  # serve branches trained on everything, not on the part before the holdout

    @classmethod
    def preset(cls, name: Literal["quick", "standard"]) -> Self:
        """Return `quick` (seconds, for demos and tests) or `standard` (the default)."""
        if name == "standard":
            return cls()
        if name != "quick":
            raise ConfigError(f"There is no preset {name!r}; use 'quick' or 'standard'.")
        return cls(
            history_length=50,
            sequence=SequenceConfig(max_epochs=6, patience=2),
            co_occurrence=CoOccurrenceConfig(kernels=((0.4, 20.0),), penalties=(100.0,)),
            content=ContentConfig(
                hidden=64, sequence=SequenceConfig(embedding_dim=64, max_epochs=4, patience=2)
            ),
            fusion=FusionConfig(shoppers=1000),
            evaluation=EvaluationConfig(early_fusion=False, resamples=1000),
        )

    def to_json(self) -> str:
        """Return the settings as JSON with sorted keys: equal settings give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; an absent key keeps its default.

        Raises:
            ConfigError: the text is no JSON object, or a key is unknown.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError(f"The training settings are not JSON: {error}") from error
        built: Self = _build(cls, values, "settings")
        return built


def _build(kind: type[Any], values: Any, path: str) -> Any:
    """Build one dataclass from plain values, nested ones included."""
    if not isinstance(values, dict):
        raise ConfigError(f"{path} must be an object, not {type(values).__name__}.")
    hints = get_type_hints(kind)
    unknown = sorted(set(values) - {each.name for each in fields(kind)})
    if unknown:
        raise ConfigError(f"{path} has no setting {unknown[0]!r}.")
    return kind(**{key: _read(hints[key], value, f"{path}.{key}") for key, value in values.items()})


def _read(hint: Any, value: Any, path: str) -> Any:
    """Turn one JSON value into the type the field declares."""
    if hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value, path)
    if hint in (int, float, bool):
        if isinstance(value, bool) is not (hint is bool) or not isinstance(value, int | float):
            raise ConfigError(f"{path} must be {hint.__name__}, not {value!r}.")
        return hint(value)
    return _frozen(value)


def _frozen(value: Any) -> Any:
    """Turn lists, nested ones too, into tuples: the settings are compared and hashed."""
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
