"""More article pictures: things, plants and patterns."""

from collections.abc import Callable
from math import cos, pi, sin

from portal.demo.pictures.canvas import Canvas
from portal.demo.pictures.scenes import SCENES as FIRST_SCENES
from portal.demo.pictures.scenes import TONES, Tone, hills


def _glass(board: Canvas, tone: Tone) -> None:
    hills(board, tone)
    board.path(
        "M470 120L730 120L700 540C698 560 684 570 664 570L536 570"
        "C516 570 502 560 500 540Z",
        "#ffffffcc",
    )
    board.path(
        "M482 260C540 230 600 290 660 262C684 252 704 250 720 254L700 540"
        "C698 560 684 570 664 570L536 570C516 570 502 560 500 540Z",
        "#7fb2dd",
    )
    for x, y, r in ((560, 420, 16), (620, 360, 11), (650, 470, 13), (570, 500, 9)):
        board.circle(x, y, r, "#ffffff99")
    board.circle(880, 190, 70, tone[3])


def _meadow(board: Canvas, tone: Tone) -> None:
    board.circle(860, 190, 90, tone[3])
    board.path(
        "M0 430C220 350 420 390 640 420C860 450 1020 400 1200 360L1200 630L0 630Z",
        "#a9d3bd",
    )
    for i in range(15):
        x = 170 + i * 62
        top = 330 + 60 * sin(i * 1.7)
        lean = 26 * sin(i * 2.3)
        board.stroke(f"M{x} 630Q{x} {top + 130} {x + lean:.1f} {top:.1f}", tone[2], 8)
        for k in range(4):
            board.ellipse(
                x + lean + (9 if k % 2 else -9),
                top + k * 22,
                9,
                14,
                ("#f7d774", "#ffffff", tone[3])[i % 3],
            )


def _flame(board: Canvas, tone: Tone) -> None:
    board.circle(600, 320, 260, tone[1])
    board.path(
        "M604 90C700 190 770 270 760 390C752 490 680 550 596 550"
        "C510 550 440 486 440 396C440 320 490 280 520 220C548 270 560 280 570 290"
        "C600 240 610 160 604 90Z",
        "#dd6b35",
    )
    board.path(
        "M604 300C660 360 690 400 680 450C670 504 636 530 594 530"
        "C550 530 516 500 516 450C516 406 548 390 562 350C580 380 590 380 604 300"
        "Z",
        "#f7c05f",
    )


def _curls(board: Canvas, tone: Tone) -> None:
    board.circle(600, 315, 260, tone[1])
    board.stroke(
        "M420 180L700 180C790 180 790 270 700 270L500 270"
        "C410 270 410 360 500 360L700 360C790 360 790 450 700 450L500 450"
        "C440 450 430 490 440 530",
        "#d98965",
        56,
    )
    board.stroke(
        "M420 180L700 180C790 180 790 270 700 270L500 270"
        "C410 270 410 360 500 360L700 360C790 360 790 450 700 450L500 450"
        "C440 450 430 490 440 530",
        "#ffffff55",
        10,
    )


def _knee(board: Canvas, tone: Tone) -> None:
    board.circle(600, 315, 265, tone[1])
    board.stroke("M400 170L580 310", "#f0d9c0", 96)
    board.stroke("M620 350L600 560", "#f0d9c0", 86)
    board.circle(606, 326, 70, tone[3])
    board.circle(606, 326, 36, "#ffffffaa")
    arc = " ".join(
        f"{606 + 150 * cos(a):.1f} {326 + 150 * sin(a):.1f}"
        for a in (pi * (-0.42 + 0.7 * i / 24) for i in range(25))
    )
    board.stroke("M" + arc, tone[2], 16)
    board.path("M664 474L724 466L682 414Z", tone[2])


