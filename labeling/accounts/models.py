"""A user has one role; the role decides which faces of the house open."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Who a person is here. Staff may do all that the others may."""

    ANNOTATOR = "annotator", _("annotator")
    CURATOR = "curator", _("curator")
    BRAND_OWNER = "brand_owner", _("brand owner")
    STAFF = "staff", _("staff")


class User(AbstractUser):
    """A person who logs in."""

    role = models.CharField(max_length=12, choices=Role.choices, default=Role.ANNOTATOR)

    def plays(self, role: Role) -> bool:
        """Whether this person may act as ``role``."""
        return self.is_active and (self.role == role or self.role == Role.STAFF or self.is_superuser)


class KeyPreset(models.TextChoices):
    """The keys a person starts from: our own, or those another tool taught their fingers."""

    DEFAULT = "default", _("Looktag")
    LABEL_STUDIO = "label_studio", _("Label Studio")
    CVAT = "cvat", _("CVAT")


class KeyMap(models.Model):
    """A person's own keys. ``overrides`` maps a command to its chords, ``letters`` allows keys of a single letter."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="key_map")
    preset = models.CharField(max_length=12, choices=KeyPreset.choices, default=KeyPreset.DEFAULT)
    overrides = models.JSONField(default=dict, blank=True)
    letters = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"keys of {self.user_id}"
