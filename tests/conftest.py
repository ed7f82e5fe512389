"""Brings the embedded servers up before Django reads its settings, and offers the cast of ``world.py``."""

import os
from pathlib import Path

# Tests never touch the files of a running installation; the servers are shared, the database is a test database.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")

import pytest
from pytest_django.fixtures import SettingsWrapper

from labeling import embedded

embedded.ensure_up()
pytest_plugins = ["tests.world"]


@pytest.fixture(autouse=True)
def files_of_their_own(settings: SettingsWrapper, tmp_path: Path) -> None:
    """Every test keeps pictures, models and indexes in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.INDEX_ROOT = tmp_path / "indexes"
    settings.SNAPSHOT_ROOT = tmp_path / "snapshots"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
