"""What a person may say about a key."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminIntegerFieldWidget

from catalog.admin.fields import LinesField
from users.models import ApiKey, ApiKeyKind, Scope
from users.origins import normal_origin

if TYPE_CHECKING:
    KeyForm = forms.ModelForm[ApiKey]
else:
    KeyForm = forms.ModelForm

MOST_OVERLAP_HOURS = 24 * 30


class OriginsField(LinesField):
    """Origins of web pages, one a line."""

    def to_python(self, value: Any) -> Any:
        """Return the origins as a list."""
        try:
            return [normal_origin(line) for line in super().to_python(value)]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class ApiKeyForm(KeyForm):
    """What can change of a key."""

    allowed_origins = OriginsField(
        required=False,
        help_text="Of a publishable key: pages that may use it, one a line: "
        "https://shop.example.com. Those in CORS_ALLOWED_ORIGINS may too.",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "is_active", "expires_at", "allowed_origins", "requests_per_minute")

    def clean(self) -> dict[str, Any]:
        """Only pages have origins."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind = values.get("kind", self.instance.kind)
        if kind == ApiKeyKind.SECRET and values.get("allowed_origins"):
            self.add_error("allowed_origins", "A secret key is never used by pages.")
        return values


class NewApiKeyForm(ApiKeyForm):
    """What a person chooses for a new key."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may do. A publishable key only sends events.",
    )

    class Meta:
        model = ApiKey
        fields = (
            "name",
            "kind",
            "scopes",
            "allowed_origins",
            "requests_per_minute",
            "expires_at",
        )

    def clean(self) -> dict[str, Any]:
        """Give a publishable key its only scope, and ask for one of a secret key."""
        values = super().clean()
        if values.get("kind") == ApiKeyKind.PUBLISHABLE:
            values["scopes"] = [Scope.EVENTS.value]
        elif not values.get("scopes"):
            self.add_error("scopes", "Choose what the key may do.")
        return values


class OverlapForm(forms.Form):
    """How long the secret before goes on working."""

    hours = forms.IntegerField(
        min_value=0,
        max_value=MOST_OVERLAP_HOURS,
        initial=24,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Hours in which both secrets work. 0: the old one ends now.",
    )

    @property
    def overlap(self) -> timedelta:
        """The time in which both work."""
        return timedelta(hours=self.cleaned_data["hours"])
