"""The embedded stack as a person starts it: real processes, stopped by Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.demo_check import call
from recsys.stack import free_port, wait_until


@pytest.mark.processes
def test_ctrl_c_stops_everything_that_was_started(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
    }
    env.pop("REDIS_URL")
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=env, check=True)
    port = free_port()
    stack = subprocess.Popen([*manage, "runstack", "--port", str(port)], env=env)
    wait_until(lambda: _is_up(port), seconds=90, what="the web server did not answer")

    stack.send_signal(signal.SIGINT)

    assert stack.wait(60) == 0
    assert not _processes_of(tmp_path)


def _is_up(port: int) -> bool:
    try:
        return call(f"http://127.0.0.1:{port}/livez")[0] == 200
    except OSError:
        return False


def _processes_of(var_dir: Path) -> list[str]:
    """Return the processes whose environment names this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"VAR_DIR={var_dir}".encode() in environment:
            found.append((process / "cmdline").read_bytes().decode())
    return found
