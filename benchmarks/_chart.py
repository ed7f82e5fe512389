"""A line chart as an SVG text: a few lines, a target, and the points that matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDE, HIGH, EDGE = 720, 420, 56
COLORS = ("#0d6a59", "#1f5fb0", "#7040ad", "#8a5200")


@dataclass(frozen=True)
class Line:
    """``points`` are (x, y)."""

    title: str
    points: Sequence[tuple[float, float]]


def chart(
    lines: Sequence[Line], *, x: str, y: str, marks: Sequence[tuple[float, float]] = (), target: float | None = None
) -> str:
    """The lines over common axes, ``marks`` as dots, ``target`` as a level dashed line."""
    every = [point for line in lines for point in line.points] + list(marks)
    xs, ys = [p[0] for p in every], [p[1] for p in every] + ([target] if target is not None else [])
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)

    def at(px: float, py: float) -> tuple[float, float]:
        across = (px - left) / ((right - left) or 1)
        up = (py - low) / ((high - low) or 1)
        return EDGE + across * (WIDE - 2 * EDGE), HIGH - EDGE - up * (HIGH - 2 * EDGE)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        (gx, _), (_, gy) = at(left + share * (right - left), low), at(left, low + share * (high - low))
        parts.append(
            f'<text x="{gx:.1f}" y="{HIGH - EDGE + 20}" text-anchor="middle">{left + share * (right - left):.1f}</text>'
        )
        parts.append(f'<text x="{EDGE - 8}" y="{gy + 4:.1f}" text-anchor="end">{low + share * (high - low):.3f}</text>')
        parts.append(f'<line x1="{EDGE}" x2="{WIDE - EDGE}" y1="{gy:.1f}" y2="{gy:.1f}" stroke="#e3e0d9"/>')
    if target is not None:
        (_, ty) = at(left, target)
        parts.append(
            f'<line x1="{EDGE}" x2="{WIDE - EDGE}" y1="{ty:.1f}" y2="{ty:.1f}" stroke="#ad2a2a" stroke-dasharray="6 5"/>'
        )
    for number, line in enumerate(lines):
        color = COLORS[number % len(COLORS)]
        path = " ".join("{:.1f},{:.1f}".format(*at(*point)) for point in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        parts.append(
            f'<text x="{EDGE + 12}" y="{HIGH - EDGE - 14 - 18 * number}" fill="{color}">{escape(line.title)}</text>'
        )
    parts += ['<circle cx="{:.1f}" cy="{:.1f}" r="6" fill="#1d1f1e"/>'.format(*at(*mark)) for mark in marks]
    parts.append(f'<text x="{WIDE / 2}" y="{HIGH - 12}" text-anchor="middle">{escape(x)}</text>')
    parts.append(f'<text x="{EDGE}" y="{EDGE - 20}">{escape(y)}</text></svg>')
    return "\n".join(parts)
