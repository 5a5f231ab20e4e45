"""Pictures on top of articles: one calm sign each, on a board of 1200 by 630.

What matters stays within the middle 900 by 500, because pages crop the picture.
"""

from collections.abc import Callable
from math import cos, pi, sin

from portal.demo.pictures.canvas import Canvas

# Background, soft shape, strong colour, second colour.
TONES = {
    "brand": ("#e3f4ed", "#ffffff", "#0f5c4d", "#f3b27a"),
    "sky": ("#dbe8f5", "#ffffff", "#3d6fb4", "#f3b27a"),
    "warm": ("#fbe3cb", "#fff6ea", "#b4601f", "#0f5c4d"),
    "rose": ("#f6dfe4", "#ffffff", "#8a2f4f", "#f3b27a"),
}
Tone = tuple[str, str, str, str]


def hills(board: Canvas, tone: Tone) -> None:
    board.path(
        "M0 470C220 390 420 400 640 450C860 500 1020 470 1200 410L1200 630L0 630Z",
        tone[1],
    )


def _head(board: Canvas, tone: Tone) -> None:
    board.path(
        "M470 630L470 520C430 470 410 410 416 340C424 220 510 140 620 140"
        "C730 140 800 220 800 320L836 400C840 410 834 418 824 418L800 420L796 480"
        "C794 506 776 518 750 514L690 506L690 630Z",
        tone[2],
    )
    for radius, width in ((70, 20), (130, 20), (190, 20)):
        arc = " ".join(
            f"{660 + radius * cos(a):.1f} {250 - radius * sin(a):.1f}"
            for a in (pi * (0.02 + 0.46 * i / 20) for i in range(21))
        )
        board.stroke("M" + arc, tone[3], width)


def _heartbeat(board: Canvas, tone: Tone) -> None:
    board.path(
        "M600 560C430 440 330 350 330 240C330 150 396 90 474 90C528 90 574 118 600 166"
        "C626 118 672 90 726 90C804 90 870 150 870 240C870 350 770 440 600 560Z",
        tone[1],
    )
    board.stroke(
        "M180 320L470 320L530 210L600 430L660 260L700 320L1020 320", tone[2], 18
    )


def _lungs(board: Canvas, tone: Tone) -> None:
    board.circle(600, 315, 260, tone[1])
    board.path(
        "M560 230C470 190 404 300 392 420C386 500 420 530 470 512"
        "C530 490 566 460 566 400Z",
        tone[2],
    )
    board.path(
        "M640 230C730 190 796 300 808 420C814 500 780 530 730 512"
        "C670 490 634 460 634 400Z",
        tone[2],
    )
    board.stroke(
        "M600 110L600 260M600 260C590 300 560 310 530 330"
        "M600 260C610 300 640 310 670 330",
        tone[3],
        22,
    )
    board.stroke(
        "M530 330L490 400M530 330L530 420M670 330L710 400M670 330L670 420", tone[3], 12
    )


def _leaf(board: Canvas, tone: Tone) -> None:
    hills(board, tone)
    board.path(
        "M600 560C430 520 380 380 430 250C470 150 560 110 700 90"
        "C760 240 770 420 600 560Z",
        tone[3],
    )
    board.stroke(
        "M600 560C590 420 610 290 660 180M602 430L520 360M606 340L690 300"
        "M622 270L560 220",
        tone[1],
        12,
    )
    board.circle(860, 190, 70, tone[2] + "55")


def _face(board: Canvas, tone: Tone) -> None:
    board.circle(600, 330, 230, tone[1])
    board.path(
        "M470 330C470 230 520 170 600 170C680 170 730 230 730 330"
        "C730 430 670 510 600 510C530 510 470 430 470 330Z",
        "#e9bd98",
    )
    board.path(
        "M452 340C430 210 500 120 604 120C720 120 770 220 748 340"
        "C736 280 700 250 640 220C580 270 500 260 452 340Z",
        tone[2],
    )
    for x in (548, 652):
        board.ellipse(x, 350, 9, 12, "#2b211d")
    board.stroke("M556 430Q600 462 644 430", tone[2], 9)
    for x, y in ((510, 400), (528, 424), (682, 404), (700, 380), (600, 300)):
        board.circle(x, y, 8, "#d57a68")


def _spine(board: Canvas, tone: Tone) -> None:
    board.circle(600, 315, 270, tone[1])
    for i in range(7):
        y = 110 + i * 62
        x = 600 + 34 * sin(i * 0.9)
        w = 78 + i * 9
        board.rect(x - w / 2, y, w, 40, tone[2], 18)
        board.stroke(
            f"M{x - w / 2 - 26} {y + 20}L{x - w / 2} {y + 20}"
            f"M{x + w / 2} {y + 20}L{x + w / 2 + 26} {y + 20}",
            tone[2],
            12,
        )
        if i < 6:
            board.rect(x - w / 2 + 16, y + 46, w - 32, 10, tone[3], 5)


def _waves(board: Canvas, tone: Tone) -> None:
    board.circle(820, 200, 84, tone[3])
    for i, colour in enumerate((tone[1], tone[2] + "55", tone[2] + "aa", tone[2])):
        y = 300 + i * 78
        high, low = y - 70, y + 70
        board.path(
            f"M0 {y}C150 {high} 250 {high} 400 {y}C550 {low} 650 {low} 800 {y}"
            f"C950 {high} 1050 {high} 1200 {y}L1200 630L0 630Z",
            colour,
        )


