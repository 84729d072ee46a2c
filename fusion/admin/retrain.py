"""The form behind the Retrain page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from fusion import services
from fusion.admin.figures import Figure
from fusion.admin.modalities import contents_words, modality_label
from fusion.admin.progress import duration
from fusion.estimate import MOST_COUNTED, TrainingEstimate
from fusion.features.store import modality_names
from fusion.models import TrainingRun
from fusion.training_options import Preset, TrainingOptions

PRESET_WORDS: dict[Preset, str] = {
    "standard": "Standard: the full settings, for a version that serves",
    "quick": "Quick: smaller networks and fewer epochs, to see whether the data works",
}
GATE_WORDS = (
    "The gate promotes a version that beats popularity and item-kNN and is not worse than the "
    "active one, on the same shoppers."
)


def estimate_facts(estimate: TrainingEstimate) -> list[Figure]:
    """Say what has changed since the last run that succeeded, and what a new one would take."""
    last, missing = estimate.last_run, estimate.num_missing
    waiting = ", ".join(f"{count:,} {contents_words(name)}" for name, count in missing.items())
    more = "more than " if estimate.num_new_events == MOST_COUNTED else ""
    return [
        Figure(
            "Last run that succeeded",
            f"Run {last.pk}" if last else "none",
            "What follows is counted from its cutoff.",
        ),
        Figure("New events", f"{more}{estimate.num_new_events:,}", "Received since then."),
        Figure(
            "Changed products", f"{estimate.num_changed_products:,}", "Added or changed since then."
        ),
        Figure(
            "Waiting to be encoded",
            waiting if any(missing.values()) else "nothing",
            "Until they are, the model does without them.",
        ),
        Figure("Estimated time", time_words(estimate.seconds), "Of a run like the last one."),
    ]


def time_words(seconds: float | None) -> str:
    """Write an expected time; unknown before the first run."""
    return f"about {duration(timedelta(seconds=seconds))}" if seconds is not None else "unknown"


class RetrainForm(forms.Form):
    """What a person chooses for a run."""

    preset = forms.ChoiceField(
        label="Settings", initial="standard", widget=UnfoldAdminRadioSelectWidget
    )
    promotion = forms.ChoiceField(
        label="Afterwards",
        choices=TrainingRun.Promotion.choices,
        initial=TrainingRun.Promotion.GATE,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=GATE_WORDS,
    )
    leave_out = forms.MultipleChoiceField(
        label="Do without",
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="To see what a shop would be like without it. What each modality is worth is "
        "in the report of every version already.",
    )
    is_short = forms.BooleanField(
        label="Train once, not twice",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="The branches are trained without the held-out shoppers, to be measured, and "
        "then again on everything, to serve. This leaves out the second training: about half "
        "the time, and a version that has not seen the newest products of these shoppers.",
    )
    has_early_fusion = forms.BooleanField(
        label="Compare with early fusion",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Trains one network on all features joined, for the report only. The standard "
        "settings always do.",
    )
    note = forms.CharField(
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Why, for whoever reads the list of runs later.",
    )

    def __init__(self, *args: Any, estimate: TrainingEstimate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields  # whose choices depend on the shop
        known["preset"].choices = [
            (name, _with_time(words, estimate.seconds_by_preset.get(name)))
            for name, words in PRESET_WORDS.items()
        ]
        known["leave_out"].choices = [(name, modality_label(name)) for name in modality_names()]

    def options(self) -> TrainingOptions:
        """Return what was chosen."""
        chosen = self.cleaned_data
        return TrainingOptions(
            preset=chosen["preset"],
            leave_out=tuple(chosen["leave_out"]),
            refit=not chosen["is_short"],
            early_fusion=chosen["has_early_fusion"] or None,
        )

    def words(self) -> str:
        """Say what was chosen: "Settings: quick, Do without: image"."""
        chosen = ((self.fields[name].label or name, each) for name, each in self._filled())
        return ", ".join(f"{str(label).capitalize()}: {each}" for label, each in chosen)

    def _filled(self) -> Iterator[tuple[str, str]]:
        for name, value in self.cleaned_data.items():
            if isinstance(value, list):
                value = " and ".join(value)
            if value:
                yield name, "yes" if value is True else str(value)

    def start(self, user: Any) -> TrainingRun:
        """Request the run.

        Raises:
            TrainingAlreadyRunning: another one is in progress.
        """
        return services.request_training(
            requested_by=user,
            promotion=self.cleaned_data["promotion"],
            config=self.options().settings(),
            note=self.cleaned_data["note"],
        )


def initial_of(run: TrainingRun | None) -> dict[str, Any]:
    """Return the choices of a run that is to be repeated."""
    options = TrainingOptions.of(run.config) if run else None
    if run is None or options is None:
        return {}
    return {
        "preset": options.preset,
        "promotion": run.promotion,
        "leave_out": options.leave_out,
        "is_short": not options.refit,
        "has_early_fusion": options.early_fusion,
        "note": f"Run {run.pk} again",
    }


def _with_time(words: str, seconds: float | None) -> str:
    return words if seconds is None else f"{words} ({time_words(seconds)})"
