"""The page where a shop plans training by the clock."""

from dataclasses import asdict
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from fusion.admin.retrain import GATE_WORDS, PRESET_WORDS
from fusion.models import TrainingRun
from fusion.retraining import DAYS, RetrainingPlan

MOST_EVENTS = 1_000_000  # an estimate counts no further


class RetrainScheduleForm(forms.Form):
    """When to train by the clock, and how."""

    is_on = forms.BooleanField(
        label="Train by the clock", required=False, widget=UnfoldBooleanSwitchWidget
    )
    day = forms.ChoiceField(
        choices=[(day, words.capitalize()) for day, words in DAYS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    hour = forms.TypedChoiceField(
        label="At",
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)],
        coerce=int,
        widget=UnfoldAdminSelectWidget,
        help_text="UTC. At night the workers have the machine for themselves.",
    )
    min_new_events = forms.IntegerField(
        label="Only with this many new events",
        min_value=0,
        max_value=MOST_EVENTS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="With fewer since the last training nothing is started; 0 starts always.",
    )
    preset = forms.ChoiceField(
        label="Settings",
        choices=list(PRESET_WORDS.items()),
        widget=UnfoldAdminRadioSelectWidget,
    )
    promotion = forms.ChoiceField(
        label="Afterwards",
        choices=TrainingRun.Promotion.choices,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=GATE_WORDS,
    )

    @classmethod
    def of(cls, plan: RetrainingPlan, posted: Any) -> "RetrainScheduleForm":
        """Return the form of a plan, or of what was posted."""
        return cls(posted, initial=asdict(plan))

    def plan(self) -> RetrainingPlan:
        """Return what was chosen."""
        return RetrainingPlan(**self.cleaned_data)
