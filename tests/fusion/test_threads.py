"""Processes that share cores let each other work."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("chosen", "policy"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")]
)
def test_waiting_threads_sleep_unless_the_operator_says_otherwise(
    chosen: dict[str, str], policy: str
) -> None:
    others = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    check = "import os, sys, fusion; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", check],
        env=others | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split() == [policy, "False"]
