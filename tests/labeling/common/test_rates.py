"""Counting in the cache, by all processes together; without the cache nobody is held back."""

from __future__ import annotations

import uuid

import pytest
from django.core.cache.backends.redis import RedisCache

from labeling.common import rates
from labeling.common.rates import overdrawn


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A count of this test's own, at a clock that stands still, 15 seconds into a minute."""
    monkeypatch.setattr(rates.time, "time", lambda: 1_000_000_035.0)
    return f"test/{uuid.uuid4()}"


def test_it_works(name: str) -> None:
    assert [overdrawn(name, most=3, seconds=60) for _ in range(5)] == [0, 0, 0, 45, 45]


def test_several_at_once(name: str) -> None:
    assert [overdrawn(name, most=10, seconds=60, cost=4) for _ in range(3)] == [0, 0, 45]


def test_the_next_window_starts_anew(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [overdrawn(name, most=1, seconds=60) for _ in range(2)] == [0, 45]
    monkeypatch.setattr(rates.time, "time", lambda: 1_000_000_085.0)
    assert overdrawn(name, most=1, seconds=60) == 0


def test_names_are_counted_apart(name: str) -> None:
    assert overdrawn(name, most=1, seconds=60) == overdrawn(f"{name}/other", most=1, seconds=60) == 0


def test_no_cache_holds_nobody_back(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rates, "cache", RedisCache("unix:///nowhere/redis.sock", {}))
    assert [overdrawn(name, most=1, seconds=60) for _ in range(3)] == [0, 0, 0]
    assert "the cache does not count test" in caplog.text
