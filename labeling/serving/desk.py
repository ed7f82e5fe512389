"""Where pictures that nobody has seen wait for a warm worker, and their askers for its answer: a bounded queue in Redis.

A place is taken before anything is sent to a worker, and given back by the asker or, where that has died, by time. Whoever
finds no place is told so at once: a crowd is turned away at the door and never piles up behind it. A picture whose asker has
left is looked at by nobody.
"""

from __future__ import annotations

import json
import time
import uuid as uuids
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import redis
from django.conf import settings

from labeling.common.errors import BusyError

PLACES = "looktag:queries"

# In one step, so that two who come at once do not both take the last place.
TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3] + 1)
redis.call('SET', KEYS[2], ARGV[5], 'EX', ARGV[3])
return 1
"""


@contextmanager
def place_taken(picture: bytes) -> Iterator[str]:
    """A place for a picture for as long as the block runs; yields its name. Raises :class:`BusyError` where there is none."""
    name, seconds = uuids.uuid4().hex, settings.QUERY_SECONDS
    try:
        took = _client().eval(
            TAKE, 2, PLACES, _picture(name), time.time(), settings.QUERIES_WAITING, seconds, name, picture
        )
    except redis.RedisError as error:
        raise BusyError("Pictures cannot be looked at just now. Ask again in a moment.", seconds=5) from error
    if not took:
        raise BusyError("All who look at pictures are busy. Ask again in a moment.", seconds=2)
    try:
        yield name
    finally:
        _leave(name)


def answer_wait(name: str) -> dict[str, Any]:
    """What a worker answers. Raises :class:`BusyError` where none does in time."""
    try:
        found = _client().blpop([_answer(name)], timeout=settings.QUERY_SECONDS)
    except redis.RedisError as error:
        raise BusyError("The answer was lost on its way. Ask again in a moment.", seconds=5) from error
    if found is None:
        raise BusyError("No worker looked at the picture in time. Ask again in a moment.", seconds=10)
    answer: dict[str, Any] = json.loads(found[1])
    return answer


def picture_fetch(name: str) -> bytes | None:
    """The picture of a place, once; None where its asker has left or another worker has it."""
    picture = _client().getdel(_picture(name))
    return picture if isinstance(picture, bytes) else None


def answer_give(name: str, answer: dict[str, Any]) -> None:
    """Hand over what was found; nobody has to be there any more."""
    with _client().pipeline() as steps:
        steps.rpush(_answer(name), json.dumps(answer, separators=(",", ":")))
        steps.expire(_answer(name), settings.QUERY_SECONDS)
        steps.execute()


def _leave(name: str) -> None:
    try:
        with _client().pipeline() as steps:
            steps.zrem(PLACES, name)
            steps.delete(_picture(name), _answer(name))
            steps.execute()
    except redis.RedisError:
        # Then time gives the place back.
        return


def _picture(name: str) -> str:
    return f"{PLACES}:picture:{name}"


def _answer(name: str) -> str:
    return f"{PLACES}:answer:{name}"


def _client() -> redis.Redis:
    return _connected(settings.REDIS_URL)


@cache
def _connected(address: str) -> redis.Redis:
    # Longer than anybody waits, so that a server that hangs does not hold a web thread for good.
    return redis.Redis.from_url(address, socket_connect_timeout=2, socket_timeout=settings.QUERY_SECONDS + 2)
