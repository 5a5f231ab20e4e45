from io import BytesIO

import pytest
from PIL import Image

from foundation.inspection.limits import Unfit
from foundation.inspection.pictures import SIDE, clean_portrait
from foundation.pictures import BadPicture, portrait


def file_of(picture, kind="JPEG", **options):
    written = BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def made(content):
    return Image.open(BytesIO(clean_portrait(content)))


@pytest.mark.parametrize(
    ("size", "mode", "kind"),
    [
        ((900, 600), "RGB", "JPEG"),
        ((30, 400), "RGB", "PNG"),
        ((600, 600), "CMYK", "JPEG"),
        ((600, 600), "L", "PNG"),
        ((600, 600), "P", "PNG"),
        ((600, 600), "I;16", "PNG"),
    ],
)
def test_every_picture_becomes_a_square_jpeg(size, mode, kind):
    picture = made(file_of(Image.new(mode, size), kind))
    assert (picture.format, picture.size, picture.mode) == (
        "JPEG",
        (SIDE, SIDE),
        "RGB",
    )


def test_where_and_when_it_was_taken_is_left_out():
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825)[1] = "N"
    content = file_of(Image.new("RGB", (600, 600)), exif=exif)
    assert b"Camera maker" in content
    picture = made(content)
    assert dict(picture.getexif()) == {}
    assert b"Camera maker" not in portrait(BytesIO(content), len(content))


def test_it_is_turned_the_way_the_camera_was_held():
    picture = Image.new("RGB", (600, 600), "red")
    picture.paste("blue", (0, 0, 600, 300))
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = made(file_of(picture, exif=exif, quality=95))
    assert turned.getpixel((256, 50))[0] > 200
    assert turned.getpixel((256, 460))[2] > 200


def test_what_is_see_through_becomes_white():
    picture = made(file_of(Image.new("RGBA", (600, 600), (255, 0, 0, 0)), "PNG"))
    assert picture.getpixel((256, 256)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0 not a picture",
        file_of(Image.new("RGB", (600, 600)), "GIF"),
        file_of(Image.new("RGB", (600, 600)), "PNG")[:200],
    ],
)
def test_what_is_no_jpeg_or_png_is_refused(content):
    with pytest.raises(Unfit, match="Choose a JPEG or PNG picture"):
        clean_portrait(content)


def test_a_file_too_large_is_refused_unread():
    with pytest.raises(BadPicture, match="at most 10 MB"):
        portrait(BytesIO(b""), 10_000_001)


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked():
    header = file_of(Image.new("1", (5_000, 5_000)), "PNG")
    assert len(header) < 20_000
    with pytest.raises(BadPicture, match="megapixels"):
        portrait(BytesIO(header), len(header))
