"""What starting a process may cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

PRINT_TORCH = (
    "import sys; print([m for m in ('torch', 'sentence_transformers') if m in sys.modules])"
)
SETUP = (
    "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'recsys.settings'; django.setup();"
)
WEB = "import recsys.wsgi; from django.urls import get_resolver; get_resolver().url_patterns;"
ADMIN = "from django.contrib import admin; admin.autodiscover();"
WORKER = "from recsys.celery import app; app.loader.import_default_modules(); app.tasks;"
MIGRATE = "from django.core.management import call_command; call_command('migrate', verbosity=0);"


@pytest.mark.parametrize(
    "start", [WEB, ADMIN, WORKER, MIGRATE], ids=["web", "admin", "worker", "migrate"]
)
def test_a_process_starts_without_torch(start: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}"}
    done = subprocess.run(
        [sys.executable, "-c", f"{SETUP}{start}{PRINT_TORCH}"],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run")
