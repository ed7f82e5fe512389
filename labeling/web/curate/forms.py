"""Forms that several of the curator's pages share."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """A reason overrides the gate."""

    reason = forms.CharField(max_length=300, required=False, label=_("Reason"))
