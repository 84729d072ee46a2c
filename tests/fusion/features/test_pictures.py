"""Strangers' pictures: every usable one comes out upright on white, every other with a reason."""

import io
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.features.encoders import EncodingProblem
from fusion.features.pictures import read_picture

RED, WHITE = (255, 0, 0), (255, 255, 255)


def as_file(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels: what a decompression bomb looks like."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", size) + png_chunk(b"IDAT", b"")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def read(data: bytes) -> Image.Image:
    picture = read_picture(data, side=160)
    assert isinstance(picture, Image.Image), picture
    return picture


def colour_at(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel


def is_close(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= 12


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_every_format_of_the_list_can_be_read(kind: str) -> None:
    picture = read(as_file(Image.new("RGB", (40, 30), RED), kind))

    assert (picture.mode, picture.size) == ("RGB", (40, 30))
    assert is_close(colour_at(picture, 20, 15), RED)


@pytest.mark.parametrize(
    ("_case", "data", "reason"),
    [
        ("nothing", b"", "The file is empty."),
        ("text", b"not a picture at all", "The file is not a picture; pictures are JPEG"),
        ("zeros", bytes(5000), "The file is not a picture; pictures are JPEG"),
        ("svg", b'  <svg xmlns="http://www.w3.org/2000/svg"/>', "a web page or an SVG drawing"),
        ("html", b"<!DOCTYPE html><p>404", "a web page or an SVG drawing"),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        ("big", png_header(12_000, 10_000), "more than 80|has 120 megapixels; the limit is 40"),
        ("bomb", png_header(60_000, 60_000), "more than 80 megapixels; the limit is 40"),
        ("strip", png_header(4_000, 100), "a strip of 4000 by 100 pixels"),
        ("no pixels", png_header(100, 100), "damaged or cut off"),
    ],
)
def test_a_file_that_cannot_be_used_has_a_reason(_case: str, data: bytes, reason: str) -> None:
    problem = read_picture(data, side=160)

    assert isinstance(problem, EncodingProblem)
    assert any(part in problem.reason for part in reason.split("|"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_off_in_the_middle_has_a_reason(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 120, 3), dtype=np.uint8)
    data = as_file(Image.fromarray(noise), kind)

    assert read_picture(data[: len(data) // 2], side=160) == EncodingProblem(
        "The picture is damaged or cut off."
    )


def test_flipped_bits_give_a_picture_or_a_reason_and_never_an_error() -> None:
    rng = np.random.default_rng(0)
    files = [as_file(Image.new("RGB", (32, 32), RED), kind) for kind in ("PNG", "JPEG", "GIF")]
    outcomes = []
    for data in files:
        for _ in range(100):
            broken = np.frombuffer(data, dtype=np.uint8).copy()
            broken[rng.integers(0, len(broken), 5)] = rng.integers(0, 255, 5)
            outcomes.append(read_picture(broken.tobytes(), side=160))

    assert {type(outcome) for outcome in outcomes} == {Image.Image, EncodingProblem}


def test_what_is_transparent_becomes_white() -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    picture.paste(RED, (0, 0, 10, 20))

    flat = read(as_file(picture))

    assert (colour_at(flat, 5, 10), colour_at(flat, 15, 10)) == (RED, WHITE)


def test_a_transparent_palette_colour_becomes_white() -> None:
    picture = Image.new("P", (20, 20), 0)
    picture.putpalette([0, 0, 0, *RED])
    picture.paste(1, (0, 0, 10, 20))

    flat = read(as_file(picture, "GIF", transparency=0))

    assert (colour_at(flat, 5, 10), colour_at(flat, 15, 10)) == (RED, WHITE)


def test_sixteen_bit_greys_keep_their_shades() -> None:
    ramp = np.linspace(0, 65535, 100, dtype=np.uint16).reshape(1, 100).repeat(20, axis=0)

    picture = read(as_file(Image.fromarray(ramp)))

    shades = [colour_at(picture, x, 10)[0] for x in (0, 25, 50, 75, 99)]
    assert shades == [0, 64, 128, 193, 255]


def test_a_picture_for_print_is_turned_to_rgb() -> None:
    picture = read(as_file(Image.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG"))

    assert is_close(colour_at(picture, 10, 10), (255, 0, 0))


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, (0, 0, 255))]

    picture = read(as_file(frames[0], "GIF", save_all=True, append_images=frames[1:]))

    assert colour_at(picture, 10, 10) == RED


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_taken_sideways_is_turned_upright(kind: str) -> None:
    sideways = Image.new("RGB", (40, 20), WHITE)
    sideways.paste(RED, (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me a quarter clockwise"

    upright = read(as_file(sideways, kind, exif=exif, quality=95))

    assert upright.size == (20, 40)
    assert is_close(colour_at(upright, 10, 5), RED)
    assert is_close(colour_at(upright, 10, 35), WHITE)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_camera_notes_do_not_spoil_the_picture() -> None:
    data = as_file(Image.new("RGB", (40, 20), RED), "JPEG", exif=b"Exif\x00\x00II*\x00garbage!")

    assert is_close(colour_at(read(data), 10, 10), RED)


def test_a_single_pixel_is_a_picture() -> None:
    assert read(as_file(Image.new("RGB", (1, 1), RED))).size == (1, 1)


def test_a_large_photo_is_decoded_near_the_size_that_is_asked_for() -> None:
    data = as_file(Image.new("RGB", (4000, 3000), RED), "JPEG")

    assert read(data).size == (500, 375)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16"])
def test_a_large_picture_keeps_its_colours_in_every_strip(mode: str) -> None:
    picture = Image.new("RGB", (1000, 900), WHITE)
    picture.paste((0, 0, 0), (0, 600, 1000, 900))
    if mode == "I;16":
        data = as_file(Image.fromarray(np.asarray(picture.convert("L"), dtype=np.uint16) * 257))
    else:
        data = as_file(picture.convert(mode))

    small = read(data)

    assert (small.mode, small.size) == ("RGB", (500, 450))
    assert [colour_at(small, 250, y)[0] for y in (0, 200, 299, 300, 449)] == [255, 255, 255, 0, 0]


def test_a_size_that_no_factor_divides_is_covered_to_its_edges() -> None:
    small = read(as_file(Image.new("RGB", (1001, 1399), RED)))

    assert small.size == (334, 467)
    assert small.getcolors() == [(334 * 467, RED)]


PEAK_MEMORY = """
import io, resource
from PIL import Image
from fusion.features.pictures import read_picture

file = io.BytesIO()
Image.new("RGBA", (100, 100)).save(file, "PNG")
read_picture(file.getvalue(), side=224)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read_picture(open(0, "rb").read(), side=224)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts kilobytes as Linux does")
def test_a_picture_at_the_limit_takes_little_more_memory_than_its_pixels() -> None:
    data = as_file(Image.new("RGBA", (6300, 6300), (255, 0, 0, 9)))

    told = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY], input=data, capture_output=True, check=True
    )

    num_kilobytes = 6300 * 6300 * 4 // 1024
    assert int(told.stdout) < 1.5 * num_kilobytes
