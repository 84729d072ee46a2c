"""What tests of the catalogue share."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for the pictures of one test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"
