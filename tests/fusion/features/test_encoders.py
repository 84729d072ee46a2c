"""Encoders by name, without paying for those that are not used."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from fusion.features.encoders import (
    EMBEDDED,
    EncoderUnavailableError,
    EncodingProblem,
    UnknownEncoderError,
    encoder_name,
    get_encoder,
    unit_vectors,
)
from tests.fusion.features.outcomes import stacked


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("minilm", "minilm-l6-v2@1"),
        ("efficientnet-lite0", "efficientnet-lite0-160@1"),
        ("sentence-transformers:intfloat/e5-small", "sentence-transformers:intfloat/e5-small@1"),
        ("timm:vit_tiny", "timm:vit_tiny@1"),
        ("open_clip:ViT-B-32/openai", "open_clip:ViT-B-32/openai@1"),
    ],
)
def test_every_encoder_has_a_stable_name(spec: str, name: str) -> None:
    assert encoder_name(spec) == name


@pytest.mark.parametrize("spec", ["", "word2vec", "timm", "timm:", "minilm:large"])
def test_an_unknown_name_is_refused_with_the_names_that_exist(spec: str) -> None:
    for refuse in (encoder_name, get_encoder):
        with pytest.raises(UnknownEncoderError, match="choose one of minilm, efficientnet-lite0"):
            refuse(spec)


@pytest.mark.parametrize("spec", EMBEDDED)
def test_an_encoder_keeps_its_promises(spec: str) -> None:
    encoder = get_encoder(spec)

    assert encoder.name == encoder_name(spec)
    assert encoder.modality == ("text" if spec == "minilm" else "image")
    assert encoder.dim == (384 if spec == "minilm" else 1280)
    assert encoder.encode([]) == []
    assert get_encoder(spec) is encoder


def test_names_come_without_torch() -> None:
    check = (
        "import sys; from fusion.features.encoders import encoder_name; "
        "encoder_name('minilm'); "
        "print({'torch', 'PIL', 'sentence_transformers'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("spec", "module", "command"),
    [
        ("timm:vit_tiny", "timm", "pip install timm"),
        ("open_clip:ViT-B-32", "open_clip", "pip install open_clip_torch"),
        ("sentence-transformers:x/y", "sentence_transformers", "pip install sentence-transfo"),
    ],
)
def test_a_missing_library_says_what_to_install(
    spec: str, module: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # what Python does for "not installed"

    with pytest.raises(EncoderUnavailableError, match=command):
        get_encoder(spec)


def test_threads_share_one_encoder() -> None:
    texts = [f"a {colour} shirt " * size for colour in ("red", "blue") for size in (1, 9, 40)]
    encoder = get_encoder("minilm")
    alone = stacked(encoder.encode(texts))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: stacked(encoder.encode(texts)), range(8)))

    for vectors in together:
        np.testing.assert_allclose(vectors, alone, atol=1e-2)


def test_features_are_scaled_to_length_one_or_refused() -> None:
    features = np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])

    first, *others = unit_vectors(features)

    assert isinstance(first, np.ndarray)
    assert first.dtype == np.float32
    np.testing.assert_allclose(first, [0.6, 0.8], rtol=1e-6)
    assert others == [EncodingProblem("The encoder found nothing to describe.")] * 3
