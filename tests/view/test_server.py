# SPDX-FileCopyrightText: bonefea contributors
# SPDX-License-Identifier: MIT
"""The viewer answers its own page on this machine, and nobody else."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from fea.errors import InputError
from fea.view.server import own, serve


def answer(address: str, path: str = "/index.html", **headers: str) -> tuple[int, bytes]:
    """Return status and body of a request with these headers."""
    place = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=20)) as connection:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            return response.status, response.read()


def test_the_page_is_served_to_its_own_address(address):
    status, body = answer(address)
    assert status == 200
    assert b"<div id=" in body


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "0.0.0.0:{port}", "127.0.0.1.nip.io:{port}"]
)
def test_other_names_of_the_host_are_refused(address, host):
    assert answer(address, Host=host.format(port=urlsplit(address).port))[0] == 403


@pytest.mark.parametrize("path", ["/index.html", "/ws", "/paraview/"])
def test_pages_of_other_sites_are_refused_on_every_path(address, path):
    assert answer(address, path, Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize(
    "path", ["/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/..%2f..%2fpyproject.toml"]
)
def test_no_file_outside_the_page_is_served(address, path):
    status, body = answer(address, path)
    assert status in (400, 403, 404)
    assert b"root:" not in body


def test_it_listens_on_the_loopback_address_only(address):
    port = urlsplit(address).port
    with open("/proc/net/tcp") as table:  # noqa: PTH123
        rows = [row.split()[1] for row in table if row.split()[3] == "0A"]
    # Addresses stand there as hexadecimal numbers, lowest byte first: 0100007F is 127.0.0.1.
    assert [row for row in rows if row.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.fixture
def neighbour():
    """A function that connects to a port of this machine from another network namespace; returns what it says.

    A cable of two virtual ends joins the namespaces, with addresses kept for examples (RFC 5737).
    """
    name, near, far = f"bonefea{os.getpid()}", f"bf{os.getpid()}a", f"bf{os.getpid()}b"
    wiring = [
        f"netns add {name}",
        f"link add {near} type veth peer name {far} netns {name}",
        f"address add 198.51.100.1/30 dev {near}",
        f"link set {near} up",
        f"-n {name} address add 198.51.100.2/30 dev {far}",
        f"-n {name} link set {far} up",
    ]

    def connected(host: str, port: int) -> str:
        code = f"import socket; socket.create_connection(({host!r}, {port}), timeout=5); print('connected')"
        command = ["ip", "netns", "exec", name, sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True)
        return (done.stdout + done.stderr).splitlines()[-1]

    try:
        for words in wiring:
            if shutil.which("ip") is None or subprocess.run(["ip", *words.split()], capture_output=True).returncode:
                pytest.skip("this machine does not permit network namespaces (ip netns add)")
        yield connected
    finally:
        for words in (f"link delete {near}", f"netns delete {name}"):
            with contextlib.suppress(OSError):
                subprocess.run(["ip", *words.split()], capture_output=True)


def test_a_connection_from_another_network_namespace_is_refused(address, neighbour):
    with socket.create_server(("0.0.0.0", 0)) as open_to_all:
        assert neighbour("198.51.100.1", open_to_all.getsockname()[1]) == "connected"
    assert "Connection refused" in neighbour("198.51.100.1", urlsplit(address).port)


def test_names_of_the_own_page_are_few():
    assert own("127.0.0.1:80", None, 80)
    assert own("localhost:80", "http://localhost:80", 80)
    assert not own("localhost:81", None, 80)
    assert not own("localhost:80", "https://localhost:80", 80)
    assert not own("localhost:80", "null", 80)
    assert not own("", None, 80)


def test_a_port_outside_its_range_or_taken_is_refused():
    with pytest.raises(InputError, match="port is 70000; allowed: 0 to 65535"):
        serve(None, 70000, print)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match="cannot be used: Address already in use"):
            serve(None, other.getsockname()[1], print)
