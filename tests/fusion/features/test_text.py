"""Texts become vectors whose angle says how alike they are."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from fusion.features.encoders import EncodingProblem, get_encoder
from tests.fusion.features.outcomes import stacked


def encoded(texts: Sequence[str]) -> NDArray[np.float32]:
    return stacked(get_encoder("minilm").encode(texts))


def test_like_things_lie_closer_than_unlike_things() -> None:
    gown, dress, drill = encoded(["A scarlet evening gown", "Long red dress", "Cordless drill"])

    assert gown @ dress > 0.5 > gown @ drill


def test_a_text_gets_the_same_vector_alone_and_in_a_batch() -> None:
    texts = ["A shirt", "A very long description of a shirt. " * 30, "Socks", "🧦"]

    alone = np.concatenate([encoded([text]) for text in texts])

    np.testing.assert_allclose(encoded(texts), alone, atol=1e-2)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, rtol=1e-5)


def test_the_name_is_raised_when_the_vector_changes() -> None:
    """If this fails on purpose, raise the number after @ in `EMBEDDED`."""
    encoder = get_encoder("minilm")

    vector = encoder.encode(["Linen shirt with short sleeves"])[0]

    assert encoder.name == "minilm-l6-v2@1"
    assert isinstance(vector, np.ndarray)
    expected = [-0.0713, 0.1515, -0.0062, 0.031, 0.0941, 0.0486]
    np.testing.assert_allclose(vector[:6], expected, atol=3e-3)


@pytest.mark.parametrize("nothing", ["", " \n\t", "<p></p>", "<script>buy()</script>", "\x00\x07"])
def test_a_text_without_words_is_a_problem_and_leaves_the_others_alone(nothing: str) -> None:
    first, problem, last = get_encoder("minilm").encode(["shirt", nothing, "socks"])

    assert problem == EncodingProblem("The text is empty.")
    np.testing.assert_allclose(stacked([first, last]), encoded(["shirt", "socks"]), atol=1e-2)


def test_what_stands_at_the_front_of_a_long_text_decides() -> None:
    start = "Waterproof hiking boots for women. " * 40

    boots, longer = encoded([start, start + "Cordless drill. " * 200_000])

    np.testing.assert_allclose(boots, longer, atol=1e-2)
