"""Pictures, decoded and written anew: only the picture remains."""

from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from records.inspection.limits import (
    MOST_PIXELS,
    MOST_PIXELS_PNG,
    MOST_PIXELS_WHOLE,
    Unfit,
)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def clean_picture(content: bytes) -> bytes:
    """The same picture, upright, without anything the camera or a stranger added.

    Its size is read from the header and refused before anything is unpacked.
    Raises Unfit.
    """
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as image:
            _refuse_large(image)
            return _written(image)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise Unfit(
            "We can't open this picture. It may be damaged: open it on your device, "
            "save it again and try once more."
        ) from error


def _refuse_large(image: Image.Image) -> None:
    pixels = image.width * image.height
    most = MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_PNG
    if pixels > most:
        raise Unfit("This picture has too many pixels. Save it at a smaller size.")
    if pixels > MOST_PIXELS_WHOLE:
        image.draft("RGB", (image.width // 2, image.height // 2))


def _written(image: Image.Image) -> bytes:
    format_ = image.format
    # In place: a large photo does not fit twice more than it must.
    ImageOps.exif_transpose(image, in_place=True)
    # Text, colour profiles and times live in `info`, which is written out again.
    kept: dict[Any, Any] = {}
    if "transparency" in image.info:
        kept["transparency"] = image.info["transparency"]
    out = BytesIO()
    if format_ == "JPEG":
        plain = image if image.mode == "RGB" else image.convert("RGB")
        plain.info = {}
        plain.save(out, "JPEG", quality=88, exif=b"")
    else:
        image.info = kept
        image.save(out, "PNG", compress_level=4, exif=b"")
    return out.getvalue()
