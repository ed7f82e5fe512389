"""The cache keeps its client, and stays a cache of one installation for all processes and threads."""

from __future__ import annotations

import threading

from django.core.cache import cache, caches

from labeling.common.cache import KeptRedisCache


def test_it_works() -> None:
    assert isinstance(caches["default"], KeptRedisCache)
    cache.set("kept", {"a": [1, 2]}, timeout=60)
    assert cache.get("kept") == {"a": [1, 2]}
    assert (cache.add("kept", 2), cache.get("none", 7)) == (False, 7)
    assert cache.delete("kept") and cache.get("kept") is None


def test_the_client_is_made_once() -> None:
    for write in (False, True):
        client = caches["default"]._cache.get_client(write=write)
        cache.set("kept", 1, timeout=60)
        assert caches["default"]._cache.get_client(write=write) is client


def test_threads_see_what_others_kept() -> None:
    cache.set("counted", 0, timeout=60)

    def count() -> None:
        for _ in range(50):
            cache.incr("counted")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.get("counted") == 200
