"""What the pages before a change of version ask."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from fusion.models import ModelVersion


class ReasonForm(forms.Form):
    """A reason that is kept."""

    reason = forms.CharField(
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text="Needed where the gate said no. Kept with the version for whoever asks later.",
    )


class RollBackForm(forms.Form):
    """The version to leave, so that a second click does not go back twice."""

    leave = forms.ModelChoiceField(
        ModelVersion.objects.defer("report"),
        widget=forms.HiddenInput,
        error_messages={"required": "No version is active, so there is nothing to roll back."},
    )
