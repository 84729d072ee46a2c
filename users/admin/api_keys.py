"""API keys in the admin: made once, shown once."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.admin.base import BaseAdmin
from catalog.admin.theme import column
from users.api_keys import create_api_key
from users.models import ApiKey, ApiKeyKind, Scope

if TYPE_CHECKING:
    KeyForm = forms.ModelForm[ApiKey]
else:
    KeyForm = forms.ModelForm


class NewApiKeyForm(KeyForm):
    """What a person chooses for a new key."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What the key may do. A publishable key only sends events.",
    )

    class Meta:
        model = ApiKey
        fields = ("name", "kind", "scopes", "expires_at")

    def clean(self) -> dict[str, Any]:
        """Give a publishable key its only scope, and ask for one of a secret key."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("kind") == ApiKeyKind.PUBLISHABLE:
            values["scopes"] = [Scope.EVENTS.value]
        elif not values.get("scopes"):
            self.add_error("scopes", "Choose what the key may do.")
        return values


@admin.register(ApiKey)
class ApiKeyAdmin(BaseAdmin[ApiKey]):
    """A key's name, switch and expiry can change; what it may do and its secret cannot."""

    list_display = ("name", "kind", "shown_prefix", "shown_scopes", "state", "last_used_at")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "prefix")
    ordering = ("-created_at", "-id")
    add_fieldsets = ((None, {"fields": ("name", "kind", "scopes", "expires_at")}),)
    fieldsets = (
        (None, {"fields": ("name", "is_active", "expires_at")}),
        (
            "Record",
            {"fields": (("kind", "shown_prefix"), "shown_scopes", ("created_at", "last_used_at"))},
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> tuple[str, ...]:
        """Keep all but name, switch and expiry of a key that is there."""
        fixed = ("kind", "shown_prefix", "shown_scopes", "created_at", "last_used_at")
        return () if obj is None else fixed

    def get_form(
        self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form of a new key, or the usual one."""
        if obj is None:
            kwargs["form"] = NewApiKeyForm
        return super().get_form(request, obj, change, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: a key is switched off, so that its use stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Create a key through the service, and keep the secret for this one answer."""
        if change:
            super().save_model(request, obj, form, change)
            return
        row, secret = create_api_key(name=obj.name, kind=ApiKeyKind(obj.kind), scopes=obj.scopes)
        row.expires_at = obj.expires_at
        row.save(update_fields=["expires_at"])
        vars(obj).update({**vars(row), "secret": secret})

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, once, in an answer that nothing stores."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "API key created",
            "key": obj,
            "secret": vars(obj)["secret"],
        }
        return TemplateResponse(
            request,
            "admin/users/apikey/created.html",
            context,
            headers={"Cache-Control": "no-store"},
        )

    @column("State", labels={"Active": "success", "Expired": "warning", "Switched off": "danger"})
    def state(self, key: ApiKey) -> str:
        """Whether requests with the key are answered."""
        if not key.is_active:
            return "Switched off"
        is_expired = key.expires_at is not None and key.expires_at <= timezone.now()
        return "Expired" if is_expired else "Active"

    @column("Key")
    def shown_prefix(self, key: ApiKey) -> str:
        """The first letters, to tell keys apart."""
        return f"{key.prefix}…"

    @column("May")
    def shown_scopes(self, key: ApiKey) -> str:
        """What the key may do, in words."""
        return ", ".join(Scope(each).label for each in key.scopes)
