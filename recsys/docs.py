"""The pages that show the API's description. All they load comes from this server."""

from functools import cache
from pathlib import Path

from csp.decorators import csp_replace
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Both write styles into the page; ReDoc searches in a worker made from a blob.
POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "worker-src": ["'self'", "blob:"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}
REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
ITS_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"


@require_safe
@csp_replace(POLICY)
def swagger(request: HttpRequest) -> HttpResponse:
    """Show every call, to try out with a key."""
    return render(request, "api/swagger.html")


@require_safe
@csp_replace(POLICY)
def redoc(request: HttpRequest) -> HttpResponse:
    """Show every call on one page, to read."""
    return render(request, "api/redoc.html")


@cache
def _redoc_script() -> str:
    """ReDoc, which would fetch one picture from its maker's server, with a picture of ours."""
    path = finders.find(REDOC)
    assert path is not None, f"{REDOC} is missing: install drf-spectacular[sidecar]"
    return Path(path).read_text(encoding="utf-8").replace(ITS_LOGO, static("recsys/icon.svg"))


@require_safe
@cache_control(max_age=86_400)
def redoc_script(request: HttpRequest) -> HttpResponse:
    """Serve ReDoc itself."""
    return HttpResponse(_redoc_script(), content_type="text/javascript; charset=utf-8")
