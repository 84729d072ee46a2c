"""Every role reads the vectors a shop sends; the privacy officer reads the audit log."""

import importlib
from typing import Any

from django.db import migrations

GRANTED = {
    "Analyst": [("catalog", "productvector", "view_productvector")],
    "Merchandiser": [("catalog", "productvector", "view_productvector")],
    "Model admin": [("catalog", "productvector", "view_productvector")],
    "Privacy officer": [
        ("catalog", "productvector", "view_productvector"),
        ("users", "auditentry", "view_auditentry"),
    ],
}


def grant(apps: Any, schema_editor: Any) -> None:
    """Add the rights to each role that is still there."""
    permission = importlib.import_module("fusion.migrations.0004_roles")._permission
    for role in apps.get_model("auth", "Group").objects.filter(name__in=GRANTED):
        role.permissions.add(*(permission(apps, *each) for each in GRANTED[role.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("fusion", "0007_comparisons_and_notes"),
        ("catalog", "0003_product_vectors"),
        ("users", "0004_audit_log"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
