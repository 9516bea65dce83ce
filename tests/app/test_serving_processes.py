"""Where a server listens: on this computer, in each family of addresses that it has (T9)."""

import errno
import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.flows.server_process import environment_for, serving


def has_ipv6() -> bool:
    """Whether this machine has a loopback address of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise
        return False
    return True


def status_at(host: str, port: int) -> int | None:
    """What /healthz answers there; None when nobody listens."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_localhost_is_served_in_both_families_of_addresses(tmp_path: Path) -> None:
    """`localhost` is ::1 to some clients and 127.0.0.1 to others; a machine without IPv6 is served on IPv4."""
    with serving(environment_for(tmp_path / "data"), tmp_path / "log") as server:
        port = urlsplit(server.base).port
        assert port is not None
        found = [status_at(host, port) for host in ("127.0.0.1", "::1")]

    assert [200, 200 if has_ipv6() else None] == found
