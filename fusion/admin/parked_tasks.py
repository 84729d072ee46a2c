"""Background work that was given up, in the admin."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from catalog.admin.base import BaseAdmin
from fusion.models import ParkedTask
from fusion.runs import parking
from users.models import AuditAction


@admin.register(ParkedTask)
class ParkedTaskAdmin(BaseAdmin[ParkedTask]):
    """Tasks that failed at every try: read why, then queue them again or delete them."""

    when_empty = "Good: a task that cannot succeed ends up here, with the reason."
    list_display = ("__str__", "reason", "num_times", "last_parked_at")
    list_filter = ("name",)
    readonly_fields = (
        "name",
        "arguments",
        "reason",
        "num_times",
        "first_parked_at",
        "last_parked_at",
    )
    actions = ("queue_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody parks a task by hand."""
        return False

    @admin.action(description="Queue again", permissions=["delete"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[ParkedTask]) -> None:
        """Send the chosen tasks once more."""
        for parked in queryset:
            pk = parked.pk
            try:
                parking.queue_again(parked)
            except OperationalError:
                message = "Redis does not answer: nothing was queued. Try again in a minute."
                self.message_user(request, message, messages.ERROR)
                return
            parked.pk = pk  # the row is gone, and the record names it
            self.tell(request, AuditAction.RUN, [parked], note="Queued again.")
        self.message_user(request, "Queued. A task that fails again comes back here.")
