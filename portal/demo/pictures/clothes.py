"""What people in portraits wear, on a board of 400 by 400."""

from random import Random

from portal.demo.pictures.canvas import Canvas

_BODY = (
    "M44 400C44 344 84 316 150 300L172 288C180 316 220 316 228 288L250 300"
    "C316 316 356 344 356 400Z"
)
_SHIRTS = ("#0f5c4d", "#3d6fb4", "#8a4f8f", "#2f7f86", "#a5502f", "#41557a")
_KNITS = ("#c06a20", "#7f9a4a", "#a8526a", "#39787a", "#6b5b95", "#b08a2e")
_JACKETS = ("#2e3f4f", "#3f4a3c", "#4a3b52", "#5a4334", "#24504a")
_SCRUBS = ("#1f7a70", "#2f5f9e", "#6d4a86", "#2b7f9b")
_BLOUSES = ("#ffffff", "#f6e9d8", "#dfeaf5", "#f4dfe2", "#e3efe2")


def dress(board: Canvas, outfit: str, dice: Random, neck: str) -> None:
    """Dress the bust in a coat, shirt, jacket, cardigan or scrubs."""
    {
        "coat": _coat,
        "shirt": _shirt,
        "jacket": _jacket,
        "cardigan": _cardigan,
        "scrubs": _scrubs,
    }[outfit](board, dice, neck)


def _coat(board: Canvas, dice: Random, neck: str) -> None:
    board.path(_BODY, dice.choice(_SHIRTS))
    board.path(
        "M172 288C180 300 192 322 200 336C208 322 220 300 228 288L222 284L178 284Z",
        neck,
    )
    board.path(
        "M44 400C44 344 84 316 150 300L166 290C170 330 182 372 196 400Z", "#fbfcfb"
    )
    board.path(
        "M356 400C356 344 316 316 250 300L234 290C230 330 218 372 204 400Z", "#fbfcfb"
    )
    board.path("M166 290C168 320 176 352 188 380L150 344L162 334L142 304Z", "#e3e9e6")
    board.path("M234 290C232 320 224 352 212 380L250 344L238 334L258 304Z", "#e3e9e6")
    board.rect(276, 362, 34, 7, "#a9c9bf", 3)


def _shirt(board: Canvas, dice: Random, neck: str) -> None:
    colour = dice.choice(("#5f8fc0", "#7fae9d", "#c98f6a", "#8a86bd", "#d7a54e"))
    board.path(_BODY, colour)
    board.path("M176 290L200 326L224 290Z", neck)
    board.path("M170 284L200 328L178 346L152 302Z", "#ffffff70")
    board.path("M230 284L200 328L222 346L248 302Z", "#ffffff70")
    board.stroke("M200 330L200 400", "#00000022", 3)
    for y in (352, 380):
        board.circle(200, y, 3.4, "#ffffffcc")


def _jacket(board: Canvas, dice: Random, neck: str) -> None:
    colour = dice.choice(_JACKETS)
    board.path(_BODY, dice.choice(_BLOUSES))
    board.path("M174 288L200 334L226 288L220 282L180 282Z", neck)
    board.path("M44 400C44 344 84 316 150 300L164 290C166 330 178 370 194 400Z", colour)
    board.path(
        "M356 400C356 344 316 316 250 300L236 290C234 330 222 370 206 400Z", colour
    )
    board.path("M164 290C164 322 172 352 184 378L146 340L158 332L142 302Z", "#ffffff22")
    board.path("M236 290C236 322 228 352 216 378L254 340L242 332L258 302Z", "#ffffff22")


def _cardigan(board: Canvas, dice: Random, neck: str) -> None:
    colour = dice.choice(_KNITS)
    board.path(_BODY, "#fdf8f0")
    board.path("M172 286C178 308 190 314 200 314C210 314 222 308 228 286Z", neck)
    board.path("M44 400C44 344 84 316 150 300L168 290C164 330 172 370 182 400Z", colour)
    board.path(
        "M356 400C356 344 316 316 250 300L232 290C236 330 228 370 218 400Z", colour
    )
    board.stroke("M167 294C166 330 172 368 180 398", "#ffffff3d", 4)
    board.stroke("M233 294C234 330 228 368 220 398", "#ffffff3d", 4)


def _scrubs(board: Canvas, dice: Random, neck: str) -> None:
    colour = dice.choice(_SCRUBS)
    board.path(_BODY, colour)
    board.path("M168 289L200 346L232 289L224 282L176 282Z", neck)
    board.stroke("M166 292L200 350L234 292", "#ffffff3a", 6)
    board.rect(252, 356, 42, 40, "#ffffff1f", 4)
