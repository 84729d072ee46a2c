"""What pages need and calls of the API do not: they carry a key, no cookie, and answer JSON.

Together it takes a quarter of all that is done for a call before and after its view.
"""

from collections.abc import Awaitable

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

API = "/api/v1/"
Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class ForPages(MiddlewareMixin):
    """Lets calls of the API pass."""

    def __call__(self, request: HttpRequest) -> Answer:
        """Answer, with what the next class does for pages only."""
        if request.path_info.startswith(API):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(ForPages, SessionMiddleware):
    """`request.session`."""


class Authentication(ForPages, AuthenticationMiddleware):
    """`request.user`."""


class Messages(ForPages, MessageMiddleware):
    """What the next page tells."""


class ContentSecurityPolicy(ForPages, CSPMiddleware):
    """What a page may load."""
