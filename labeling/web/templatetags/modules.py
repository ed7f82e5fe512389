"""Telling the browser all the modules a script is made of, so that it fetches them at once and not one after the other."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
IMPORT = re.compile(r'^(?:import|export)\b[^;"]*?"(\.[^"]+)";', re.MULTILINE)


@register.simple_tag
def preload_modules(entry: str) -> SafeString:
    """Links for every module that ``entry``, a path under static, imports directly or not."""
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((static(name),) for name in _known(entry)))


def _known(entry: str) -> list[str]:
    return modules_of(entry) if settings.DEBUG else _cached(entry)


def modules_of(entry: str) -> list[str]:
    """Paths of a module and all that it imports, itself first. Raises FileNotFoundError, naming what is missing."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        path = finders.find(name)
        if path is None:
            raise FileNotFoundError(f"There is no {name} under static. Mend the import that names it.")
        source = Path(str(path)).read_text()
        waiting += [
            posixpath.normpath(posixpath.join(posixpath.dirname(name), other)) for other in IMPORT.findall(source)
        ]
    return list(found)


_cached = cache(modules_of)
