"""Charts as numbers for ``templates/_chart.html``: what is drawn where, in the units of the picture. Numbers are texts, so that
no language writes a comma where SVG wants a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDE, HIGH = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 30
SQUARE, EDGE = 240, 36
TICKS = 4

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis with its label."""

    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its name and last value; ``points`` as SVG's polyline takes them, ``area`` the same closed at the bottom."""

    name: str
    points: str
    last: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines on their axes; ``band`` is what the first may lie in, ``zero`` the height of no difference."""

    lines: list[Line]
    across: list[Tick]
    up: list[Tick]
    band: str = ""
    zero: str = ""
    width: int = WIDE
    height: int = HIGH


@dataclass(frozen=True, slots=True)
class Dot:
    """One bin of a reliability diagram; ``words`` say what it is."""

    x: str
    y: str
    radius: str
    words: str


@dataclass(frozen=True, slots=True)
class _Plane:
    """The values from ``first`` to ``last`` across and from ``low`` to ``high`` upwards, as places of the picture."""

    first: float
    last: float
    low: float
    high: float

    def x(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first) if self.last > self.first else 1.0
        return LEFT + share * (WIDE - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HIGH - BOTTOM - min((value - self.low) / (self.high - self.low), 1.0) * (HIGH - TOP - BOTTOM)

    def points(self, values: Sequence[Point]) -> str:
        """A line through these, as SVG takes it; one point alone is drawn as a level line."""
        places = [(self.x(x), self.y(y)) for x, y in values]
        places = [(float(LEFT), places[0][1]), *places] if len(places) == 1 else places
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

    def across(self, values: Sequence[tuple[float, str]]) -> list[Tick]:
        return [Tick(f"{self.x(value):.1f}", label) for value, label in values]

    def up(self, label: str) -> list[Tick]:
        """Ticks at equal distances; ``label`` is a format of the value."""
        values = [self.low + (self.high - self.low) * n / TICKS for n in range(TICKS + 1)]
        return [Tick(f"{self.y(value):.1f}", label.format(value)) for value in values]


def time_chart(days: Sequence[date], series: Sequence[tuple[str, Sequence[int]]], *, most: int) -> Chart | None:
    """Lines over ``days`` from 0 to ``most``, with what lies under them; None where there is no day."""
    if not days:
        return None
    numbers = [day.toordinal() for day in days]
    plane = _Plane(numbers[0], numbers[-1], 0, max(most, 1))
    lines = []
    for name, values in series:
        points = plane.points(list(zip(numbers, values, strict=True)))
        left, right = LEFT if len(days) == 1 else plane.x(numbers[0]), plane.x(numbers[-1])
        area = f"{left:.1f},{HIGH - BOTTOM:.1f} {points} {right:.1f},{HIGH - BOTTOM:.1f}"
        lines.append(Line(name, points, f"{values[-1]:,}", area))
    shown = sorted({days[0], days[len(days) // 2], days[-1]})
    return Chart(lines, plane.across([(day.toordinal(), f"{day:%d %b}") for day in shown]), plane.up("{:,.0f}"))


def step_chart(series: Sequence[tuple[str, Sequence[Point]]], *, top: float | None = None) -> Chart | None:
    """Lines of ``(step, value)`` from 0 to ``top``, by default the largest value; None where there is no point."""
    everything = [point for _, points in series for point in points]
    if not everything:
        return None
    first, last = min(step for step, _ in everything), max(step for step, _ in everything)
    plane = _Plane(first, last, 0, top or max(value for _, value in everything) or 1.0)
    lines = [Line(name, plane.points(points), f"{points[-1][1]:.3f}") for name, points in series]
    shown = sorted({round(first), round((first + last) / 2), round(last)})
    return Chart(lines, plane.across([(step, f"{step:,}") for step in shown]), plane.up("{:.2f}"))


def rate_chart(numbers: Sequence[int], series: Sequence[tuple[str, Sequence[float]]]) -> Chart | None:
    """Values in [0, 1] over the numbers of versions, on a scale as narrow as they are; None under two versions."""
    if len(numbers) < 2:
        return None
    every = [value for _, values in series for value in values]
    room = 0.1 * (max(every) - min(every)) + 0.002
    plane = _Plane(numbers[0], numbers[-1], min(every) - room, max(every) + room)
    lines = [
        Line(name, plane.points(list(zip(numbers, values, strict=True))), f"{values[-1]:.3f}")
        for name, values in series
    ]
    return Chart(lines, plane.across([(n, f"#{n}") for n in (numbers[0], numbers[-1])]), plane.up("{:.3f}"))


def band_chart(name: str, points: Sequence[dict[str, Any]]) -> Chart | None:
    """The lift of an experiment and its interval, in percent, over the visitors that had come; None under two points."""
    if len(points) < 2:
        return None
    low, high = min(0.0, *(p["low"] for p in points)), max(0.0, *(p["high"] for p in points))
    plane = _Plane(points[0]["visitors"], points[-1]["visitors"], low, high if high > low else low + 1.0)
    edge = [(p["visitors"], p["high"]) for p in points] + [(p["visitors"], p["low"]) for p in reversed(points)]
    line = Line(name, plane.points([(p["visitors"], p["lift"]) for p in points]), f"{points[-1]['lift']:+.1%}")
    ends = [(p["visitors"], f"{p['visitors']:,}") for p in (points[0], points[-1])]
    return Chart([line], plane.across(ends), plane.up("{:+.0%}"), plane.points(edge), f"{plane.y(0.0):.1f}")


def reliability_dots(bins: Sequence[dict[str, float]]) -> list[Dot]:
    """A dot for each bin of a policy's report: said across, right upwards, its area by how many decisions it holds."""
    most = max((each["count"] for each in bins), default=1)
    inner = SQUARE - 2 * EDGE
    return [
        Dot(
            x=f"{EDGE + each['told'] * inner:.1f}",
            y=f"{SQUARE - EDGE - each['right'] * inner:.1f}",
            radius=f"{3 + 7 * (each['count'] / most) ** 0.5:.1f}",
            words=f"{each['told']:.0%} → {each['right']:.0%} ({each['count']:.0f})",
        )
        for each in bins
    ]
