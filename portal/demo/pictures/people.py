"""Portraits: friendly, flat, drawn people, all from one short description."""

from collections.abc import Mapping
from random import Random
from typing import Any

from portal.demo.pictures.canvas import Canvas
from portal.demo.pictures.clothes import dress
from portal.demo.pictures.hair import COVERED, STYLES

# Skin: light, shadow, cheek; ten tones from pale to deep.
SKIN = {
    1: ("#f8d9c4", "#eabfa3", "#f0a896"),
    2: ("#f2cdb0", "#e0b08d", "#e89f86"),
    3: ("#eec39a", "#d9a577", "#e29775"),
    4: ("#e3b084", "#cb9265", "#d98965"),
    5: ("#d29b6c", "#b87f52", "#c9744f"),
    6: ("#bb8053", "#a0673d", "#b3603f"),
    7: ("#a26a41", "#87542f", "#9b4f34"),
    8: ("#8a5636", "#6f4227", "#86422f"),
    9: ("#704328", "#58321c", "#703524"),
    10: ("#55321f", "#402414", "#572a1e"),
}
# Hair and cloth: colour, darker tone.
HAIR = {
    "black": ("#2a211e", "#191311"),
    "darkbrown": ("#46301f", "#322115"),
    "brown": ("#6d472b", "#54351f"),
    "blond": ("#dcb36b", "#c0964f"),
    "ginger": ("#c06a31", "#a15423"),
    "red": ("#9c4223", "#7e3219"),
    "grey": ("#9aa19f", "#7f8785"),
    "silver": ("#c3c8c6", "#a4aba8"),
    "white": ("#e6e8e6", "#c9cecb"),
    "teal": ("#3f8f86", "#2f766e"),
    "plum": ("#7b4b78", "#643a61"),
    "ochre": ("#d28b35", "#b37125"),
    "navy": ("#2c4470", "#213458"),
}
# The tints of the six avatar tones of the design.
TONES = {
    1: "#d3eee4",
    2: "#fbe3cb",
    3: "#e6ecd0",
    4: "#f6dfe4",
    5: "#e7e0f2",
    6: "#d8e7f5",
}
_HEAD = (
    "M136 172C136 124 160 100 200 100C240 100 264 124 264 172"
    "C264 198 258 222 242 242C230 256 216 264 200 264C184 264 170 256 158 242"
    "C142 222 136 198 136 172Z"
)
_INK = "#241a17"
# Where the lines of the face must be darker to be seen.
_DEEP = 8
_WINDOW = (26.0, 28.0, 374.0, 376.0)
_BEARDS = {
    "full": (
        "M136 180C138 196 146 204 154 208C168 214 182 208 200 208"
        "C218 208 232 214 246 208C254 204 262 196 264 180C268 218 258 252 236 270"
        "C222 284 178 284 164 270C142 252 132 218 136 180Z"
    ),
    "short": (
        "M136 186C140 206 148 214 158 214C172 214 182 210 200 210"
        "C218 210 228 214 242 214C252 214 260 206 264 186C264 220 254 244 238 256"
        "C222 270 178 270 162 256C146 244 136 220 136 186Z"
    ),
    "goatee": (
        "M176 214C186 208 214 208 224 214C232 226 228 250 220 260"
        "C210 272 190 272 180 260C172 250 168 226 176 214Z"
    ),
}


def _head(board: Canvas, skin: tuple[str, str, str], ears: bool) -> None:
    light, shadow, _ = skin
    board.path("M174 226L226 226L228 296C220 318 180 318 172 296Z", light)
    board.path(
        "M174 240C190 270 212 270 226 240L227 272C210 290 190 290 173 272Z", shadow
    )
    if ears:
        for x in (137, 263):
            board.ellipse(x, 188, 12, 18, light)
            board.ellipse(x, 189, 6, 10, shadow)
    board.path(_HEAD, light)


def _eyes(board: Canvas, brow: str, spread: int, lift: int) -> None:
    for side in (-1, 1):
        x = 200 + side * spread
        board.ellipse(x, 188, 5.2, 6.6, _INK)
        board.circle(x + 1.6, 185.6, 1.7, "#ffffff")
        board.stroke(
            f"M{x - 13} {170 - lift * (side < 0)}"
            f"Q{x} {162 - lift} {x + 13} {170 - lift * (side > 0)}",
            brow,
            4.4,
        )


def _glasses(board: Canvas, kind: str, spread: int) -> None:
    colour = "#3a3330" if kind == "square" else "#7a5a2e"
    for side in (-1, 1):
        x = 200 + side * spread
        if kind == "round":
            k = 11
            ring = (
                f"M{x - 20} 188C{x - 20} {188 - k} {x - k} 168 {x} 168"
                f"C{x + k} 168 {x + 20} {188 - k} {x + 20} 188"
                f"C{x + 20} {188 + k} {x + k} 208 {x} 208"
                f"C{x - k} 208 {x - 20} {188 + k} {x - 20} 188"
            )
        else:
            ring = (
                f"M{x - 21} 176C{x - 21} 172 {x + 21} 172 {x + 21} 176L{x + 19} 198"
                f"C{x + 17} 206 {x - 17} 206 {x - 19} 198L{x - 21} 176"
            )
        board.path(ring + "Z", "#ffffff1c")
        board.stroke(ring, colour, 3.4)
        board.stroke(f"M{x + side * 21} 182L{200 + side * 62} 180", colour, 3)
    board.stroke(f"M{200 - spread + 20} 184Q200 177 {200 + spread - 20} 184", colour, 3)


