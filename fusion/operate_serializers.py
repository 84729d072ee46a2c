"""The shapes of training runs and model versions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fusion.models import ModelVersion, TrainingRun

PRESETS = ("quick", "standard")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt one must not take the default."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated fields."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {name: [f"There is no such field; send {known}."] for name in unknown},
                code="unknown_field",
            )
        return super().to_internal_value(data)


class TrainingRequestSerializer(StrictSerializer):
    """How to train; an empty body takes the defaults."""

    preset = serializers.ChoiceField(
        PRESETS, default="standard", help_text="`quick` gives up some quality to be done sooner."
    )
    promotion = serializers.ChoiceField(
        TrainingRun.Promotion.choices,
        default=TrainingRun.Promotion.GATE,
        help_text="`gate` promotes a version that is not worse than the active one; with "
        "`manual` it waits for you.",
    )


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    """A run in a list."""

    version_id = serializers.SerializerMethodField(
        help_text="The version it made, once it has succeeded."
    )

    class Meta:
        model = TrainingRun
        fields = [
            "id",
            "status",
            "promotion",
            "stage",
            "progress",
            "message",
            "error",
            "version_id",
            "num_attempts",
            "is_cancel_requested",
            "cutoff",
            "created_at",
            "started_at",
            "heartbeat_at",
            "finished_at",
        ]

    def get_version_id(self, run: TrainingRun) -> int | None:
        """Return the key of the run's version."""
        version = getattr(run, "version", None)
        return None if version is None else int(version.pk)


class TrainingRunDetailSerializer(TrainingRunSerializer):
    """A run with everything it told."""

    class Meta(TrainingRunSerializer.Meta):
        fields = [*TrainingRunSerializer.Meta.fields, "config", "curves", "log"]


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version in a list."""

    run_id = serializers.IntegerField()
    metrics = serializers.SerializerMethodField(
        help_text="Of late fusion on held-out interactions, each with its 95 % interval."
    )

    class Meta:
        model = ModelVersion
        fields = [
            "id",
            "status",
            "run_id",
            "metrics",
            "gate_outcome",
            "gate_reason",
            "override_reason",
            "data_hash",
            "cutoff",
            "created_at",
            "promoted_at",
        ]

    @extend_schema_field(serializers.DictField())
    def get_metrics(self, version: ModelVersion) -> Any:
        """Return what was measured of late fusion."""
        return version.report.get("contestants", {}).get("late_fusion", {})


class ModelVersionDetailSerializer(ModelVersionSerializer):
    """A version with its whole report."""

    class Meta(ModelVersionSerializer.Meta):
        fields = [*ModelVersionSerializer.Meta.fields, "report"]


class PromotionSerializer(StrictSerializer):
    """How to promote."""

    reason = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=2000,
        help_text="Overrides the gate, and is kept.",
    )
