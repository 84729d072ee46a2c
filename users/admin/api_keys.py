"""API keys in the admin: made once, shown once."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from catalog.admin.base import BaseAdmin
from catalog.admin.confirmation import Question, confirmation_page
from catalog.admin.theme import button, column
from users.admin.api_key_forms import ApiKeyForm, NewApiKeyForm, OverlapForm
from users.api_keys import create_api_key, rotate_api_key
from users.models import ApiKey, ApiKeyKind, AuditAction, Scope

CHANGEABLE = ("name", "is_active", "expires_at", "allowed_origins", "requests_per_minute")
FIXED = (
    "kind",
    "shown_prefix",
    "shown_scopes",
    "created_at",
    "last_used_at",
    "previous_works_until",
)


@admin.register(ApiKey)
class ApiKeyAdmin(BaseAdmin[ApiKey]):
    """Name, switch, expiry, pages and limit of a key can change; what it may do cannot."""

    when_empty = "A shop needs one to send events and to ask for products."
    actions_detail = ("rotate",)

    list_display = (
        "name", "kind", "shown_prefix", "scope_chips", "state", "last_used", "expires"
    )  # fmt: skip
    list_filter = ("kind", "is_active")
    search_fields = ("name", "prefix")
    ordering = ("-created_at", "-id")
    # Of a key that is there, the page knows no kind to choose: `get_fieldsets` has decided.
    conditional_fields = {
        "scopes": "kind == 'secret'",
        "allowed_origins": "typeof kind == 'undefined' || kind == 'publishable'",
    }
    add_fieldsets = (
        (None, {"fields": ("name", "kind", "scopes", "allowed_origins")}),
        ("Limits", {"fields": ("requests_per_minute", "expires_at")}),
    )
    fieldsets = (
        (None, {"fields": CHANGEABLE}),
        (
            "Record",
            {
                "fields": (
                    ("kind", "shown_prefix"),
                    "shown_scopes",
                    ("created_at", "last_used_at"),
                    "previous_works_until",
                )
            },
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: ApiKey | None = None
    ) -> tuple[str, ...]:
        """Keep the record of a key that is there."""
        return () if obj is None else FIXED

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Leave out what only concerns pages for a key that no page uses."""
        groups = super().get_fieldsets(request, obj)
        if obj is None or obj.kind == ApiKeyKind.PUBLISHABLE:
            return groups
        (name, first), *others = groups
        fields = tuple(each for each in first["fields"] if each != "allowed_origins")
        return [(name, first | {"fields": fields}), *others]

    def get_form(
        self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form of a new key, or of one that is there."""
        kwargs["form"] = NewApiKeyForm if obj is None else ApiKeyForm
        return super().get_form(request, obj, change, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Refuse: a key is switched off, so that its use stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Create a key through the service, and keep the secret for this one answer."""
        if change:
            super().save_model(request, obj, form, change)
            return
        row, secret = create_api_key(
            name=obj.name,
            kind=ApiKeyKind(obj.kind),
            scopes=obj.scopes,
            allowed_origins=obj.allowed_origins,
            expires_at=obj.expires_at,
            requests_per_minute=obj.requests_per_minute,
        )
        vars(obj).update({**vars(row), "secret": secret})

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret."""
        return self._shown_once(request, obj, vars(obj)["secret"], title="API key created")

    def has_rotate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may replace a secret."""
        return self.has_change_permission(request)

    @button("New secret", permissions=["rotate"], icon="autorenew", path="rotate")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how long both secrets work, then replace the secret and show the new one."""
        key = ApiKey.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        if key is None:
            raise Http404
        form = OverlapForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            now = timezone.now()
            key, secret = rotate_api_key(key.pk, now=now, overlap=form.overlap)
            self.log_act(request, AuditAction.NEW_SECRET, key, _overlap_words(form))
            return self._shown_once(request, key, secret, title="New secret")
        question = Question(
            title=f"New secret for {key.name}?",
            text="The secret in use now goes on working for some hours, so that you can change "
            "it on one server after the other. A secret replaced earlier ends at once.",
            submit="Make the new secret",
            back=reverse("admin:users_apikey_change", args=[key.pk]),
        )
        return confirmation_page(self, request, question, form)

    def _shown_once(
        self, request: HttpRequest, key: ApiKey, secret: str, *, title: str
    ) -> HttpResponse:
        """Show a secret, once, in an answer that nothing stores."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "key": key,
            "secret": secret,
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

    @column("May")
    def scope_chips(self, key: ApiKey) -> SafeString:
        """What the key may do, by the names the API uses."""
        chips = ((Scope(each).label, each) for each in key.scopes)
        inner = format_html_join("", '<span class="rs-chip" title="{}">{}</span>', chips)
        return format_html('<span class="rs-chips">{}</span>', inner)

    @column("Last used")
    def last_used(self, key: ApiKey) -> SafeString | str:
        """How long ago a request came with the key."""
        return ago(key.last_used_at) if key.last_used_at else "never"

    @column("Expires")
    def expires(self, key: ApiKey) -> SafeString | str:
        """When the key ends."""
        if key.expires_at is None:
            return "never"
        words = date_format(timezone.localtime(key.expires_at), "j M Y")
        return format_html('<span title="{} UTC">{}</span>', f"{key.expires_at:%F %H:%M}", words)

    @column("Key")
    def shown_prefix(self, key: ApiKey) -> str:
        """The first letters, to tell keys apart."""
        return f"{key.prefix}…"

    @column("May")
    def shown_scopes(self, key: ApiKey) -> str:
        """What the key may do, in words."""
        return ", ".join(Scope(each).label for each in key.scopes)


def ago(moment: datetime) -> SafeString:
    """Say how long ago something was; the moment itself shows on hover."""
    words = timesince(moment, timezone.now(), depth=1)
    return format_html('<span title="{} UTC">{} ago</span>', f"{moment:%F %H:%M}", words)


def _overlap_words(form: OverlapForm) -> str:
    hours = form.cleaned_data["hours"]
    return f"The old secret works {hours} h more." if hours else "The old secret ended at once."
