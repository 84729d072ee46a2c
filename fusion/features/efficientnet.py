"""EfficientNet-Lite as a page of code: a picture in, one feature vector out.

Source: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks" (ICML 2019). The Lite variants drop squeeze-and-excitation, use ReLU6 and keep
stem and head fixed over all sizes. The published weights were trained in TensorFlow, so
strided convolutions pad as TensorFlow's "SAME" does, and batch normalisation uses its
epsilon.

Shapes: P pictures in a batch, S side of the square input in pixels.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

FEATURE_DIM = 1280
BATCH_NORM_EPSILON = 1e-3


class Stage(NamedTuple):
    """A run of blocks that share their shape; `repeats` is the count in Lite0."""

    expansion: int
    kernel: int
    stride: int
    channels: int
    repeats: int


STEM_CHANNELS = 32
STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)


class SameConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's "SAME": any odd pixel goes right and below."""

    def forward(self, pictures: Tensor) -> Tensor:
        """Convolve (P, C, H, W) to (P, C', ceil(H / stride), ceil(W / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return functional.conv2d(
                pictures, self.weight, self.bias, padding=kernel // 2, groups=self.groups
            )
        padding: list[int] = []
        for side in (pictures.shape[-1], pictures.shape[-2]):
            total = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
            padding += [total // 2, total - total // 2]
        return super().forward(functional.pad(pictures, padding))


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; add the input back where the shapes agree."""

    def __init__(
        self, channels_in: int, channels_out: int, *, expansion: int, kernel: int, stride: int
    ) -> None:
        super().__init__()
        wide = channels_in * expansion
        self.expand = SameConv2d(channels_in, wide, 1) if expansion > 1 else None
        self.depthwise = SameConv2d(wide, wide, kernel, stride, groups=wide)
        self.project = SameConv2d(wide, channels_out, 1)
        self.is_residual = stride == 1 and channels_in == channels_out

    def forward(self, pictures: Tensor) -> Tensor:
        """Map (P, C, H, W) to (P, C', H / stride, W / stride)."""
        wide = pictures if self.expand is None else functional.relu6(self.expand(pictures))
        narrow: Tensor = self.project(functional.relu6(self.depthwise(wide)))
        return narrow + pictures if self.is_residual else narrow


class EfficientNetLite(nn.Module):
    """The feature part of EfficientNet-Lite, for inference only.

    Batch normalisation is folded into the convolutions, so none is left here.

    Args:
        depth: multiplier of the repeats of every stage but the first and the last
            (Lite0: 1.0, Lite1: 1.1).
    """

    def __init__(self, *, depth: float) -> None:
        super().__init__()
        self.stem = SameConv2d(3, STEM_CHANNELS, 3, stride=2)
        self.blocks = nn.Sequential(*_blocks(depth))
        self.head = SameConv2d(STAGES[-1].channels, FEATURE_DIM, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Describe each picture by the mean of its last feature map.

        Args:
            pictures: (P, 3, S, S) float, RGB, scaled to -1..1.

        Returns:
            (P, 1280) features, each in 0..6.
        """
        maps = self.blocks(functional.relu6(self.stem(pictures)))
        return functional.relu6(self.head(maps)).mean(dim=(2, 3))


def _blocks(depth: float) -> list[InvertedResidual]:
    blocks: list[InvertedResidual] = []
    channels = STEM_CHANNELS
    for stage in STAGES:
        is_fixed = stage in (STAGES[0], STAGES[-1])
        for repeat in range(stage.repeats if is_fixed else math.ceil(stage.repeats * depth)):
            blocks.append(
                InvertedResidual(
                    channels,
                    stage.channels,
                    expansion=stage.expansion,
                    kernel=stage.kernel,
                    stride=stage.stride if repeat == 0 else 1,
                )
            )
            channels = stage.channels
    return blocks


def folded_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn the published weights (convolution, then batch normalisation) into ours.

    Args:
        published: the state of the pip package's .pth file.

    Raises:
        KeyError: the file holds another network.
    """
    layers = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    parts = {"_expand_conv": ("expand", "_bn0"), "_depthwise_conv": ("depthwise", "_bn1")}
    parts["_project_conv"] = ("project", "_bn2")
    for key in published:
        if key.startswith("_blocks.") and key.endswith("_conv.weight"):
            _, number, convolution, _ = key.split(".")
            ours, norm = parts[convolution]
            theirs = f"_blocks.{number}."
            layers[f"blocks.{number}.{ours}"] = (theirs + convolution, theirs + norm)

    state: dict[str, Tensor] = {}
    for layer, (convolution, norm) in layers.items():
        scale = published[f"{norm}.weight"] / torch.sqrt(
            published[f"{norm}.running_var"] + BATCH_NORM_EPSILON
        )
        weight = published[f"{convolution}.weight"]
        state[f"{layer}.weight"] = weight * scale.reshape(-1, 1, 1, 1)
        state[f"{layer}.bias"] = (
            published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale
        )
    return state
