"""A small drawing board: shapes and SVG path data on Pillow, drawn large and
shrunk, so that edges are smooth without any drawing library."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageDraw

Point = tuple[float, float]

_TOKENS = re.compile(r"[MLHVCQZ]|-?\d+(?:\.\d+)?")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}
_CURVE_STEPS = 24


def _cubic(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    points = []
    for step in range(1, _CURVE_STEPS + 1):
        t = step / _CURVE_STEPS
        u = 1 - t
        points.append(
            (
                u**3 * a[0] + 3 * u * u * t * b[0] + 3 * u * t * t * c[0] + t**3 * d[0],
                u**3 * a[1] + 3 * u * u * t * b[1] + 3 * u * t * t * c[1] + t**3 * d[1],
            )
        )
    return points


def _segment(command: str, here: Point, numbers: list[float]) -> list[Point]:
    """Points that one path command adds, the present point not among them."""
    if command == "H":
        return [(numbers[0], here[1])]
    if command == "V":
        return [(here[0], numbers[0])]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    if command == "C":
        return _cubic(here, pairs[0], pairs[1], pairs[2])
    if command == "Q":
        (qx, qy), end = pairs
        one = (here[0] + 2 / 3 * (qx - here[0]), here[1] + 2 / 3 * (qy - here[1]))
        two = (end[0] + 2 / 3 * (qx - end[0]), end[1] + 2 / 3 * (qy - end[1]))
        return _cubic(here, one, two, end)
    return pairs


def flatten(path: str) -> list[list[Point]]:
    """Lists of points, one for each part of SVG path data.

    Absolute commands M L H V C Q Z only; a command may be followed by several
    sets of numbers. Raises ValueError for anything else.
    """
    if _TOKENS.sub("", path).strip(" ,\n\t"):
        raise ValueError(f"Path data not understood: {path}")
    parts: list[list[Point]] = []
    command = ""
    numbers: list[float] = []
    for token in _TOKENS.findall(path):
        if token.isalpha():
            command, numbers = token, []
            if command == "Z":
                parts[-1].append(parts[-1][0])
            continue
        numbers.append(float(token))
        if len(numbers) < _ARGUMENTS[command]:
            continue
        if command == "M":
            parts.append([(numbers[0], numbers[1])])
            command = "L"
        else:
            parts[-1].extend(_segment(command, parts[-1][-1], numbers))
        numbers = []
    return parts


class Canvas:
    """Draws in its own units; colours are "#rrggbb" or "#rrggbbaa"."""

    def __init__(
        self, width: int, height: int, background: str = "#00000000", scale: float = 3
    ) -> None:
        self.width, self.height, self.scale = width, height, scale
        size = (round(width * scale), round(height * scale))
        self.image = Image.new("RGBA", size, background)

    def _scaled(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    @contextmanager
    def _sheet(
        self, points: list[Point], margin: float
    ) -> Iterator[tuple[ImageDraw.ImageDraw, float, float]]:
        """A clear sheet over these points only, mixed into the picture afterwards.

        Gives what to draw with and how far the sheet lies from the corner. Pillow
        writes see-through colours over what is there instead of mixing them.
        """
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left = max(int(min(xs) - margin) - 1, 0)
        top = max(int(min(ys) - margin) - 1, 0)
        right = min(int(max(xs) + margin) + 2, self.image.width)
        bottom = min(int(max(ys) + margin) + 2, self.image.height)
        if right <= left or bottom <= top:
            left, top, right, bottom = 0, 0, 1, 1
        sheet = Image.new("RGBA", (right - left, bottom - top), "#00000000")
        yield ImageDraw.Draw(sheet), left, top
        self.image.alpha_composite(sheet, (left, top))

    def _polygon(self, points: list[Point], fill: str) -> None:
        if len(fill) == 7:
            ImageDraw.Draw(self.image).polygon(points, fill=fill)
            return
        with self._sheet(points, 0) as (draw, left, top):
            draw.polygon([(x - left, y - top) for x, y in points], fill=fill)

    def path(self, path: str, fill: str) -> None:
        """Fill every part of SVG path data."""
        for part in flatten(path):
            self._polygon(self._scaled(part), fill)

    def stroke(self, path: str, colour: str, width: float) -> None:
        """Draw path data as a line with round ends and corners."""
        radius = width * self.scale / 2
        parts = [self._scaled(part) for part in flatten(path)]
        everything = [point for part in parts for point in part]
        with self._sheet(everything, radius) as (draw, left, top):
            for part in parts:
                points = [(x - left, y - top) for x, y in part]
                draw.line(points, fill=colour, width=round(2 * radius))
                for x, y in points:
                    box = (x - radius, y - radius, x + radius, y + radius)
                    draw.ellipse(box, fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str) -> None:
        """An ellipse about (x, y)."""
        k = 0.5523
        self.path(
            f"M{x - rx:.2f} {y:.2f}"
            f"C{x - rx:.2f} {y - k * ry:.2f} {x - k * rx:.2f} {y - ry:.2f}"
            f" {x:.2f} {y - ry:.2f}"
            f"C{x + k * rx:.2f} {y - ry:.2f} {x + rx:.2f} {y - k * ry:.2f}"
            f" {x + rx:.2f} {y:.2f}"
            f"C{x + rx:.2f} {y + k * ry:.2f} {x + k * rx:.2f} {y + ry:.2f}"
            f" {x:.2f} {y + ry:.2f}"
            f"C{x - k * rx:.2f} {y + ry:.2f} {x - rx:.2f} {y + k * ry:.2f}"
            f" {x - rx:.2f} {y:.2f}Z",
            fill,
        )

    def circle(self, x: float, y: float, radius: float, fill: str) -> None:
        self.ellipse(x, y, radius, radius, fill)

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str, radius: float = 0
    ) -> None:
        """A rectangle from its upper left corner, rounded if asked."""
        s = self.scale
        corners = self._scaled([(x, y), (x + w, y + h)])
        with self._sheet(corners, 0) as (draw, left, top):
            (x0, y0), (x1, y1) = corners
            box = (x0 - left, y0 - top, x1 - left - 1, y1 - top - 1)
            draw.rounded_rectangle(box, radius * s, fill=fill)

    def paste(self, other: "Canvas", inside: str = "") -> None:
        """Lay another board of the same size on top, only `inside` a path if given."""
        if not inside:
            self.image.alpha_composite(other.image)
            return
        mask = Image.new("L", self.image.size, 0)
        for part in flatten(inside):
            ImageDraw.Draw(mask).polygon(self._scaled(part), fill=255)
        empty = Image.new("RGBA", self.image.size, "#00000000")
        self.image.alpha_composite(Image.composite(other.image, empty, mask))

    def webp(
        self, width: int, window: tuple[float, float, float, float] | None = None
    ) -> bytes:
        """The drawing, or a window of it (left, top, right, bottom), as WebP.

        `width` is in pixels.
        """
        left, top, right, bottom = window or (0, 0, self.width, self.height)
        height = round((bottom - top) * width / (right - left))
        s = self.scale
        small = self.image.convert("RGB").resize(
            (width, height),
            Image.Resampling.LANCZOS,
            box=(left * s, top * s, right * s, bottom * s),
        )
        buffer = BytesIO()
        small.save(buffer, "WEBP", quality=88, method=4)
        return buffer.getvalue()
