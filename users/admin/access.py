"""Log-ins in the admin, as django-axes keeps them."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin

for model in (AccessAttempt, AccessFailureLog, AccessLog):
    admin.site.unregister(model)


@admin.register(AccessAttempt)
class AttemptAdmin(ReadOnlyAdmin[AccessAttempt]):
    """Failed log-ins that count towards a lockout; deleting a row lifts it."""

    when_empty = "A failed log-in is counted here until that person gets in."
    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")
    list_filter = ("attempt_time",)
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = (("username", "ip_address"), ("failures_since_start", "attempt_time"), "user_agent")

    def has_delete_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        """Let those with the permission lift a lockout."""
        return request.user.has_perm("axes.delete_accessattempt")


@admin.register(AccessFailureLog)
class FailureAdmin(ReadOnlyAdmin[AccessFailureLog]):
    """Every failed log-in."""

    when_empty = "Every failed log-in will be listed here."
    list_display = ("username", "ip_address", "locked_out", "attempt_time", "user_agent")
    list_filter = ("locked_out", "attempt_time")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = (("username", "ip_address"), ("locked_out", "attempt_time"), "user_agent")


@admin.register(AccessLog)
class LogInAdmin(ReadOnlyAdmin[AccessLog]):
    """Every log-in."""

    when_empty = "Every log-in will be listed here."
    list_display = ("username", "ip_address", "attempt_time", "logout_time", "user_agent")
    list_filter = ("attempt_time",)
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = (("username", "ip_address"), ("attempt_time", "logout_time"), "user_agent")
