"""The three clinics and the front door, as pictures of 1200 by 630."""

from collections.abc import Callable

from portal.demo.pictures.canvas import Canvas

_GREEN, _DEEP, _SKY, _SAND, _SUN = (
    "#0f5c4d",
    "#002c23",
    "#cfe3ef",
    "#fbe3cb",
    "#f3b27a",
)


def _cloud(board: Canvas, x: float, y: float, size: float) -> None:
    for dx, dy, r in (
        (-1.3, 0.2, 0.6),
        (-0.5, -0.2, 0.8),
        (0.5, 0, 0.9),
        (1.4, 0.25, 0.5),
    ):
        board.circle(x + dx * size, y + dy * size, r * size, "#ffffffcc")
    board.rect(
        x - 1.7 * size,
        y + 0.2 * size,
        3.4 * size,
        0.55 * size,
        "#ffffffcc",
        0.27 * size,
    )


def _windows(
    board: Canvas,
    x: float,
    y: float,
    columns: int,
    rows: int,
    step: float,
    rise: float,
    size: tuple[float, float],
    colour: str,
) -> None:
    for row in range(rows):
        for column in range(columns):
            left, top = x + column * step, y + row * rise
            board.rect(left, top, size[0], size[1], colour, 4)
            board.rect(left, top + size[1] * 0.46, size[0], 4, "#ffffff")
            board.rect(left + size[0] / 2 - 2, top, 4, size[1], "#ffffff")


def _tree(board: Canvas, x: float, ground: float, size: float, colour: str) -> None:
    board.rect(x - size * 0.07, ground - size, size * 0.14, size, "#7a5538", 3)
    for dx, dy, r in ((0, -1.5, 0.56), (-0.42, -1.1, 0.46), (0.42, -1.1, 0.46)):
        board.circle(x + dx * size, ground + dy * size, r * size, colour)


def _bench_sign(board: Canvas, x: float, y: float) -> None:
    """The clinic's sign: a leaf on green, as in its logo."""
    board.rect(x, y, 66, 66, _GREEN, 14)
    board.path(
        f"M{x + 18} {y + 46}C{x + 16} {y + 22} {x + 34} {y + 16} {x + 50}"
        f" {y + 18}C{x + 52} {y + 38} {x + 40} {y + 52} {x + 18} {y + 46}Z",
        "#ffffff",
    )
    board.stroke(f"M{x + 16} {y + 52}Q{x + 28} {y + 36} {x + 40} {y + 28}", _GREEN, 4)


def canal_street(board: Canvas) -> None:
    board.rect(0, 0, 1200, 630, _SKY)
    board.circle(960, 130, 62, _SUN)
    _cloud(board, 260, 110, 46)
    _cloud(board, 720, 80, 34)
    for x, w, top, colour in (
        (60, 190, 220, "#d9b79a"),
        (250, 150, 180, "#e9d2b5"),
        (840, 170, 200, "#c9d8cf"),
        (1010, 150, 240, "#dcc0ae"),
    ):
        board.rect(x, top, w, 524 - top, colour)
        board.path(
            f"M{x - 8} {top}L{x + w / 2} {top - 52}L{x + w + 8} {top}Z", "#8c5a44"
        )
        _windows(board, x + 24, top + 40, 3, 3, (w - 40) / 3, 84, (30, 50), "#5d7f92")
    board.rect(400, 140, 440, 390, "#f6f1e7")
    board.rect(386, 124, 468, 26, _GREEN, 6)
    _windows(board, 436, 190, 5, 1, 80, 0, (46, 72), "#6d97ad")
    for x in (436, 676):
        _windows(board, x, 294, 2, 1, 80, 0, (46, 72), "#6d97ad")
    board.rect(430, 404, 150, 10, _GREEN, 4)
    board.rect(446, 414, 118, 100, "#6d97ad", 4)
    board.rect(676, 404, 150, 10, _GREEN, 4)
    board.rect(692, 414, 118, 100, "#6d97ad", 4)
    board.path("M590 530L590 430C590 396 666 396 666 430L666 530Z", _GREEN)
    board.rect(624, 412, 6, 118, "#f6f1e7")
    _bench_sign(board, 595, 318)
    board.rect(0, 520, 1200, 26, "#d8cbb8")
    board.rect(0, 546, 1200, 90, "#86b6c2")
    for x, y, w in (
        (80, 574, 120),
        (330, 600, 90),
        (560, 570, 140),
        (820, 598, 110),
        (1020, 572, 100),
    ):
        board.rect(x, y, w, 6, "#ffffff88", 3)
    _tree(board, 330, 524, 70, "#4f8f74")
    _tree(board, 900, 524, 78, _GREEN)
    board.path(
        "M120 566L330 566C320 596 300 606 270 606L170 606C144 606 128 590 120 566Z",
        "#8a2f2a",
    )
    board.rect(160, 534, 110, 34, "#f6f1e7", 6)
    _windows(board, 172, 542, 3, 1, 32, 0, (22, 16), "#5d7f92")


