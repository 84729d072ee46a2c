"""Reading pictures that strangers made: any bytes in, an upright RGB picture or a reason out."""

import io
import threading
from contextlib import nullcontext

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from fusion.features.encoders import EncodingProblem

MAX_PIXELS = 40_000_000  # 120 MB as RGB; beyond any product photo a shop shows
MANY_PIXELS = 16_000_000  # decoded one at a time: threads times 40 megapixels fill a machine
STRIP_HEIGHT = 256  # rows worked on at once
MAX_ASPECT = 20  # longest side by shortest; scaling a longer strip can need any amount of memory
# A whitelist: Pillow's other readers are rare, slow, or (EPS) start another program.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
DEEP_MODES = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")  # more than 8 bits a pixel
_turn = threading.Lock()


class UnreadablePictureError(Exception):
    """The bytes are no picture we can use; the message is fit for an admin to read."""


def read_picture(data: bytes, *, side: int) -> Image.Image | EncodingProblem:
    """Decode a file's bytes into an upright RGB picture on white, first frame only.

    Args:
        data: the file as it is.
        side: pixels the caller will scale to; a large picture comes out near twice that
            size, and a large JPEG is decoded at it, which is several times faster.
    """
    try:
        return _decoded(_opened(data), side)
    except UnreadablePictureError as problem:
        return EncodingProblem(str(problem))
    except MemoryError:
        raise
    except Exception:  # Pillow's readers raise almost anything on hostile bytes
        return EncodingProblem("The picture is damaged or cut off.")


def _opened(data: bytes) -> Image.Image:
    """Read the header only, and judge by it."""
    if not data:
        raise UnreadablePictureError("The file is empty.")
    if data[:1024].lstrip()[:1] == b"<":
        raise UnreadablePictureError("The file is a web page or an SVG drawing, not a picture.")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadablePictureError(_too_large("more than 80")) from None
    except UnidentifiedImageError:
        raise UnreadablePictureError(
            f"The file is not a picture; pictures are {', '.join(FORMATS)}."
        ) from None
    _check_size(*picture.size)
    return picture


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UnreadablePictureError(_too_large(f"{width * height / 1e6:.0f}"))
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise UnreadablePictureError(f"The picture is a strip of {width} by {height} pixels.")


def _too_large(megapixels: str) -> str:
    return f"The picture has {megapixels} megapixels; the limit is {MAX_PIXELS // 1_000_000}."


def _decoded(picture: Image.Image, side: int) -> Image.Image:
    with _turn if picture.width * picture.height > MANY_PIXELS else nullcontext():
        picture.draft(None, (2 * side, 2 * side))  # twice, so that our own scaling stays smooth
        picture.load()
        small = _shrunk(picture, max(1, min(picture.size) // (2 * side)))
    small.getexif()[ExifTags.Base.Orientation] = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return ImageOps.exif_transpose(small)


def _shrunk(picture: Image.Image, factor: int) -> Image.Image:
    """Return the picture on white, `factor` times smaller.

    Strip by strip: every step between the pixels of the file and those of the result would
    else hold the whole picture once more.
    """
    width, height = picture.size
    brightest = _brightest(picture)
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    strip_height = factor * max(1, STRIP_HEIGHT // factor)
    for top in range(0, height, strip_height):
        strip = picture.crop((0, top, width, min(top + strip_height, height)))
        flat = _on_white(_eight_bit(strip, brightest))
        small.paste(flat.reduce(factor), (0, top // factor))
    return small


def _brightest(picture: Image.Image) -> float:
    """Return the highest value of a deep grey picture; any other needs none."""
    return float(np.max(picture.getextrema())) if picture.mode in DEEP_MODES else 0.0


def _eight_bit(picture: Image.Image, brightest: float) -> Image.Image:
    """Bring deep greys to 0..255; Pillow would cut everything above 255 to white."""
    if picture.mode not in DEEP_MODES:
        return picture
    greys = np.asarray(picture, dtype=np.float32)
    return Image.fromarray((greys * (255 / max(brightest, 1e-9))).clip(0, 255).astype(np.uint8))


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ink = picture.convert("RGBA")
    paper = Image.new("RGBA", ink.size, "white")
    return Image.alpha_composite(paper, ink).convert("RGB")
