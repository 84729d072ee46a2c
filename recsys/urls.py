"""Every address of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from drf_spectacular.views import SpectacularAPIView

from recsys import docs, health, metrics

handler400 = "recsys.problems.bad_request"
handler404 = "recsys.problems.not_found"
handler500 = "recsys.problems.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("fusion.urls")),  # first what is asked most
    path("api/v1/", include("catalog.urls")),
    path("api/v1/", include("users.urls")),
    path("admin/", include("users.admin.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs.swagger, name="docs"),
    path("api/redoc/", docs.redoc, name="redoc"),
    path("api/redoc/redoc.js", docs.redoc_script, name="redoc-script"),
    # Pictures, unless MEDIA_URL names another server; a CDN in front spares this process.
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", metrics.MetricsView.as_view()),
]
if settings.DEMO_SHOP:
    urlpatterns += [
        path("shop/", include("demo.urls")),
        path("", RedirectView.as_view(url="/shop/")),
    ]
