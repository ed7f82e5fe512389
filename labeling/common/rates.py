"""How often something was done lately, counted in the cache by all processes together."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def overdrawn(name: str, *, most: int, seconds: int, cost: int = 1) -> int:
    """Count ``cost`` more, and say in how many seconds there is room again where that is more than ``most``; 0 while it fits.

    Windows of ``seconds`` begin at the clock's multiples. Without the cache nobody is held back: a limit is a fence against
    floods, and no reason to turn people away.
    """
    now = int(time.time())
    key = f"rate/{name}/{now // seconds}"
    try:
        cache.add(key, 0, timeout=2 * seconds)
        used = cache.incr(key, cost)
    except (RedisError, ValueError) as error:
        log.warning("the cache does not count %s: %s", name.split("/")[0], error)
        return 0
    return seconds - now % seconds if used > most else 0
