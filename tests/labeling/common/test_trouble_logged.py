"""What goes wrong with one of many is noted with its trace, and the others are done."""

from __future__ import annotations

import logging

import pytest

from labeling.common.errors import trouble_logged

log = logging.getLogger(__name__)


def test_it_works(caplog: pytest.LogCaptureFixture) -> None:
    done = []
    for number in range(3):
        with trouble_logged(log, "number %s could not be halved by %s", number, "ones"):
            done.append(2 // (number - 1))
    assert done == [-2, 2]
    (record,) = caplog.records
    assert record.getMessage() == "number 1 could not be halved by ones"
    assert record.exc_info is not None and record.exc_info[0] is ZeroDivisionError


def test_what_ends_the_process_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    for ending in (KeyboardInterrupt, SystemExit):
        with pytest.raises(ending), trouble_logged(log, "stopped"):
            raise ending
    assert not caplog.records
