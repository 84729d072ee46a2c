"""The network does what the published one does."""

import importlib
from importlib import resources

import pytest
import torch
from PIL import Image
from torch.nn import functional

from fusion.features.efficientnet import (
    BATCH_NORM_EPSILON,
    EfficientNetLite,
    SameConv2d,
    folded_state,
)
from fusion.features.image_networks import EFFICIENTNETS, square_pixels

# Of the thousand ImageNet classes, what a photo of a Chinese temple may be called.
PALACE, BELL_TOWER = 698, 442


def published_weights(spec: str) -> dict[str, torch.Tensor]:
    published = EFFICIENTNETS[spec]
    locator = getattr(importlib.import_module(published.package), published.locator)
    weights: dict[str, torch.Tensor] = torch.load(locator.get_model_file_path(), weights_only=True)
    return weights


@pytest.mark.parametrize("spec", ["efficientnet-lite0", "efficientnet-lite1"])
def test_with_the_published_weights_it_recognises_a_temple(spec: str) -> None:
    weights = published_weights(spec)
    network = EfficientNetLite(depth=EFFICIENTNETS[spec].depth)
    network.load_state_dict(folded_state(weights))
    with (resources.files("sklearn") / "datasets/images/china.jpg").open("rb") as file:
        pixels = square_pixels(Image.open(file), side=224)

    with torch.inference_mode():
        features = network(pixels[None].sub(127.0).div(128))
    classes = functional.linear(features, weights["_fc.weight"], weights["_fc.bias"])

    assert features.shape == (1, 1280)
    assert classes.argmax().item() in (PALACE, BELL_TOWER)


def test_folding_equals_convolution_then_normalisation() -> None:
    weights = published_weights("efficientnet-lite0")
    pictures = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    state = folded_state(weights)

    folded = functional.conv2d(pictures, state["stem.weight"], state["stem.bias"])

    expected = functional.batch_norm(
        functional.conv2d(pictures, weights["_conv_stem.weight"]),
        weights["_bn0.running_mean"],
        weights["_bn0.running_var"],
        weights["_bn0.weight"],
        weights["_bn0.bias"],
        eps=BATCH_NORM_EPSILON,
    )
    torch.testing.assert_close(folded, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(4, [[1 + 2 + 5 + 6, 3 + 4 + 7 + 8], [9 + 10 + 13 + 14, 11 + 12 + 15 + 16]]), (1, [[1]])],
)
def test_an_odd_pixel_of_padding_goes_right_and_below(size: int, expected: list[list[int]]) -> None:
    # A kernel of ones that looks at the upper left four of its nine pixels.
    convolution = SameConv2d(1, 1, 3, stride=2, bias=False)
    kernel = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    convolution.weight.data = kernel.reshape(1, 1, 3, 3)
    picture = torch.arange(1.0, size * size + 1).reshape(1, 1, size, size)

    with torch.inference_mode():
        assert convolution(picture)[0, 0].tolist() == expected


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(KeyError, match="_bn0"):
        folded_state({"conv1.weight": torch.zeros(1)})
