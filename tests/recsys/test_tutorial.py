"""The tutorial, done as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.stack import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
TUTORIAL = REPOSITORY / "docs" / "tutorial" / "first-recommendations.md"
BASH = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Stops what was started, also when a command failed before the tutorial stops it.
STOP = "trap '{ kill $SHOP $STACK; wait; } 2>/dev/null || true' EXIT\nSHOP= STACK=\n"
PATIENCE_S = 240


@pytest.mark.processes
def test_a_newcomer_gets_from_a_key_to_a_page(tmp_path: Path) -> None:
    written = TUTORIAL.read_text()
    script = "".join(BASH.findall(written))
    for name, own in (
        ("$PWD/var/tutorial", str(tmp_path)),
        ("8000", str(free_port())),
        ("8001", str(free_port())),
    ):
        assert name in script
        script = script.replace(name, own)
    known = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in known}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", STOP + script],
        cwd=REPOSITORY,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    log = tmp_path / "stack.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
    assert '"created": 6' in done.stdout
    assert '"accepted": 6' in done.stdout
    assert '"level": "popular"' in done.stdout
    before, after = re.findall(r"<h1>For you</h1><ul>(.*?)</ul>", done.stdout)
    assert "Buy Tea pot" in before
    assert "Harbour mug, blue" not in before + after
    assert "Tea pot" not in after
    assert [page.count("<li>") for page in (before, after)] == [3, 3]
