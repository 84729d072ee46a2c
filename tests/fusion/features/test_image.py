"""Pictures become vectors whose angle says how alike they look."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fusion.features.encoders import EncodingProblem, get_encoder
from fusion.features.image import BATCH
from fusion.features.image_networks import square_pixels
from tests.fusion.features.outcomes import stacked

SPEC = "efficientnet-lite0"


def as_png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def stripes(width: int, colour: str, side: int = 200) -> bytes:
    picture = Image.new("RGB", (side, side), "white")
    for x in range(0, side, 2 * width):
        ImageDraw.Draw(picture).rectangle((x, 0, x + width - 1, side), fill=colour)
    return as_png(picture)


def ball(colour: str, radius: int, side: int = 200) -> bytes:
    picture = Image.new("RGB", (side, side), "white")
    middle = side // 2
    box = (middle - radius, middle - radius, middle + radius, middle + radius)
    ImageDraw.Draw(picture).ellipse(box, fill=colour)
    return as_png(picture)


def encoded(pictures: list[bytes]) -> NDArray[np.float32]:
    return stacked(get_encoder(SPEC).encode(pictures))


def test_like_pictures_lie_closer_than_unlike_ones() -> None:
    small, large, lines = encoded([ball("red", 60), ball("red", 70), stripes(10, "blue")])

    assert small @ large > 0.8
    assert small @ large > small @ lines + 0.2


def test_a_picture_gets_the_same_vector_alone_and_in_a_batch() -> None:
    pictures = [ball("green", radius) for radius in range(10, 10 + BATCH + 3)]

    together = encoded(pictures)

    np.testing.assert_allclose(together[[0, -1]], encoded([pictures[0], pictures[-1]]), atol=1e-2)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-5)


def test_bad_pictures_have_reasons_and_leave_the_others_alone() -> None:
    good = ball("red", 50)

    outcomes = get_encoder(SPEC).encode([b"", good, b"<html>", good[:-400]])

    assert [outcomes[0], *outcomes[2:]] == [
        EncodingProblem("The file is empty."),
        EncodingProblem("The file is a web page or an SVG drawing, not a picture."),
        EncodingProblem("The picture is damaged or cut off."),
    ]
    np.testing.assert_allclose(stacked(outcomes[1:2]), encoded([good]), atol=1e-2)


def test_a_batch_of_bad_pictures_is_a_batch_of_reasons() -> None:
    outcomes = get_encoder(SPEC).encode([b""] * (BATCH + 1))

    assert outcomes == [EncodingProblem("The file is empty.")] * (BATCH + 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1)])
def test_the_smallest_pictures_have_vectors(size: tuple[int, int]) -> None:
    assert encoded([as_png(Image.new("RGB", size, "red"))]).shape == (1, 1280)


def test_the_name_is_raised_when_the_vector_changes() -> None:
    """If this fails on purpose, raise the number after @ in `EMBEDDED`."""
    vector = encoded([ball("red", 60)])[0]

    strongest = np.argsort(-vector)[:4]
    assert get_encoder(SPEC).name == "efficientnet-lite0-160@1"
    assert strongest.tolist() == [220, 284, 707, 593]
    np.testing.assert_allclose(vector[strongest], [0.143, 0.139, 0.136, 0.129], atol=3e-3)


@pytest.mark.parametrize("size", [(400, 100), (100, 400), (200, 200)])
def test_the_middle_square_of_a_picture_counts(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "black")
    side, (width, height) = min(size), size
    left, top = (width - side) // 2, (height - side) // 2
    picture.paste("red", (left, top, left + side, top + side))

    pixels = square_pixels(picture, side=16)

    assert pixels.shape == (3, 16, 16)
    # Smoothing mixes the outermost pixels with what was cut away.
    assert pixels[:, 1:-1, 1:-1].amin(dim=(1, 2)).tolist() == [255, 0, 0]
