"""The comparison of a first look with scoring everything."""

from pathlib import Path

from benchmarks.first_look import measured
from fusion.training.train import fit_measured, start
from tests.fusion.checkerboard import checkerboard, silent, small_config


def test_a_tiny_shop_is_measured_without_loss(tmp_path: Path) -> None:
    run = start(checkerboard(), small_config(), progress=silent, checkpoint_dir=tmp_path)

    found = measured(run, fit_measured(run)[0], shoppers=5)

    assert found["products"] == 24
    for holdout in ("validation", "test"):
        for way in ("exact", "first look"):
            assert found[holdout][way]["n"] == 5
            assert found[holdout][way]["recall@10"] == 1
        assert found[holdout]["exact"]["ndcg@10"] == found[holdout]["first look"]["ndcg@10"]
    assert [check["holds"] for check in found["checks"]] == [True, True]
