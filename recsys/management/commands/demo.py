"""The whole product on a simulated shop, with one command."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.panel import Panel

from recsys.demo_check import SHOPPER, checks
from recsys.demo_run import DemoRun
from recsys.management.commands.runstack import stop_on_signals, watch
from recsys.stack import StackError


class Command(BaseCommand):
    """`manage.py demo`; `make demo` and `make demo-check` call it."""

    help = "Load the simulated shop, train, and serve it until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web server")
        parser.add_argument(
            "--check",
            action="store_true",
            help="start afresh, check the answers, stop, exit 0 or 1",
        )

    def handle(self, *_: Any, port: int, check: bool, **__: Any) -> None:
        stop_on_signals()
        console = Console()
        var_dir = settings.BASE_DIR / "var" / ("demo-check" if check else "demo")
        if check:
            shutil.rmtree(var_dir, ignore_errors=True)
        demo = DemoRun(Path(settings.BASE_DIR), var_dir, console, port)
        try:
            demo.prepare()
            if check:
                self._check(demo)
            else:
                self._serve(demo)
        except StackError as error:
            raise CommandError(str(error)) from error
        except subprocess.CalledProcessError as error:
            raise CommandError(f"This step failed: {' '.join(map(str, error.cmd[1:]))}") from error
        except KeyboardInterrupt:
            console.print("\nStopping …")
        finally:
            demo.stack.stop()

    def _check(self, demo: DemoRun) -> None:
        failed = 0
        for what, holds, seen in checks(demo.address, demo.api_key(), SHOPPER):
            demo.console.print(f"[green]✓[/] {what}" if holds else f"[red]✗ {what}[/]: {seen}")
            failed += not holds
        if failed:
            raise CommandError(f"{failed} checks failed; the logs are in {demo.var_dir / 'log'}")

    def _serve(self, demo: DemoRun) -> None:
        curl = (
            f"curl -H 'Authorization: Bearer {demo.api_key()}' \\\n"
            f"  '{demo.address}/api/v1/recommendations?user_id={SHOPPER}&limit=5'"
        )
        demo.console.print(
            Panel.fit(
                f"[bold]Shop[/]      {demo.address}/shop/\n"
                f"[bold]Admin[/]     {demo.address}/admin/   admin / {demo.admin_password()}\n"
                f"[bold]API docs[/]  {demo.address}/api/docs/\n"
                f"[bold]Logs[/]      {demo.var_dir / 'log'}",
                title="The demo shop is open (everything in it is simulated)",
                subtitle="Ctrl-C stops everything",
            )
        )
        demo.console.print(curl, highlight=False, soft_wrap=True)
        watch(demo.stack, demo.console.print)
        raise CommandError(f"stopped by itself: {', '.join(demo.stack.dead())}; see the logs")
