"""The report of a whole run on the checkerboard."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.config import EvaluationConfig
from fusion.evaluation.evaluate import active_scores, evaluate
from fusion.evaluation.gate import decide
from fusion.training.train import train
from tests.fusion.checkerboard import NUM_SHOPPERS, checkerboard, silent, small_config
from tests.fusion.trained import trained


def test_the_report_compares_everyone_on_the_same_shoppers(tmp_path: Path) -> None:
    config = replace(small_config(), evaluation=EvaluationConfig(resamples=100))

    report = evaluate(checkerboard(), config, progress=silent, checkpoint_dir=tmp_path)

    assert json.loads(json.dumps(report)) == report
    assert report["shoppers"] == NUM_SHOPPERS
    assert set(report["contestants"]) == {
        "popularity",
        "item_knn",
        "behaviour",
        "text",
        "image",
        "early_fusion",
        "late_fusion_equal",
        "late_fusion_without_text",
        "late_fusion_without_image",
        "late_fusion",
    }
    ours = report["contestants"]["late_fusion"]["ndcg@10"]
    assert ours["low"] <= ours["mean"] <= ours["high"]
    # 11 items of a kind, 7 known: by kind alone a guess among 4 or 5 gives about .64.
    assert ours["mean"] > 0.55
    assert report["against"]["popularity"]["low"] > 0
    assert len(report["gate"]["ndcg@10"]["late_fusion"]) == NUM_SHOPPERS


def test_evaluation_takes_up_the_stages_a_training_run_finished(tmp_path: Path) -> None:
    data, config = checkerboard(), small_config()
    train(data, config, progress=silent, checkpoint_dir=tmp_path)
    epochs: list[str] = []

    def progress(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        epochs.extend([message] if message.startswith("Epoch") else [])

    evaluate(data, config, progress=progress, checkpoint_dir=tmp_path)

    assert epochs == []


def test_an_active_version_is_scored_only_where_it_cannot_know_the_answer() -> None:
    data, config = checkerboard(), small_config()

    fair = active_scores(trained(), data, config, trained_until=0)
    seen = active_scores(trained(), data, config, trained_until=data.cutoff)

    assert len(fair) == NUM_SHOPPERS
    assert np.mean([score for score in fair if score is not None]) > 0.3
    assert seen == [None] * NUM_SHOPPERS


def test_the_gate_reads_the_report(tmp_path: Path) -> None:
    data, config = checkerboard(), small_config()
    report = evaluate(data, config, progress=silent, checkpoint_dir=tmp_path)
    never = active_scores(trained(), data, config, trained_until=data.cutoff)

    verdict = decide(report, never, margin=0.02)

    assert not verdict.passed
    assert verdict.outcome in {"inconclusive", "worse"}


@pytest.mark.parametrize("shoppers", [5, 20])
def test_the_report_can_be_about_a_sample_of_shoppers(tmp_path: Path, shoppers: int) -> None:
    settings = EvaluationConfig(early_fusion=False, resamples=50, shoppers=shoppers)
    config = replace(small_config(), evaluation=settings)

    report = evaluate(checkerboard(), config, progress=silent, checkpoint_dir=tmp_path)

    assert report["shoppers"] == shoppers
