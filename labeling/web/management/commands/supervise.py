"""Run lines of the Procfile until interrupted: ``manage.py supervise worker beat``."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labeling.common.supervisor import environment, procfile_names, supervisor_command


class Command(BaseCommand):
    """Becomes the supervisor, so that signals reach it directly."""

    help = "Run lines of the Procfile under one supervisor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="+", choices=procfile_names())

    def handle(self, *args: Any, **options: Any) -> None:
        command = supervisor_command(options["names"])
        os.execve(command[0], command, environment())