def northgate(board: Canvas) -> None:
    board.rect(0, 0, 1200, 630, "#dcecf3")
    board.circle(240, 140, 66, _SUN)
    _cloud(board, 860, 110, 50)
    _cloud(board, 520, 84, 30)
    board.path(
        "M0 380C240 260 460 300 680 340C900 380 1050 290 1200 260L1200 630L0 630Z",
        "#b9d9c3",
    )
    board.path(
        "M0 450C260 380 520 420 760 430C960 440 1100 410 1200 390L1200 630L0 630Z",
        "#8fc0a3",
    )
    board.path("M290 300L600 170L910 300Z", "#3c8a76")
    board.rect(330, 296, 540, 220, "#fdf6ea")
    board.rect(330, 470, 540, 46, "#e7d3b8")
    _windows(board, 366, 336, 2, 1, 96, 0, (72, 84), "#7fb0c4")
    _windows(board, 668, 336, 2, 1, 96, 0, (72, 84), "#7fb0c4")
    board.path("M554 516L554 372C554 352 646 352 646 372L646 516Z", "#6d97ad")
    board.rect(597, 362, 6, 154, "#fdf6ea")
    _bench_sign(board, 567, 222)
    board.path("M0 516C300 500 800 500 1200 520L1200 630L0 630Z", "#6fae8b")
    board.path(
        "M560 516C556 560 520 600 480 630L720 630C684 600 648 560 642 516Z", "#f0dfc6"
    )
    _tree(board, 190, 560, 120, _GREEN)
    _tree(board, 1010, 560, 130, "#3f8568")
    _tree(board, 1110, 548, 84, "#5a9e7f")
    for i in range(12):
        x = 270 + i * 24
        if not 540 < x < 660:
            board.circle(
                x, 560 + (i % 3) * 12, 9, ("#e58a9b", "#f7d774", "#ffffff")[i % 3]
            )
    board.stroke("M880 560L880 480M960 560L960 480", "#8c5a44", 8)
    board.stroke("M868 480L972 480", "#8c5a44", 10)
    board.stroke("M900 484L900 536M940 484L940 536", "#8c5a44", 3)
    board.rect(892, 534, 56, 9, _SUN, 4)


def port_clair(board: Canvas) -> None:
    board.rect(0, 0, 1200, 630, _SAND)
    board.circle(620, 190, 96, "#f6c48f")
    board.rect(0, 360, 1200, 270, "#7fb3bf")
    for x, w, top, wall in (
        (40, 170, 230, "#f3e6d4"),
        (210, 200, 200, "#fffaf1"),
        (410, 150, 250, "#ecd3c2"),
    ):
        board.rect(x, top, w, 240, wall)
        board.path(
            f"M{x} {top}L{x + 20} {top - 62}L{x + w - 20} {top - 62}L{x + w} {top}Z",
            "#4d6472",
        )
        for k in range(2):
            board.rect(x + 36 + k * (w - 106), top - 50, 30, 40, "#f6d9a8", 8)
        for part in (0.0, 1.0) if x == 210 else (0.0, 0.5, 1.0):
            _windows(
                board,
                x + 24 + part * (w - 78),
                top + 24,
                1,
                1,
                0,
                0,
                (30, 56),
                "#8fb7c4",
            )
    for k in range(6):
        left = 218 + k * 31
        board.path(
            f"M{left} 326L{left + 31} 326L{left + 31} 358L{left} 358Z",
            _GREEN if k % 2 == 0 else "#ffffff",
        )
    board.rect(232, 360, 60, 80, "#6d97ad", 4)
    board.path("M318 440L318 376C318 362 366 362 366 376L366 440Z", _GREEN)
    _bench_sign(board, 277, 226)
    board.path("M0 436L600 436L620 470L0 470Z", "#d9c6ab")
    board.rect(0, 468, 610, 162, "#b9a488")
    for y in (500, 540, 580):
        board.rect(0, y, 606, 4, "#a38e72")
    board.path(
        "M700 400L1130 400C1120 450 1096 470 1060 470L760 470C726 470 706 440 700 400Z",
        "#ffffff",
    )
    board.rect(700, 392, 432, 14, _GREEN, 4)
    board.rect(760, 336, 310, 58, "#fdfdfb", 8)
    _windows(board, 778, 350, 7, 1, 41, 0, (26, 26), "#6d97ad")
    board.rect(900, 282, 54, 56, _GREEN, 6)
    board.rect(900, 296, 54, 12, _SUN)
    for x, y, w in (
        (660, 520, 130),
        (880, 556, 160),
        (700, 596, 100),
        (1040, 512, 120),
    ):
        board.rect(x, y, w, 7, "#ffffff88", 3)
    for x, y in ((770, 130), (850, 180), (690, 84), (960, 110)):
        board.stroke(
            f"M{x - 26} {y}Q{x - 12} {y - 16} {x} {y}Q{x + 12} {y - 16} {x + 26} {y}",
            _DEEP,
            5,
        )


PLACES: dict[str, Callable[[Canvas], None]] = {
    "canal-street": canal_street,
    "northgate": northgate,
    "port-clair": port_clair,
}


def place_picture(slug: str, width: int = 1200) -> bytes:
    """The picture of a location as WebP."""
    board = Canvas(1200, 630, "#ffffff", scale=2)
    PLACES[slug](board)
    return board.webp(width)
