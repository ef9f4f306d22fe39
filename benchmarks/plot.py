"""A log-log plot as SVG, drawn by hand: it needs nothing, and shows in any browser and on GitHub."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 420, 70, 40, 230, 50
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")

Point = tuple[float, float]


def plot(title: str, across: str, up: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """Return the SVG of some lines by their names."""
    points = [point for line in lines.values() for point in line]
    left, right = _decades([x for x, _ in points])
    low, high = _decades([y for _, y in points])

    def place(point: Point) -> Point:
        x = LEFT + (math.log10(point[0]) - left) / (right - left) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (math.log10(point[1]) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return round(x, 1), round(y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="12" fill="#444">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
        *_grid(left, right, low, high, place),
        f'<text x="{LEFT}" y="{HEIGHT - 12}">{escape(across)}</text>',
        f'<text x="14" y="{TOP - 6}">{escape(up)}</text>',
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [place(point) for point in line]
        path = " ".join(f"{x},{y}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        parts.append(f'<text x="{x + 8}" y="{y + 4}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _grid(left: int, right: int, low: int, high: int, place: Callable[[Point], Point]) -> Iterator[str]:
    for decade in range(left, right + 1):
        x, bottom = place((10.0**decade, 10.0**low))
        _, top = place((10.0**decade, 10.0**high))
        yield f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{top}" stroke="#ddd"/>'
        yield f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{10**decade:,}</text>'
    for decade in range(low, high + 1):
        start, y = place((10.0**left, 10.0**decade))
        end, _ = place((10.0**right, 10.0**decade))
        yield f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="{start - 8}" y="{y + 4}" text-anchor="end">{10.0**decade:g}</text>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return first, max(last, first + 1)
