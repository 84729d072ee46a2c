"""Encoders by name: what turns a product's words or picture into a fixed vector.

Importing this module costs nothing: torch and the weights come with the first
`get_encoder`, so the web process may ask for names as it likes.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from catalog.vectors import PRECOMPUTED, is_precomputed, stated_length

Content = TypeVar("Content", contravariant=True)
Vector = NDArray[np.float32]

# The stable id of each embedded encoder. Raise the number after @ whenever the same input
# gives another vector (weights, preprocessing, size): every product is then encoded anew.
EMBEDDED = {
    "minilm": "minilm-l6-v2@1",
    "efficientnet-lite0": "efficientnet-lite0-160@1",
    "efficientnet-lite1": "efficientnet-lite1-192@1",
}
# Families whose weights come from a model hub, e.g. "timm:vit_small_patch14_dinov2.lvd142m".
HUB_FAMILIES = ("sentence-transformers", "timm", "open_clip")


class Input(Enum):
    """What an encoder reads of a product."""

    WORDS = "words"
    PICTURE = "picture"
    VECTOR = "vector"  # the shop has encoded it


# By the beginning of an encoder's name or stable id; the others read pictures.
READS = {
    "minilm": Input.WORDS,
    "sentence-transformers": Input.WORDS,
    PRECOMPUTED: Input.VECTOR,
}

_loading = threading.Lock()


class UnknownEncoderError(ValueError):
    """No encoder has this name; the message lists those that exist."""


class EncoderUnavailableError(RuntimeError):
    """The encoder exists, but not in this installation; the message says what to install."""


@dataclass(frozen=True)
class EncodingProblem:
    """Why one input has no vector, in words an admin can act on."""

    reason: str


class Encoder(Protocol[Content]):
    """Turns contents into vectors: `str` for words, a file's `bytes` for pictures.

    Attributes:
        name: stable id, kept with every vector; changes whenever the output changes.
        modality: "text", "image" or "vector": what it reads.
        dim: D, the length of a vector.
    """

    name: str
    modality: str
    dim: int

    def encode(self, inputs: Sequence[Content]) -> list[Vector | EncodingProblem]:
        """Encode a batch; safe to call from several threads.

        Returns:
            One outcome per input, in order: a (D,) float32 vector of length 1, or the
            reason why there is none. Bad input never raises.
        """
        ...


def input_kind(encoder: str) -> Input:
    """Return what an encoder reads, by the name in the settings or by its stable id."""
    found = (kind for start, kind in READS.items() if encoder.startswith(start))
    return next(found, Input.PICTURE)


def require_encoder(spec: str) -> None:
    """Raise UnknownEncoderError or ImproperlyConfigured unless a modality may name `spec`."""
    if is_precomputed(spec):
        stated_length(spec)
    else:
        encoder_name(spec)


def sent_name(modality: str, length: int | None) -> str:
    """Return the stable id of vectors the shop sends; another length is another encoder."""
    return ":".join([PRECOMPUTED, modality, *([str(length)] if length else [])]) + "@1"


def encoder_name(spec: str) -> str:
    """Return the stable id of an encoder without loading it.

    Raises:
        UnknownEncoderError: no encoder is called `spec`.
    """
    family, _, model = spec.partition(":")
    if spec in EMBEDDED:
        return EMBEDDED[spec]
    if family in HUB_FAMILIES and model:
        return f"{spec}@1"
    known = [*EMBEDDED, *(f"{family}:NAME" for family in HUB_FAMILIES), PRECOMPUTED]
    raise UnknownEncoderError(f'no encoder is called "{spec}"; choose one of {", ".join(known)}')


def get_encoder(spec: str) -> Encoder[Any]:
    """Return the encoder called `spec`, loaded at most once per process.

    Raises:
        UnknownEncoderError: no encoder is called `spec`.
        EncoderUnavailableError: a package it needs is not installed.
    """
    with _loading:  # two threads of a worker would otherwise both load the weights
        return _load(spec)


@cache
def _load(spec: str) -> Encoder[Any]:
    name = encoder_name(spec)
    # torch takes seconds to import: only a process that encodes pays.
    from fusion.features import image_networks, text

    loaders: dict[str, Callable[[str, str], Encoder[Any]]] = {
        "minilm": text.load_minilm,
        "sentence-transformers": text.load_from_hub,
        "efficientnet-lite0": image_networks.load_efficientnet,
        "efficientnet-lite1": image_networks.load_efficientnet,
        "timm": image_networks.load_timm,
        "open_clip": image_networks.load_open_clip,
    }
    return loaders[spec.partition(":")[0]](spec, name)


def unit_vectors(features: NDArray[np.floating[Any]]) -> list[Vector | EncodingProblem]:
    """Scale the rows of (P, D) features to length 1; a row that has none is a problem."""
    lengths = np.linalg.norm(features, axis=1)
    return [
        (row / length).astype(np.float32)
        if np.isfinite(length) and length > 0
        else EncodingProblem("The encoder found nothing to describe.")
        for row, length in zip(features, lengths, strict=True)
    ]