def _lens(board: Canvas, tone: Tone) -> None:
    board.path(
        "M0 380C260 300 460 420 700 380C900 350 1060 370 1200 330L1200 630L0 630Z",
        "#f0c9a4",
    )
    for x, y, r in (
        (260, 450, 12),
        (380, 520, 8),
        (880, 470, 10),
        (960, 540, 14),
        (760, 560, 7),
    ):
        board.circle(x, y, r, "#a26a41")
    board.stroke("M690 430L800 550", tone[3], 40)
    board.circle(570, 300, 190, tone[3])
    board.circle(570, 300, 158, "#f7dcc0")
    board.path(
        "M520 270C550 230 630 240 640 290C650 340 600 372 556 356"
        "C512 340 500 306 520 270Z",
        "#7a4a2b",
    )
    board.stroke("M460 250C480 206 520 180 560 176", "#ffffffaa", 14)


def _rings(board: Canvas, tone: Tone) -> None:
    for radius, colour in (
        (270, tone[1]),
        (210, "#e9b7c3"),
        (150, tone[1]),
        (92, tone[2]),
        (38, tone[3]),
    ):
        board.circle(600, 315, radius, colour)


def _shield(board: Canvas, tone: Tone) -> None:
    board.path(
        "M600 90C680 140 760 160 830 160C836 340 770 480 600 560"
        "C430 480 364 340 370 160C440 160 520 140 600 90Z",
        tone[1],
    )
    board.path(
        "M600 130C670 172 736 190 794 194C796 340 740 450 600 520"
        "C460 450 404 340 406 194C464 190 530 172 600 130Z",
        tone[2],
    )
    board.path(
        "M600 450C510 390 480 340 480 290C480 250 508 226 542 226"
        "C568 226 588 240 600 262C612 240 632 226 658 226"
        "C692 226 720 250 720 290C720 340 690 390 600 450Z",
        "#ffffff",
    )
    board.path(
        "M604 404C562 376 548 354 548 330C548 312 560 302 576 302"
        "C588 302 598 308 604 318C610 308 620 302 632 302"
        "C648 302 660 312 660 330C660 354 646 376 604 404Z",
        tone[3],
    )


def _mug(board: Canvas, tone: Tone) -> None:
    board.path("M0 520L1200 520L1200 630L0 630Z", tone[1])
    board.stroke("M740 310C830 300 840 430 740 430", tone[3], 30)
    board.path(
        "M440 250L760 250L740 500C736 530 716 540 690 540L510 540"
        "C484 540 464 530 460 500Z",
        tone[3],
    )
    board.path("M440 250L760 250L757 286L443 286Z", "#ffffff55")
    for x in (530, 600, 670):
        board.stroke(f"M{x} 210C{x - 26} 180 {x + 26} 150 {x} 110", "#ffffff", 14)
    board.circle(310, 490, 46, "#f4d35e")
    board.circle(310, 490, 34, "#fbe89a")


def _stones(board: Canvas, tone: Tone) -> None:
    board.path(
        "M0 500C300 470 500 520 760 500C940 486 1080 500 1200 490L1200 630L0 630Z",
        tone[1],
    )
    for y, rx, ry, colour in (
        (486, 210, 56, tone[2]),
        (390, 160, 46, "#6c9a8c"),
        (310, 112, 38, "#a9c9bf"),
        (246, 70, 30, tone[3]),
    ):
        board.ellipse(600, y, rx, ry, colour)
        board.ellipse(600 - rx * 0.3, y - ry * 0.4, rx * 0.34, ry * 0.2, "#ffffff44")
    board.stroke(
        "M820 500C830 400 870 340 900 300M850 400C830 370 830 340 840 310", tone[2], 10
    )
    board.path("M900 300C930 250 980 240 1010 250C1000 300 950 320 900 300Z", tone[2])
    board.path("M840 310C810 270 810 230 826 200C860 230 866 280 840 310Z", tone[2])


SCENES: dict[str, Callable[[Canvas, Tone], None]] = {
    **FIRST_SCENES,
    "glass": _glass,
    "meadow": _meadow,
    "flame": _flame,
    "curls": _curls,
    "knee": _knee,
    "lens": _lens,
    "rings": _rings,
    "shield": _shield,
    "mug": _mug,
    "stones": _stones,
}


def article_picture(scene: str, tone: str, width: int = 1200) -> bytes:
    """The picture of an article as WebP, 1.9 times as wide as high."""
    colours = TONES[tone]
    board = Canvas(1200, 630, colours[0], scale=2)
    SCENES[scene](board, colours)
    return board.webp(width)
