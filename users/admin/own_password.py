"""The page on which people change their own password, and what the audit log hears of it."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponseRedirect

from catalog.admin.audited import HIDDEN
from users.audit import record
from users.models import AuditAction, User


def own_password(request: HttpRequest) -> HttpResponseBase:
    """Answer as Django does; a new password leads to another page."""
    answer = admin.site.password_change(request)
    if isinstance(answer, HttpResponseRedirect) and isinstance(request.user, User):
        changes = {"Password": (HIDDEN, HIDDEN)}
        record(AuditAction.CHANGE, [request.user], request=request, changes=changes)
    return answer
