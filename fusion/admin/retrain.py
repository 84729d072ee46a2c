"""The form behind the Retrain page."""

from datetime import timedelta
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget

from fusion import services
from fusion.admin.figures import Figure
from fusion.admin.modalities import contents_words
from fusion.admin.progress import duration
from fusion.config import TrainingConfig
from fusion.models import TrainingRun
from fusion.services import TrainingEstimate

PRESETS = (
    ("standard", "Standard: the full settings, for a version that serves"),
    ("quick", "Quick: small and few epochs, to see whether the data works"),
)


def estimate_facts(estimate: TrainingEstimate) -> list[Figure]:
    """Say what has changed since the last run that succeeded, and what a new one would take."""
    last, missing = estimate.last_run, estimate.num_missing
    waiting = ", ".join(f"{count:,} {contents_words(name)}" for name, count in missing.items())
    seconds = estimate.seconds
    return [
        Figure(
            "Last run that succeeded",
            f"Run {last.pk}" if last else "none",
            "What follows is counted from its cutoff.",
        ),
        Figure("New events", f"{estimate.num_new_events:,}", "Received since then."),
        Figure(
            "Changed products", f"{estimate.num_changed_products:,}", "Added or changed since then."
        ),
        Figure(
            "Waiting to be encoded",
            waiting if any(missing.values()) else "nothing",
            "Until they are, the model does without them.",
        ),
        Figure(
            "Estimated time",
            f"about {duration(timedelta(seconds=seconds))}" if seconds is not None else "unknown",
            "The last run's time, stretched by how much the events have grown.",
        ),
    ]


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
        return services.request_training(
            requested_by=user,
            promotion=self.cleaned_data["promotion"],
            config=TrainingConfig.preset(self.cleaned_data["preset"]),
        )
