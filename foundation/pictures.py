"""Portraits that people upload, made anew so that nothing but the picture remains."""

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10_000_000
MOST_PIXELS = 50_000_000
SIDE = 512
_QUALITY = 85


class BadPicture(ValueError):
    """`str(error)` says to people what is wrong with the file."""


def portrait(file: BinaryIO, size: int) -> bytes:
    """A square JPEG of 512 pixels from the middle of a JPEG or PNG of `size` bytes.

    It is decoded and written anew, which drops places, dates and whatever else the file
    carried, and turned the way the camera was held. The size in pixels is read from the
    header and refused before anything is unpacked. Raises BadPicture.
    """
    if size > MOST_BYTES:
        raise BadPicture("Choose a picture of at most 10 MB")
    try:
        with Image.open(file, formats=["JPEG", "PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadPicture("Choose a picture of at most 50 megapixels")
            # A large JPEG is unpacked at a fraction of its size, which is quick.
            opened.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(opened)
            square = ImageOps.fit(_on_white(upright), (SIDE, SIDE))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadPicture):
            raise
        raise BadPicture("Choose a JPEG or PNG picture") from error
    written = BytesIO()
    square.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    white = Image.new("RGBA", see_through.size, "white")
    return Image.alpha_composite(white, see_through).convert("RGB")
