"""Who acts, and what they did."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models import Product


class User(AbstractUser):
    """A member of staff who logs in to the admin."""


class ShopperKind(models.TextChoices):
    """How the storefront knows a shopper."""

    CUSTOMER = "customer", "Customer"  # `user_id` in the API
    VISITOR = "visitor", "Visitor"  # `visitor_id` in the API


class Shopper(models.Model):
    """A customer or an anonymous visitor of the storefront."""

    kind = models.CharField(max_length=8, choices=ShopperKind.choices)
    external_id = models.CharField(
        "shopper id", max_length=128, help_text="The shop's own id, kept as text."
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="merged"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        permissions = [
            ("erase_shopper", "Can erase a shopper and all they did"),
            ("export_shopper", "Can export what is kept of a shopper"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], name="shopper_external_id"),
            models.CheckConstraint(condition=Q(kind__in=ShopperKind.values), name="shopper_kind"),
            models.CheckConstraint(condition=~Q(external_id=""), name="shopper_has_external_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class EventKind(models.TextChoices):
    """What a shopper can do with a product."""

    VIEW = "view", "View"
    CART = "cart", "Add to cart"
    PURCHASE = "purchase", "Purchase"
    LIKE = "like", "Like"
    RATING = "rating", "Rating"
    REMOVE = "remove", "Remove"


class EventQuerySet(models.QuerySet["Event"]):
    """Reads that chain: `Event.objects.known_before(cutoff).engaged()`."""

    def known_before(self, cutoff: datetime) -> Self:
        """Events that had happened by `cutoff`; a later one would leak the future."""
        return self.filter(occurred_at__lt=cutoff)

    def engaged(self) -> Self:
        """Events that count as a positive interaction."""
        return self.exclude(kind=EventKind.REMOVE)

    def quarantined(self) -> Self:
        """Events of products the shop has not described yet."""
        return self.filter(product__is_placeholder=True)

    def newest_first(self) -> Self:
        """History order, last act first."""
        return self.order_by("-occurred_at", "-id")


class Event(models.Model):
    """One thing a shopper did to a product. Append-only: corrections are new events."""

    event_id = models.UUIDField(unique=True)  # from the client's id: a retry sends the same one
    shopper = models.ForeignKey(Shopper, models.CASCADE, related_name="events")
    product = models.ForeignKey(Product, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=EventKind.choices)
    value = models.FloatField(null=True, blank=True, help_text="The rating, of a rating.")
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    recommendation_id = models.UUIDField(null=True, blank=True)  # the answer that led here
    occurred_at = models.DateTimeField()  # when the shopper acted, as the client says
    received_at = models.DateTimeField(default=timezone.now, editable=False)  # for audit only

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["shopper", "-occurred_at", "-id"], name="event_history"),
            models.Index(fields=["product", "-occurred_at"], name="event_product"),
            models.Index(fields=["-occurred_at", "-id"], name="event_newest"),
            models.Index(
                fields=["recommendation_id"],
                name="event_recommendation",
                condition=Q(recommendation_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind"),
            models.CheckConstraint(
                condition=~Q(kind="rating") | Q(value__isnull=False), name="rating_has_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.kind} product {self.product_id}"


class ApiKeyKind(models.TextChoices):
    """Secret keys stay on the shop's servers; publishable ones live in web pages."""

    SECRET = "secret", "Secret"
    PUBLISHABLE = "publishable", "Publishable"


class Scope(models.TextChoices):
    """What a key may do."""

    RECOMMEND = "recommend", "Ask for recommendations"
    INGEST = "ingest", "Send events, products and shoppers"
    OPERATE = "operate", "Train, promote and roll back"
    EVENTS = "events", "Send events only"


class ApiKey(models.Model):
    """A storefront's credential. Only its hash is kept."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=11, choices=ApiKeyKind.choices, default=ApiKeyKind.SECRET)
    prefix = models.CharField(max_length=16, editable=False)  # shown, so people can tell keys apart
    key_hash = models.CharField(max_length=64, unique=True, editable=False)  # sha256 hex
    # The secret before the last rotation, which works until every server has the new one.
    previous_key_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 - several rows have none
    previous_works_until = models.DateTimeField(null=True, editable=False)
    scopes = models.JSONField(default=list)
    allowed_origins = models.JSONField(
        default=list,
        blank=True,
        help_text="Of a publishable key: the origins of the pages that may use it.",
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the limit of its kind. 0: no limit."
    )
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ApiKeyKind.values), name="api_key_kind"),
            models.CheckConstraint(
                condition=~Q(kind="publishable") | Q(scopes=["events"]),
                name="publishable_key_only_sends_events",
            ),
            models.CheckConstraint(
                condition=Q(previous_key_hash=None) | Q(previous_works_until__isnull=False),
                name="previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=Q(kind="publishable") | Q(allowed_origins=[]),
                name="only_pages_have_origins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditAction(models.TextChoices):
    """What people, keys, commands and tasks change."""

    ADD = "add", "Added"
    CHANGE = "change", "Changed"
    DELETE = "delete", "Deleted"
    SWITCH_ON = "switch_on", "Switched on"
    SWITCH_OFF = "switch_off", "Switched off"
    TRAIN = "train", "Started training"
    CANCEL = "cancel", "Cancelled training"
    PROMOTE = "promote", "Promoted"
    ROLL_BACK = "roll_back", "Rolled back"
    RUN = "run", "Ran"
    NEW_SECRET = "new_secret", "Made a new secret"
    IMPORT = "import", "Imported"
    EXPORT = "export", "Exported"
    ERASE = "erase", "Erased"


class AuditChannel(models.TextChoices):
    """Where an action came from."""

    ADMIN = "admin", "Admin"
    API = "api", "API"
    COMMAND = "command", "Command line"
    TASK = "task", "Task"


class AuditEntry(models.Model):
    """One action of a person, a key, a command or a task. Append-only, and without secrets."""

    occurred_at = models.DateTimeField(default=timezone.now, editable=False)
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    actor = models.CharField(max_length=200)  # stays when the account goes
    channel = models.CharField(max_length=7, choices=AuditChannel.choices)
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    action = models.CharField(max_length=10, choices=AuditAction.choices)
    object_type = models.CharField(max_length=100)  # "fusion.rule"
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(max_length=200)
    changes = models.JSONField(default=dict)  # field -> value before, value after
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="audit_newest"),
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(action__in=AuditAction.values), name="audit_action"),
            models.CheckConstraint(
                condition=Q(channel__in=AuditChannel.values), name="audit_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.get_action_display()} {self.object_name}"
