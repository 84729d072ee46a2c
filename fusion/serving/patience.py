"""Sitting out a restart of the database, so that a storefront does not see it.

Whether a product may be shown is read from the database with every answer, so without it there is
no answer. A restart or a failover takes seconds: that long a request waits, and then says 503.
"""

import functools
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]
PAUSE_S = 0.1
UNAVAILABLE = 503


def patient(view: View) -> View:
    """Ask a view again while it answers 503; only for views that are safe to repeat."""

    @functools.wraps(view)
    def repeated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        give_up_at = time.monotonic() + settings.DATABASE_WAIT_SECONDS
        _keep_body(request)
        response = view(request, *args, **kwargs)
        while response.status_code == UNAVAILABLE and time.monotonic() < give_up_at:
            time.sleep(PAUSE_S)
            connection.close()  # broken: the next query opens another one
            response = view(request, *args, **kwargs)
        return response

    return repeated


def _keep_body(request: HttpRequest) -> None:
    """Read the body once for all tries."""
    if request.method == "POST":
        try:
            _ = request.body
        except RequestDataTooBig:
            return  # unread: the view refuses it in its own words
