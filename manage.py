#!/usr/bin/env python
"""Django's command line, with the embedded servers brought up first where no others are named."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError as DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisError

from labeling import embedded


def main() -> int:
    """Run one command; a server that does not answer gives one line and exit status 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    try:
        embedded.ensure_up()
        execute_from_command_line(sys.argv)
    except (DatabaseError, BrokerError, RedisError, embedded.EmbeddedError) as error:
        print(embedded.explain(error), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
