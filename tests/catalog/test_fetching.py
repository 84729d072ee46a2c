import ipaddress
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django.fixtures import Settings

from catalog import fetching
from catalog.fetching import Address, fetch_image, is_public
from catalog.picture_check import PictureError
from tests.factories import picture_bytes

PICTURE = picture_bytes()


class Shop(BaseHTTPRequestHandler):
    """A server with pictures and traps."""

    def do_GET(self) -> None:
        if self.path == "/lamp.jpg?size=big":
            self._answer("image/jpeg", PICTURE)
        elif self.path == "/page":
            self._answer("text/html", b"<html>")
        elif self.path == "/huge":
            self._answer("image/jpeg", b"x" * 5000)
        elif self.path == "/endless":
            self._drip()
        elif self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        else:
            self.send_error(404)

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for number in range(1000):
            self.wfile.write(f"X-{number}: x\r\n".encode())
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Keep the output of the tests clean."""


def loopback_too(address: Address) -> bool:
    """As in production, but for the server of this test."""
    return address == ipaddress.ip_address("127.0.0.1") or is_public(address)


@pytest.fixture
def shop() -> Iterator[str]:
    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_picture_is_fetched_with_its_query(shop: str) -> None:
    assert fetch_image(f"{shop}/lamp.jpg?size=big", is_allowed=loopback_too) == PICTURE


def test_redirects_are_followed(shop: str) -> None:
    address = f"{shop}/to//lamp.jpg?size=big"

    assert fetch_image(address, is_allowed=loopback_too) == PICTURE


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/missing", "status 404"),
        ("/page", "text/html"),
        ("/to/http://127.0.0.2/", "private network"),
        ("/to/http://[::1]/", "private network"),
        ("/to/http://169.254.169.254/latest/meta-data/", "private network"),
        ("/to/file:///etc/passwd", "Only http and https"),
        ("/to//to/" + "/to/" * 5, "redirects more than 4"),
    ],
)
def test_what_is_no_picture_is_refused(shop: str, path: str, problem: str) -> None:
    with pytest.raises(PictureError, match=problem):
        fetch_image(shop + path, is_allowed=loopback_too)


def test_a_picture_over_the_limit_is_not_read_to_its_end(shop: str, settings: Settings) -> None:
    settings.CATALOG_IMAGE_MAX_BYTES = 1000

    with pytest.raises(PictureError, match="over 1,000 bytes"):
        fetch_image(f"{shop}/huge", is_allowed=loopback_too)


def test_an_answer_that_drips_is_given_up(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "DEADLINE", 0.5)
    started_at = time.monotonic()

    with pytest.raises(PictureError, match="takes longer"):
        fetch_image(f"{shop}/endless", is_allowed=loopback_too)

    assert time.monotonic() - started_at < 5


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.jpg",
        "http://localhost/x.jpg",
        "http://0.0.0.0/x.jpg",
        "http://10.0.0.1/x.jpg",
        "http://192.168.1.1/x.jpg",
        "http://172.16.0.1/x.jpg",
        "http://100.64.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/x.jpg",
        "http://[fe80::1]/x.jpg",
        "http://[fd00::1]/x.jpg",
        "http://[::ffff:127.0.0.1]/x.jpg",
        "http://[64:ff9b::7f00:1]/x.jpg",
        "http://[2002:7f00:1::]/x.jpg",
        "http://[::127.0.0.1]/x.jpg",
        "http://[::ffff:0:127.0.0.1]/x.jpg",
        "http://[64:ff9b:1::7f00:1]/x.jpg",
        "http://[fec0::1]/x.jpg",
        "http://[5f00::1]/x.jpg",
        "http://[4000::1]/x.jpg",
        "http://2130706433/x.jpg",
        "http://0x7f.1/x.jpg",
        "http://224.0.0.1/x.jpg",
        "http://255.255.255.255/x.jpg",
    ],
)
def test_the_machines_beside_us_are_never_asked(url: str) -> None:
    with pytest.raises(PictureError, match="private network"):
        fetch_image(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://shop.example/x.jpg",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "http://user:secret@shop.example/x.jpg",
        "http:///x.jpg",
        "http://shop.example:99999/x.jpg",
        "http://shop.example/x.jpg\r\nX-Injected: 1",
        "http://shop.example/a b.jpg",
        "http://shop.exämple/x.jpg",
    ],
)
def test_addresses_that_are_none_of_the_web_are_refused(url: str) -> None:
    with pytest.raises(PictureError):
        fetch_image(url)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