def _face(
    board: Canvas,
    spec: Mapping[str, Any],
    skin: tuple[str, str, str],
    brow: str,
    dice: Random,
) -> None:
    _, shadow, cheek = skin
    spread = dice.choice((25, 26, 27))
    for side in (-1, 1):
        board.ellipse(200 + side * 40, 212, 13, 9, cheek + "66")
    _eyes(board, brow, spread, dice.choice((0, 1, 3)))
    board.stroke("M201 190C199 202 194 208 196 213C198 217 204 217 208 214", shadow, 4)
    beard = str(spec.get("beard", ""))
    if beard in _BEARDS:
        board.path(_BEARDS[beard], brow)
    elif beard == "stubble":
        shadow_of_a_beard = Canvas(board.width, board.height, scale=board.scale)
        shadow_of_a_beard.path(_BEARDS["short"], brow + "38")
        board.paste(shadow_of_a_beard, inside=_HEAD)
    if beard in ("full", "short", "goatee", "moustache"):
        board.path(
            "M170 226C174 214 190 212 200 217C210 212 226 214 230 226"
            "C220 223 210 223 200 225C190 223 180 223 170 226Z",
            brow,
        )
    width = dice.choice((19, 21, 23))
    lips = "#3d1a16" if spec["skin"] >= _DEEP else "#7d3a33"
    smile = f"M{200 - width} 231Q200 {248 + width // 4} {200 + width} 231"
    if dice.random() < 0.55 or spec["skin"] >= _DEEP:
        board.path(smile + f"Q200 236 {200 - width} 231Z", "#ffffff")
        board.stroke(smile + f"Q200 236 {200 - width} 231", lips, 2.6)
    else:
        board.stroke(smile, lips, 4)
    if spec["hair_colour"] in ("grey", "silver", "white"):
        for side in (-1, 1):
            x = 200 + side * 46
            board.stroke(
                f"M{x} 194L{x + side * 6} 191M{x} 199L{x + side * 6} 200", shadow, 2
            )


def portrait(spec: Mapping[str, Any], seed: str, width: int = 640) -> bytes:
    """A square portrait as WebP.

    `spec` has skin (1 to 10), hair and hair_colour, outfit and tone (1 to 6), and may
    have beard, glasses and accessory. `seed` varies what nobody chose: the same seed
    always gives the same face.
    """
    dice = Random(seed)  # noqa: S311 a drawing, not a secret  # nosec B311
    board = Canvas(400, 400, TONES[spec["tone"]])
    skin = SKIN[spec["skin"]]
    style = STYLES[spec["hair"]]
    colour, darker = HAIR[spec["hair_colour"]]
    covered = spec["hair"] in COVERED
    brow = HAIR["black"][0] if covered and spec["skin"] > 3 else darker
    if spec["skin"] >= _DEEP:
        brow = "#130c09"
    for path in style.back:
        board.path(path, darker)
    _head(board, skin, ears=spec["hair"] != "hijab")
    dress(board, str(spec["outfit"]), dice, neck=skin[0])
    _face(board, spec, skin, brow, dice)
    _cover(board, style.front, colour, hole=spec["hair"] == "hijab")
    for path in style.shade:
        board.path(path, darker)
    for line in style.strokes:
        board.stroke(line, darker, 4)
    _adorn(board, spec, covered=covered)
    return board.webp(width, _WINDOW)


def _adorn(board: Canvas, spec: Mapping[str, Any], *, covered: bool) -> None:
    if "glasses" in spec:
        _glasses(board, str(spec["glasses"]), 26)
    if spec.get("accessory") == "stethoscope":
        _stethoscope(board)
    if spec.get("accessory") == "earrings" and not covered:
        for x in (137, 263):
            board.circle(x, 212, 5, "#e2b23c")


def _cover(board: Canvas, paths: tuple[str, ...], colour: str, *, hole: bool) -> None:
    """Lay hair or cloth on top; a scarf leaves the face free."""
    sheet = Canvas(board.width, board.height, scale=board.scale)
    for path in paths:
        sheet.path(path, colour)
    if hole:
        cloth = sheet.image
        face = Canvas(board.width, board.height, scale=board.scale)
        face.path(
            "M143 184C143 140 166 116 200 116C234 116 257 140 257 184"
            "C257 222 238 258 200 258C162 258 143 222 143 184Z",
            "#ffffff",
        )
        cloth.paste((0, 0, 0, 0), mask=face.image.getchannel("A"))
    board.paste(sheet)


def _stethoscope(board: Canvas) -> None:
    board.stroke(
        "M158 296C154 330 166 356 178 366M242 296C248 324 246 344 238 356",
        "#27322f",
        5.5,
    )
    board.circle(236, 362, 10, "#27322f")
    board.circle(236, 362, 5, "#9fb3ad")
