import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from catalog.picture_check import CheckedPicture, PictureError, check_picture
from tests.factories import picture_bytes


def png_header(width: int, height: int) -> bytes:
    """The start of a PNG that claims a size and holds almost nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body


@pytest.mark.parametrize(
    ("image_format", "suffix"),
    [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("GIF", ".gif")],
)
def test_a_good_picture_is_named_by_its_content(image_format: str, suffix: str) -> None:
    data = picture_bytes(size=(30, 20), image_format=image_format)
    digest = hashlib.sha256(data).hexdigest()

    picture = check_picture(data)

    assert picture == CheckedPicture(digest, suffix, width=30, height=20)
    assert picture.name == f"products/{digest[:2]}/{digest}{suffix}"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"<svg onload='alert(1)'/>", "Not a JPEG"),
        (b"MZ\x90\0", "Not a JPEG"),
        (picture_bytes(image_format="BMP"), "Not a JPEG"),
        (picture_bytes(image_format="TIFF"), "Not a JPEG"),
        (picture_bytes(size=(400, 400))[:900], "damaged"),
        (picture_bytes(image_format="PNG", size=(400, 400))[:200], "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, r"Not a JPEG|damaged"),
        (png_header(60_000, 60_000), "pixels"),
        (png_header(10_000, 10_000), "pixels"),
        (png_header(100, 100), "damaged"),
    ],
)
def test_bytes_that_are_no_usable_picture_are_refused_with_the_reason(
    data: bytes, problem: str
) -> None:
    with pytest.raises(PictureError, match=problem):
        check_picture(data)


def test_a_file_over_the_limit_is_refused(settings: Settings) -> None:
    settings.CATALOG_IMAGE_MAX_BYTES = 100

    with pytest.raises(PictureError, match="over 100 bytes"):
        check_picture(picture_bytes())


def test_the_pixel_limit_is_the_one_of_the_settings(settings: Settings) -> None:
    settings.CATALOG_IMAGE_MAX_PIXELS = 64 * 64

    assert check_picture(picture_bytes(size=(64, 64))).width == 64
    with pytest.raises(PictureError, match="over 4,096 pixels"):
        check_picture(picture_bytes(size=(65, 64)))


def test_an_animation_is_one_picture() -> None:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 128, 255)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])

    assert check_picture(buffer.getvalue()).suffix == ".gif"
