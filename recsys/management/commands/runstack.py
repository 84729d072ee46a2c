"""Start Redis, web, workers and beat of an embedded installation, until Ctrl-C."""

import signal
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recsys.stack import Stack, StackError, free_port


def stop_on_signals() -> None:
    """Let both signals end us through KeyboardInterrupt, so that the children are stopped too.

    A shell starts background jobs with SIGINT ignored, hence the explicit handler.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def watch(stack: Stack, say: Callable[[str], object]) -> None:
    """Start again what dies; return when something dies too often. Ctrl-C passes through."""
    while True:
        for name in stack.dead():
            if not stack.restart(name):
                return
            say(f"{name} died and was started again; its log: {stack.log_path(name)}")
        time.sleep(0.5)


class Command(BaseCommand):
    """`manage.py runstack`."""

    help = "Start Redis (unless REDIS_URL names one), web, workers and beat; Ctrl-C stops all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the web server")

    def handle(self, *_: Any, port: int, **__: Any) -> None:
        stop_on_signals()
        stack = Stack(settings.VAR_DIR)
        try:
            if "REDIS_URL" not in stack.env:
                stack.start_redis()
            stack.start_workers()
            port = free_port(port)
            stack.start_web(port)
            self.stdout.write(f"Admin     http://127.0.0.1:{port}/admin/")
            self.stdout.write(f"API docs  http://127.0.0.1:{port}/api/docs/")
            self.stdout.write(f"Logs      {settings.VAR_DIR / 'log'}   Ctrl-C stops everything.")
            watch(stack, self.stdout.write)
            raise CommandError(f"stopped by itself: {', '.join(stack.dead())}; see the logs")
        except StackError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            stack.stop()
