"""Charts as numbers for SVG templates: what is drawn where, in the units of the picture. Numbers are texts, so that no
language writes a comma where SVG wants a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDE, HIGH = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 14, 30
SQUARE, EDGE = 240, 36
TICKS = 4


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
    area: str
    last: int | str


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Lines over days."""

    lines: list[Line]
    across: list[Tick]
    up: list[Tick]
    width: int = WIDE
    height: int = HIGH


@dataclass(frozen=True, slots=True)
class Dot:
    """One bin of a reliability diagram; ``words`` say what it is."""

    x: str
    y: str
    radius: str
    words: str


def time_chart(days: Sequence[date], series: Sequence[tuple[str, Sequence[int]]], *, most: int) -> TimeChart | None:
    """Lines over ``days`` from 0 to ``most``; None where there is no day."""
    if not days:
        return None
    first, span = days[0].toordinal(), max((days[-1] - days[0]).days, 1)
    top = max(most, 1)

    def x(day: date) -> float:
        share = (day.toordinal() - first) / span if len(days) > 1 else 1.0
        return LEFT + share * (WIDE - LEFT - RIGHT)

    def y(value: float) -> float:
        return HIGH - BOTTOM - value / top * (HIGH - TOP - BOTTOM)

    lines = []
    for name, values in series:
        # One day alone is drawn as a level line.
        places = [(x(day), y(value)) for day, value in zip(days, values, strict=True)]
        places = [(float(LEFT), places[0][1]), *places] if len(places) == 1 else places
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
        ground = f"{HIGH - BOTTOM:.1f}"
        lines.append(
            Line(name, points, f"{places[0][0]:.1f},{ground} {points} {places[-1][0]:.1f},{ground}", values[-1])
        )
    shown = sorted({days[0], days[len(days) // 2], days[-1]})
    across = [Tick(f"{x(day):.1f}", f"{day:%d %b}") for day in shown]
    up = [Tick(f"{y(top * n / TICKS):.1f}", f"{top * n / TICKS:,.0f}") for n in range(TICKS + 1)]
    return TimeChart(lines, across, up)


@dataclass(frozen=True, slots=True)
class StepLine:
    """A line over steps with its name and last value in words; ``points`` as SVG's polyline takes them."""

    name: str
    points: str
    last: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """Lines over the steps of a run."""

    lines: list[StepLine]
    across: list[Tick]
    up: list[Tick]
    width: int = WIDE
    height: int = HIGH


def step_chart(
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]], *, top: float | None = None
) -> StepChart | None:
    """Lines of ``(step, value)`` from 0 to ``top``, by default the largest value; None where there is no point."""
    everything = [point for _, points in series for point in points]
    if not everything:
        return None
    first, last = min(step for step, _ in everything), max(step for step, _ in everything)
    most = top or max(value for _, value in everything) or 1.0

    def place(step: float, value: float) -> tuple[float, float]:
        share = (step - first) / (last - first) if last > first else 1.0
        return LEFT + share * (WIDE - LEFT - RIGHT), HIGH - BOTTOM - min(value / most, 1.0) * (HIGH - TOP - BOTTOM)

    lines = []
    for name, points in series:
        places = [place(*point) for point in points]
        # One point alone is drawn as a level line.
        places = [(float(LEFT), places[0][1]), *places] if len(places) == 1 else places
        lines.append(StepLine(name, " ".join(f"{x:.1f},{y:.1f}" for x, y in places), f"{points[-1][1]:.3f}"))
    shown = sorted({round(first), round((first + last) / 2), round(last)})
    across = [Tick(f"{place(step, 0)[0]:.1f}", f"{step:,}") for step in shown]
    up = [Tick(f"{place(first, most * n / TICKS)[1]:.1f}", f"{most * n / TICKS:.2f}") for n in range(TICKS + 1)]
    return StepChart(lines, across, up)


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


@dataclass(frozen=True, slots=True)
class BandChart:
    """A line with the band it may lie in; ``zero`` is the height of no difference."""

    points: str
    band: str
    zero: str
    up: list[Tick]
    across: list[Tick]
    width: int = WIDE
    height: int = HIGH


def band_chart(points: Sequence[dict[str, Any]]) -> BandChart | None:
    """The lift of an experiment and its interval, in percent, over the visitors that had come; None under two points."""
    if len(points) < 2:
        return None
    first, last = points[0]["visitors"], max(points[-1]["visitors"], points[0]["visitors"] + 1)
    low, high = min(0.0, *(p["low"] for p in points)), max(0.0, *(p["high"] for p in points))
    span = (high - low) or 1.0

    def at(visitors: int, value: float) -> str:
        x = LEFT + (visitors - first) / (last - first) * (WIDE - LEFT - RIGHT)
        return f"{x:.1f},{HIGH - BOTTOM - (value - low) / span * (HIGH - TOP - BOTTOM):.1f}"

    upper = [at(p["visitors"], p["high"]) for p in points]
    lower = [at(p["visitors"], p["low"]) for p in reversed(points)]
    heights = [low + span * n / TICKS for n in range(TICKS + 1)]
    return BandChart(
        points=" ".join(at(p["visitors"], p["lift"]) for p in points),
        band=" ".join(upper + lower),
        zero=at(first, 0.0).split(",")[1],
        up=[Tick(at(first, value).split(",")[1], f"{value:+.0%}") for value in heights],
        across=[Tick(at(p["visitors"], 0).split(",")[0], f"{p['visitors']:,}") for p in (points[0], points[-1])],
    )


def rate_chart(numbers: Sequence[int], series: Sequence[tuple[str, Sequence[float]]]) -> TimeChart | None:
    """Values in [0, 1] over the numbers of versions, on a scale as narrow as they are; None under two versions."""
    if len(numbers) < 2:
        return None
    every = [value for _, values in series for value in values]
    low, high = min(every), max(every)
    low, high = low - 0.1 * (high - low) - 0.002, high + 0.1 * (high - low) + 0.002
    first, span = numbers[0], numbers[-1] - numbers[0]

    def at(number: int, value: float) -> str:
        x = LEFT + (number - first) / span * (WIDE - LEFT - RIGHT)
        return f"{x:.1f},{HIGH - BOTTOM - (value - low) / (high - low) * (HIGH - TOP - BOTTOM):.1f}"

    lines = []
    for name, values in series:
        points = " ".join(at(number, value) for number, value in zip(numbers, values, strict=True))
        lines.append(Line(name, points, "", f"{values[-1]:.3f}"))
    heights = [low + (high - low) * n / TICKS for n in range(TICKS + 1)]
    up = [Tick(at(first, value).split(",")[1], f"{value:.3f}") for value in heights]
    across = [Tick(at(number, low).split(",")[0], f"#{number}") for number in sorted({numbers[0], numbers[-1]})]
    return TimeChart(lines, across, up)
