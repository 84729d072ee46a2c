"""`FUSION_MODALITIES`."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from fusion.checks import modalities_have_encoders
from recsys.modalities import parse_modalities


def test_modalities_keep_their_order_and_encoders() -> None:
    found = parse_modalities(" text=minilm, look=open_clip:ViT-B-32/openai ,audio=precomputed:128,")

    assert list(found.items()) == [
        ("text", "minilm"),
        ("look", "open_clip:ViT-B-32/openai"),
        ("audio", "precomputed:128"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("audio", "write NAME=ENCODER"),
        ("audio=", "write NAME=ENCODER"),
        ("Audio=minilm", "take another name"),
        ("behaviour=precomputed", "take another name"),
        ("late_fusion=precomputed", "take another name"),
        ("a=minilm,a=precomputed", "is there twice"),
        (",".join(f"m{n}=precomputed" for n in range(9)), "at most 8 modalities, not 9"),
    ],
)
def test_what_cannot_be_a_modality_is_refused_at_the_start(text: str, problem: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"FUSION_MODALITIES: .*{problem}"):
        parse_modalities(text)


def test_an_unknown_encoder_fails_the_check(settings: Settings) -> None:
    settings.FUSION_MODALITIES = {"text": "minilm", "image": "gpt", "audio": "precomputed:9999"}

    problems = [str(problem.msg) for problem in modalities_have_encoders(None)]

    assert len(problems) == 2
    assert 'image: no encoder is called "gpt"' in problems[0]
    assert "audio: " in problems[1]
    assert "1 to 4,096" in problems[1]
