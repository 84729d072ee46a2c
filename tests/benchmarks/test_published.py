"""The protocol against a published table: the row of SAR, to six digits."""

from pathlib import Path

import pytest

from benchmarks.datasets import given_test, load
from benchmarks.quality.fitted import ranked_lists
from benchmarks.quality.peers.sar import sar
from benchmarks.quality.splits import given
from fusion.evaluation.hits import hits_of
from tests.benchmarks.exams import desk


@pytest.mark.real_data
def test_sar_reproduces_the_published_row_of_the_given_split(
    real_data: Path, tmp_path: Path
) -> None:
    folder = real_data / "ml-100k-posters"
    data = load(folder, None, weight="rating")

    exam = given(data, desk(tmp_path), given_test(folder))
    lists = ranked_lists(sar(exam.final, {}).rank, exam.test)

    hits = hits_of(lists, exam.test.relevant)
    assert round(float(hits.average_precision(10).mean()), 6) == 0.110591
    assert round(float(hits.ndcg(10).mean()), 6) == 0.382461
    assert round(float(hits.precision(10).mean()), 6) == 0.330753
    assert round(float(hits.recall(10).mean()), 6) == 0.176385
