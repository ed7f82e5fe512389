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
