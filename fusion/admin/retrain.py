"""The form behind the Retrain page."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget

from fusion.config import TrainingConfig
from fusion.models import TrainingRun

PRESETS = (
    ("standard", "Standard: the full settings, for a version that serves"),
    ("quick", "Quick: small and few epochs, to see whether the data works"),
)


class RetrainForm(forms.Form):
    """What a person chooses for a run."""

    preset = forms.ChoiceField(
        label="Settings",
        choices=PRESETS,
        initial="standard",
        widget=UnfoldAdminRadioSelectWidget,
    )
    promotion = forms.ChoiceField(
        label="Afterwards",
        choices=TrainingRun.Promotion.choices,
        initial=TrainingRun.Promotion.GATE,
        widget=UnfoldAdminRadioSelectWidget,
        help_text="The gate promotes a version that beats popularity and item-kNN and is not "
        "worse than the active one, on the same shoppers.",
    )

    def start(self, user: Any) -> TrainingRun:
        """Request the run.

        Raises:
            TrainingAlreadyRunning: another one is in progress.
        """
        from fusion import services

        return services.request_training(
            requested_by=user,
            promotion=self.cleaned_data["promotion"],
            config=TrainingConfig.preset(self.cleaned_data["preset"]),
        )
