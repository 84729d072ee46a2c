"""The sidebar: what each person may see, in the order of the work."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# Group, then (title, icon, app and model).
PAGES: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Catalogue",
        (
            ("Products", "sell", "catalog.product"),
            ("Categories", "account_tree", "catalog.category"),
            ("Pictures", "image", "catalog.productimage"),
            ("Do pictures fit?", "image_search", "fusion.picturefit"),
            ("Sent vectors", "graphic_eq", "catalog.productvector"),
        ),
    ),
    (
        "Behaviour",
        (
            ("Shoppers", "group", "users.shopper"),
            ("Events", "timeline", "users.event"),
        ),
    ),
    (
        "Model",
        (
            ("Training runs", "model_training", "fusion.trainingrun"),
            ("Versions", "deployed_code", "fusion.modelversion"),
            ("Comparisons", "compare_arrows", "fusion.versioncomparison"),
            ("Served lists", "view_carousel", "fusion.servedlist"),
            ("Vectors", "grain", "fusion.embedding"),
        ),
    ),
    (
        "Merchandising",
        (
            ("Scenarios", "storefront", "fusion.scenario"),
            ("Rules", "rule", "fusion.rule"),
            ("What came of it", "paid", "fusion.attributionday"),
        ),
    ),
    (
        "Access and operation",
        (
            ("API keys", "key", "users.apikey"),
            ("Staff", "badge", "users.user"),
            ("Roles", "shield_person", "auth.group"),
            ("Schedules", "schedule", "django_celery_beat.periodictask"),
            ("Parked tasks", "report", "fusion.parkedtask"),
            ("Audit log", "history", "users.auditentry"),
            ("Failed log-ins", "gpp_maybe", "axes.accessattempt"),
        ),
    ),
)


def stylesheet(request: HttpRequest) -> str:
    """Return the address of our own styles."""
    return static("recsys/admin.css")


def script(request: HttpRequest) -> str:
    """Return the address of our own script."""
    return static("recsys/admin.js")


def icon(request: HttpRequest) -> str:
    """Return the address of the icon in the browser's tab."""
    return static("recsys/icon.svg")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of links the theme shows."""
    groups = [
        {"title": title, "items": [_page(request, *each) for each in pages]}
        for title, pages in PAGES
    ]
    dashboard = {"title": "Dashboard", "icon": "space_dashboard", "link": reverse("admin:index")}
    return [{"items": [dashboard]}, *groups, {"title": "Elsewhere", "items": _elsewhere()}]


def _page(request: HttpRequest, title: str, icon: str, label: str) -> dict[str, Any]:
    page = site.get_model_admin(apps.get_model(label))
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{label.replace('.', '_')}_changelist"),
        # A function: the theme copies the sidebar, and a copied method takes its page along.
        "permission": lambda request: page.has_view_permission(request),
    }


def _elsewhere() -> list[dict[str, Any]]:
    docs = {"title": "API documentation", "icon": "api", "link": reverse("docs")}
    if not settings.DEMO_SHOP:
        return [docs]
    return [docs, {"title": "Simulated shop", "icon": "storefront", "link": "/shop/"}]
