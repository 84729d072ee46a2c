"""The scenarios every shop has, and who may edit them. Rows that are there are kept."""

from typing import Any

from django.db import migrations

SCENARIOS = {
    "home": ("The first page: what this shopper may like.", "hide_bought"),
    "product": ("Next to a product, which the request names as context.", "show_all"),
    "cart": ("Next to the cart, whose products the request names as context.", "show_all"),
    "category": ("A page of one category, which the request names in its filter.", "show_all"),
    "email": ("A mail to one customer: nothing they bought already.", "hide_bought"),
    "search": ("Products that a search found, ranked for one shopper.", "show_all"),
}
READERS = ("Analyst", "Merchandiser", "Model admin", "Privacy officer")
MODELS = ("scenario", "rule", "attributionday")


def create_scenarios(apps: Any, schema_editor: Any) -> None:
    """Create each scenario that is not there yet."""
    Scenario = apps.get_model("fusion", "Scenario")
    for name, (description, seen_policy) in SCENARIOS.items():
        Scenario.objects.get_or_create(
            name=name, defaults={"description": description, "seen_policy": seen_policy}
        )


def grant(apps: Any, schema_editor: Any) -> None:
    """Let every role read them, and merchandisers write scenarios and rules."""
    Group = apps.get_model("auth", "Group")
    for role in Group.objects.filter(name__in=READERS):
        role.permissions.add(*(_permission(apps, model, f"view_{model}") for model in MODELS))
    for role in Group.objects.filter(name="Merchandiser"):
        for model in ("scenario", "rule"):
            for verb in ("add", "change", "delete"):
                role.permissions.add(_permission(apps, model, f"{verb}_{model}"))


def _permission(apps: Any, model: str, codename: str) -> Any:
    # Django creates permissions after all migrations; on an empty database there are none yet.
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.get_or_create(app_label="fusion", model=model)
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": f"Can {codename.replace('_', ' ')}"},
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [("fusion", "0005_scenarios_rules_attribution")]

    operations = [
        migrations.RunPython(create_scenarios, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
