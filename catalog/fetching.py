"""Pictures from addresses in a feed. Whoever writes the feed chooses the address: hostile.

A server that fetches what it is told can be sent to the machines beside it. So only public
addresses are connected to, the one that was checked is the one connected to (a name that
resolves differently a moment later changes nothing), and every redirect is checked again.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

from catalog.picture_check import PictureError, require_size

TIMEOUT = 10.0  # seconds, for each wait on the network
DEADLINE = 30.0  # seconds, for the whole picture with its redirects
MAX_REDIRECTS = 4
CHUNK = 64 * 1024  # bytes
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Shops' stores often know no better type than "bytes"; the content is checked anyway.
CONTENT_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")
INTERNET = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given out to the internet
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Say whether an address lies in the open internet, whatever form it is written in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in INTERNET:
            return False
    return address.is_global and not address.is_multicast


def fetch_image(url: str, *, is_allowed: Callable[[Address], bool] = is_public) -> bytes:
    """Return the bytes behind an address.

    Raises:
        PictureError: the address is refused, does not answer in time, or answers with
            something that is no picture or is over the size limit.
    """
    give_up_at = time.monotonic() + DEADLINE
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with _asked(url, is_allowed, give_up_at) as answer:
                if answer.status not in REDIRECTS:
                    return _body(answer, give_up_at)
                url = urljoin(url, answer.headers.get("Location", ""))
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        _require_time(give_up_at)
        raise PictureError(f"The address does not answer: {type(error).__name__}.") from error
    raise PictureError(f"The address redirects more than {MAX_REDIRECTS} times.")


@contextmanager
def _asked(
    url: str, is_allowed: Callable[[Address], bool], give_up_at: float
) -> Iterator[http.client.HTTPResponse]:
    """Ask once; a timer hangs up at the deadline, however slowly the other side drips."""
    parts, port = _checked_parts(url)
    host = parts.hostname or ""
    peer = _connected(parts.scheme, host, (_checked_address(host, port, is_allowed), port))
    timer = threading.Timer(give_up_at - time.monotonic(), _hang_up, [peer])
    timer.start()
    try:
        if isinstance(peer, ssl.SSLSocket):
            peer.do_handshake()
        connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
        connection.sock = peer
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("GET", target, headers={"Accept": "image/*", "Connection": "close"})
        with connection.getresponse() as answer:
            yield answer
    finally:
        timer.cancel()
        peer.close()


def _connected(scheme: str, host: str, address: tuple[str, int]) -> socket.socket:
    """Connect to the checked address; TLS still asks for the certificate of the name."""
    plain = socket.create_connection(address, timeout=TIMEOUT)
    if scheme == "http":
        return plain
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _hang_up(peer: socket.socket) -> None:
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)


def _require_time(give_up_at: float) -> None:
    if time.monotonic() >= give_up_at:
        raise PictureError(f"The picture takes longer than {DEADLINE:.0f} seconds.")


def _checked_parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise PictureError("Not an address of the web.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PictureError("Only http and https addresses are fetched.")
    if parts.username or parts.password:
        raise PictureError("An address with a user name is not fetched.")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise PictureError("The address has characters that must be percent-encoded.")
    return parts, port


def _checked_address(host: str, port: int, is_allowed: Callable[[Address], bool]) -> str:
    """Resolve a name; refuse it when any of its addresses is not in the open internet."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not all(is_allowed(ipaddress.ip_address(address)) for address in addresses):
        raise PictureError("The address lies in a private network and is not fetched.")
    return addresses[0]


def _body(answer: http.client.HTTPResponse, give_up_at: float) -> bytes:
    _require_time(give_up_at)  # headers that were cut off look complete
    if answer.status != http.HTTPStatus.OK:
        raise PictureError(f"The address answers with status {answer.status}.")
    kind = answer.headers.get_content_type()
    if not kind.startswith(CONTENT_TYPES):
        raise PictureError(f"The address holds {kind[:60]}, not a picture.")
    body = bytearray()
    while len(body) <= settings.CATALOG_IMAGE_MAX_BYTES:
        chunk = answer.read1(CHUNK)
        _require_time(give_up_at)
        if not chunk:
            break
        body += chunk
    require_size(len(body))
    return bytes(body)
