"""Brings the embedded servers up before Django reads its settings, and offers the cast of ``world.py``."""

import os
from pathlib import Path
from typing import Any

# One thread each: several processes share the few cores of a laptop.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
# Tiny random models are not worth making fast; tests of that ask for it.
os.environ.setdefault("LOOKTAG_RUNTIME", "eager")
# Tests act at once and expect the order that was learned; those of haste and of exploring ask for it.
os.environ.setdefault("LOOKTAG_HASTY_SECONDS", "0")
os.environ.setdefault("LOOKTAG_EXPLORE_SHARE", "0")

import django
import pytest
from django.db import connection

from labeling import embedded

embedded.ensure_up()
django.setup()

from tests.world import world

__all__ = ["world"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Two runs at once get a database each when ``LOOKTAG_TEST_DB`` names them."""
    if name := os.environ.get("LOOKTAG_TEST_DB"):
        connection.settings_dict["TEST"]["NAME"] = f"test_{name}"


@pytest.fixture(autouse=True)
def files_of_their_own(settings: Any, tmp_path: Path) -> None:
    """Every test keeps pictures, models and indexes in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.INDEX_ROOT = tmp_path / "indexes"
    settings.SNAPSHOT_ROOT = tmp_path / "snapshots"
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.IMPORT_ROOT = tmp_path / "imports"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