def _sunrise(board: Canvas, tone: Tone) -> None:
    for radius, alpha in ((330, "30"), (250, "50"), (170, "ff")):
        board.circle(600, 430, radius, tone[2] + alpha if alpha != "ff" else "#f3a861")
    board.path(
        "M0 450C240 380 420 420 620 440C820 460 1000 420 1200 380L1200 630L0 630Z",
        tone[1],
    )
    board.path(
        "M0 540C260 470 480 560 700 530C900 500 1060 520 1200 490L1200 630L0 630Z",
        tone[3],
    )


def _moon(board: Canvas, tone: Tone) -> None:
    board.rect(0, 0, 1200, 630, "#20385c")
    board.path(
        "M700 120C560 140 470 240 480 350C490 470 600 540 720 510"
        "C640 480 590 410 594 320C598 230 640 160 700 120Z",
        "#f7d9a8",
    )
    for x, y, r in (
        (320, 180, 7),
        (400, 330, 5),
        (820, 170, 8),
        (900, 320, 5),
        (760, 260, 4),
        (280, 420, 5),
        (980, 200, 5),
    ):
        board.circle(x, y, r, "#ffffff")
    board.path(
        "M0 520C200 450 420 470 620 520C840 570 1020 530 1200 480L1200 630L0 630Z",
        "#14263f",
    )


def _flower(
    board: Canvas, x: float, y: float, size: float, petal: str, heart: str, count: int
) -> None:
    for i in range(count):
        a = 2 * pi * i / count
        board.circle(x + size * cos(a), y + size * sin(a), size * 0.72, petal)
    board.circle(x, y, size * 0.62, heart)


def _bloom(board: Canvas, tone: Tone) -> None:
    hills(board, tone)
    board.stroke("M600 330C596 420 604 500 600 630", "#0f5c4d", 16)
    board.path("M602 520C660 450 730 440 790 460C760 530 680 560 602 520Z", "#0f5c4d")
    board.path("M598 560C540 500 470 490 420 510C450 570 530 600 598 560Z", "#0f5c4d")
    _flower(board, 600, 250, 96, tone[2], tone[3], 8)


def _petals(board: Canvas, tone: Tone) -> None:
    for x, y, s, petal in (
        (370, 330, 62, tone[2]),
        (600, 230, 74, tone[1]),
        (830, 350, 62, "#c9798f"),
    ):
        _flower(board, x, y, s, petal, tone[3], 6)
        board.stroke(f"M{x} {y + s * 1.7}L{x} 630", "#0f5c4d", 12)


def _drop(board: Canvas, tone: Tone) -> None:
    board.circle(600, 330, 250, tone[1])
    board.path(
        "M600 100C680 220 740 300 740 390C740 480 676 540 600 540"
        "C524 540 460 480 460 390C460 300 520 220 600 100Z",
        "#c2402f",
    )
    board.path("M520 400C520 460 556 494 600 498C560 510 500 480 500 400Z", "#ffffffaa")
    for i, h in enumerate((50, 90, 130, 90)):
        board.rect(830 + i * 52, 470 - h, 34, h, tone[3], 8)


def _thermometer(board: Canvas, tone: Tone) -> None:
    board.circle(600, 315, 250, tone[1])
    board.rect(560, 110, 80, 330, "#ffffff", 40)
    board.circle(600, 450, 74, "#ffffff")
    board.rect(582, 220, 36, 240, "#c2402f", 18)
    board.circle(600, 450, 50, "#c2402f")
    for y in (160, 210, 260, 310, 360):
        board.stroke(f"M660 {y}L700 {y}", tone[2], 10)
    board.circle(860, 200, 46, tone[2] + "66")


def _dots(board: Canvas, tone: Tone) -> None:
    board.path("M350 630C350 500 450 430 600 430C750 430 850 500 850 630Z", "#f3b27a")
    board.circle(600, 280, 170, "#f1cdb2")
    board.path(
        "M432 270C430 150 520 100 600 100C690 100 772 150 768 270"
        "C740 210 690 190 650 180C570 200 480 200 432 270Z",
        tone[2],
    )
    for x in (540, 660):
        board.ellipse(x, 290, 10, 13, "#2b211d")
    board.stroke("M550 360Q600 396 650 360", tone[2], 9)
    for x, y in (
        (500, 330),
        (480, 280),
        (530, 400),
        (690, 340),
        (712, 290),
        (670, 400),
        (600, 220),
        (640, 420),
        (590, 330),
    ):
        board.circle(x, y, 9, "#c9586a")


def _ear(board: Canvas, tone: Tone) -> None:
    board.path(
        "M520 480C480 430 440 360 440 280C440 170 520 110 610 110"
        "C710 110 780 180 780 270C780 350 720 380 690 420C660 460 670 540 600 540"
        "C560 540 536 516 520 480Z",
        "#e9bd98",
    )
    board.stroke(
        "M520 300C510 220 560 180 620 186C690 194 716 250 690 300"
        "C670 340 620 350 610 400C604 440 590 460 560 450",
        "#b97f56",
        20,
    )
    for i, r in enumerate((70, 120, 170)):
        arc = " ".join(
            f"{830 + r * cos(a):.1f} {310 + r * sin(a):.1f}"
            for a in (pi * (-0.28 + 0.56 * k / 20) for k in range(21))
        )
        board.stroke("M" + arc, (tone[2], tone[2] + "aa", tone[2] + "66")[i], 18)


SCENES: dict[str, Callable[[Canvas, Tone], None]] = {
    "head": _head,
    "heartbeat": _heartbeat,
    "lungs": _lungs,
    "leaf": _leaf,
    "face": _face,
    "spine": _spine,
    "waves": _waves,
    "sunrise": _sunrise,
    "moon": _moon,
    "bloom": _bloom,
    "petals": _petals,
    "drop": _drop,
    "thermometer": _thermometer,
    "dots": _dots,
    "ear": _ear,
}
