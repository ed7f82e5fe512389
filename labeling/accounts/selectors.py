"""Named reads of accounts."""

from __future__ import annotations

from labeling.accounts.models import KeyMap, User


def keys_of(user: User) -> dict[str, object] | None:
    """A person's own keys as their page takes them; None where they never changed any."""
    kept = KeyMap.objects.filter(user=user).first()
    return None if kept is None else {"preset": kept.preset, "overrides": kept.overrides, "letters": kept.letters}
