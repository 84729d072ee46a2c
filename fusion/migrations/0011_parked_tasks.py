"""Tasks that were given up, for the model admin to see and to queue again."""

import importlib
from typing import Any

from django.db import migrations, models


def grant(apps: Any, schema_editor: Any) -> None:
    """Let model admins read them and queue them again."""
    permission = importlib.import_module("fusion.migrations.0004_roles")._permission
    for role in apps.get_model("auth", "Group").objects.filter(name="Model admin"):
        for codename in ("view_parkedtask", "delete_parkedtask"):
            role.permissions.add(permission(apps, "fusion", "parkedtask", codename))


class Migration(migrations.Migration):

    dependencies = [
        ('fusion', '0010_picture_fit'),
    ]

    operations = [
        migrations.CreateModel(
            name='ParkedTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('arguments', models.JSONField(default=dict)),
                ('digest', models.CharField(editable=False, max_length=32, unique=True)),
                ('reason', models.TextField()),
                ('num_times', models.PositiveIntegerField(default=1, verbose_name='times parked')),
                ('first_parked_at', models.DateTimeField()),
                ('last_parked_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'ordering': ['-last_parked_at'],
            },
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
