"""Pictures, decoded and written anew: only the picture remains."""

from io import BytesIO
from typing import Any

from PIL import AvifImagePlugin, Image, ImageOps, UnidentifiedImageError

from foundation.inspection.limits import (
    MOST_PIXELS,
    MOST_PIXELS_NEWER,
    MOST_PIXELS_PNG,
    MOST_PIXELS_SEE_THROUGH,
    MOST_PIXELS_WHOLE,
    Unfit,
)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# Each thread would take memory that is not there.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
# JPEG alone can be read at half its size.
_MOST = {"JPEG": MOST_PIXELS, "WEBP": MOST_PIXELS_NEWER, "AVIF": MOST_PIXELS_NEWER}
# How each is written: well enough to be cut and shrunk once more, and soon.
_HOW: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88},
    "PNG": {"compress_level": 4},
    "WEBP": {"quality": 90, "method": 2},
    "AVIF": {"quality": 80, "speed": 10, "max_threads": 1},
}
SIDE = 512
_BROKEN = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
)


def clean_picture(content: bytes) -> bytes:
    """The same picture, upright, without anything the camera or a stranger added.

    Its size is read from the header and refused before anything is unpacked. Of one
    that moves the first picture stays. Raises Unfit.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _refuse_large(image)
            return _written(image)
    except _BROKEN as error:
        raise Unfit(
            "We can't open this picture. It may be damaged: open it on your device, "
            "save it again and try once more."
        ) from error


def clean_portrait(content: bytes) -> bytes:
    """A square JPEG of 512 pixels from the middle of a JPEG or PNG. Raises Unfit."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as image:
            _refuse_large(image)
            # A large JPEG is unpacked at a fraction of its size, which is quick.
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            # Made small before anything else is done to it; a palette shrinks badly.
            small = image.convert("RGBA") if image.mode == "P" else image
            small.thumbnail((SIDE * 4, SIDE * 4))
            ImageOps.exif_transpose(small, in_place=True)
            square = ImageOps.fit(_on_white(small), (SIDE, SIDE))
    except _BROKEN as error:
        raise Unfit("Choose a JPEG or PNG picture") from error
    out = BytesIO()
    square.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    white = Image.new("RGBA", see_through.size, "white")
    return Image.alpha_composite(white, see_through).convert("RGB")


def _refuse_large(image: Image.Image) -> None:
    pixels = image.width * image.height
    most = _MOST.get(image.format or "", MOST_PIXELS_PNG)
    if most == MOST_PIXELS_NEWER and "A" in image.getbands():
        most = MOST_PIXELS_SEE_THROUGH
    if pixels > most:
        raise Unfit(
            f"This picture has too many pixels: we take {most // 1_000_000} "
            "megapixels. Save it at a smaller size."
        )
    if pixels > MOST_PIXELS_WHOLE:
        image.draft("RGB", (image.width // 2, image.height // 2))


def _written(image: Image.Image) -> bytes:
    kind = image.format or ""
    # In place: a large photo does not fit twice more than it must.
    ImageOps.exif_transpose(image, in_place=True)
    # Text, colour profiles and times live in `info`, which is written out again.
    kept: dict[Any, Any] = {}
    if kind == "PNG" and "transparency" in image.info:
        kept["transparency"] = image.info["transparency"]
    plain = image
    if kind == "JPEG" and image.mode != "RGB":
        plain = image.convert("RGB")
    plain.info = kept
    out = BytesIO()
    plain.save(out, kind, exif=b"", **_HOW[kind])
    return out.getvalue()
