"""Every address of the admin, as its URL conf has it."""

import re
from collections.abc import Iterator, Sequence

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, reverse

# Theirs who may log in, whatever their role.
FOR_ALL_STAFF = {
    "index", "login", "logout", "password_change", "password_change_done", "autocomplete",
    "search", "jsi18n", "view_on_site", "app_list",
}  # fmt: skip


def _addresses(
    patterns: Sequence[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, str]]:
    """Give the name and the pattern of each page of the admin."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _addresses(each.url_patterns, before + str(each.pattern))
        elif each.name:
            yield each.name, before + str(each.pattern)


PATTERNS = dict(_addresses(admin.site.urls[0]))


def model_name(model: type[Model]) -> str:
    """Return how addresses call a model."""
    return f"{model._meta.app_label}_{model._meta.model_name}"


def address(name: str, rows: dict[str, Model]) -> str:
    """Return where a page is, of the row that was made for its model."""
    owner = next((model for model in rows if name.startswith(f"{model}_")), "users_user")
    known = {"by": "text", "app_label": "fusion"}
    parameters = re.findall(r"<(?:\w+:)?(\w+)>", PATTERNS[name])
    values = {each: known.get(each, rows[owner].pk) for each in parameters}
    return reverse(f"admin:{name}", kwargs=values)
