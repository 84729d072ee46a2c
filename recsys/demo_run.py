"""The demo from nothing to a running shop: each step is a command a person could type."""

import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from recsys.demo_check import call
from recsys.stack import Stack, free_port

API_KEY_SCOPES = "recommend,ingest,operate"


@dataclass
class DemoRun:
    """The demo shop in its own folder and its own processes."""

    base_dir: Path
    var_dir: Path
    console: Console
    preferred_port: int = 8000

    def __post_init__(self) -> None:
        self.stack = Stack(self.var_dir)
        self.stack.env |= {
            "VAR_DIR": str(self.var_dir),
            "DATABASE_URL": f"sqlite:///{self.var_dir / 'db.sqlite3'}",
            "DEMO_SHOP": "true",
            "DJANGO_SETTINGS_MODULE": "recsys.settings",
        }
        self.port = free_port(self.preferred_port)
        self.data_dir = self.var_dir / "shop"

    @property
    def address(self) -> str:
        """Where the web server answers."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step and say how long it took."""
        self.console.rule(f"[bold]{title}", align="left")
        started_at = time.monotonic()
        yield
        self.console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started_at:.1f} s")

    def manage(self, *arguments: str, show: bool = True) -> str:
        """Run a management command; its output goes to the terminal, or is returned."""
        if show:
            self.console.print(f"[dim]$ python manage.py {shlex.join(arguments)}")
        done = subprocess.run(  # noqa: S603
            [sys.executable, str(self.base_dir / "manage.py"), *arguments],
            env={**self.stack.env, "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING")},
            check=True,
            stdout=None if show else subprocess.PIPE,
            text=True,
        )
        return done.stdout or ""

    def prepare(self) -> None:
        """Go from an empty folder, or from what an earlier run left, to a promoted model."""
        with self.step("Start the embedded Redis"):
            self.stack.start_redis()
        with self.step("Create the database"):
            self.manage("migrate", "--verbosity", "0")
            self._create_admin()
        with self.step("Make the simulated shop and load it"):
            self._load_shop()
        with self.step("Start the workers and the web server"):
            self.stack.start_workers()
            self.stack.start_web(self.port)
        with self.step("Turn texts and pictures into vectors"):
            self.manage("encode_products")
        if not self._has_active_version():
            with self.step("Train, evaluate and promote the model"):
                self.manage("train_model", "--wait")

    def _load_shop(self) -> None:
        if not (self.data_dir / "events.jsonl").exists():
            self._generate()
        self.manage(
            "import_catalog",
            str(self.data_dir / "catalog.jsonl"),
            "--images",
            str(self.data_dir / "images"),
        )
        self.manage("import_events", str(self.data_dir / "events.jsonl"))

    def _generate(self) -> None:
        generate = [sys.executable, "-m", "demo.generate", str(self.data_dir), "--seed", "7"]
        subprocess.run(generate, env=self.stack.env, cwd=self.base_dir, check=True)  # noqa: S603

    def _has_active_version(self) -> bool:
        _, ready = call(f"{self.address}/readyz")
        return str(ready["checks"]["active_version"]).isdigit()

    def _secret(self, name: str) -> Path:
        path = self.var_dir / name
        path.touch(mode=0o600)
        return path

    def _create_admin(self) -> None:
        password = self._secret("admin_password")
        if password.read_text():
            return
        password.write_text(secrets.token_urlsafe(9))
        self.stack.env["DJANGO_SUPERUSER_PASSWORD"] = password.read_text()
        options = ("--noinput", "--username", "admin", "--email", "admin@example.com")
        self.manage("createsuperuser", *options, show=False)

    def admin_password(self) -> str:
        """Return the password made for `admin` in this folder."""
        return self._secret("admin_password").read_text()

    def api_key(self) -> str:
        """Return this folder's demo key, made at the first call."""
        path = self._secret("api_key")
        if not path.read_text():
            options = ("--name", "demo", "--scopes", API_KEY_SCOPES)
            printed = self.manage("create_api_key", *options, show=False)
            path.write_text(next(word for word in printed.split() if word.startswith("sk_")))
        return path.read_text()
