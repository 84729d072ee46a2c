"""The roles a shop gives its staff, as groups. Rows a superuser has changed since are kept."""

from typing import Any

from django.db import migrations

READABLE = {
    "catalog": ["category", "product", "productimage"],
    "users": ["shopper", "event"],
    "fusion": ["embedding", "trainingrun", "modelversion", "servedlist"],
}
VIEW = {
    (app, model, f"view_{model}") for app, models in READABLE.items() for model in models
}
ROLES = {
    "Analyst": VIEW,
    "Merchandiser": VIEW
    | {
        ("catalog", model, f"{verb}_{model}")
        for model in ("category", "product", "productimage")
        for verb in ("add", "change")
    },
    "Model admin": VIEW
    | {
        ("fusion", "trainingrun", "train_model"),
        ("fusion", "modelversion", "promote_version"),
    },
    "Privacy officer": VIEW
    | {("users", "shopper", "erase_shopper"), ("users", "shopper", "export_shopper")},
}


def create_roles(apps: Any, schema_editor: Any) -> None:
    """Create the groups with their permissions, each that is not there yet."""
    Group = apps.get_model("auth", "Group")
    for name, permissions in ROLES.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new:
            group.permissions.set([_permission(apps, *each) for each in sorted(permissions)])


def _permission(apps: Any, app: str, model: str, codename: str) -> Any:
    # Django creates permissions after all migrations; on an empty database there are none yet.
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.get_or_create(app_label=app, model=model)
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=codename,
        defaults={"name": f"Can {codename.replace('_', ' ')}"},
    )
    return permission


class Migration(migrations.Migration):
    dependencies = [
        ("fusion", "0003_permissions"),
        ("users", "0002_shopper_permissions"),
        ("catalog", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
