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
from fea.view.server import Door, serve

PAGE = "index.html"


def token_of(address: str) -> str:
    return urlsplit(address).path.split("/")[1]


def answer(address: str, path: str = PAGE, **headers: str) -> tuple[int, bytes]:
    """Return status and body of a request with these headers; the path counts from the token if it has no slash."""
    place, token = urlsplit(address), token_of(address)
    path = path.format(token=token) if path.startswith("/") else f"/{token}/{path.format(token=token)}"
    with contextlib.closing(http.client.HTTPConnection(place.hostname, place.port, timeout=20)) as connection:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            return response.status, response.read()


def test_the_page_is_served_to_its_own_address(address):
    status, body = answer(address)
    assert status == 200
    assert b'<script type="module" src="viewer.js">' in body
    assert len(token_of(address)) == 32


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/index.html",
            "/index.html?token={token}",
            "/ws",
            "/viewer.js",
            "/style.css",
            "//",
            "",
        ),
        *(
            "/00000000000000000000000000000000/index.html",
            "/00000000000000000000000000000000/ws",
            "/{token}0/index.html",
        ),
        *("/{token}0/ws", "/x/{token}/index.html", "//{token}/ws", "/?token={token}", "/favicon.ico"),
    ],
)
def test_nothing_is_served_without_the_token(address, path):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    for headers in ({}, upgrade):
        status, body = answer(address, path or "/index.htm", **headers)
        assert status == 403
        assert body == b"This viewer answers its own page only. Open the address that bonefea view has printed."


def test_the_token_is_another_one_each_time(viewer, prepared, address):
    with viewer("metatarsal2", 2.0) as other:
        assert token_of(other) != token_of(address)
        assert answer(other, f"/{token_of(address)}/index.html")[0] == 403


def test_the_page_may_run_no_script_of_others_and_tells_nobody_its_address(address):
    place = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=20)) as connection:
        connection.request("GET", f"/{token_of(address)}/{PAGE}")
        with connection.getresponse() as response:
            policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
            assert policy["script-src"] == policy["connect-src"] == "'self'"
            assert policy["default-src"] == "'none'"
            assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "0.0.0.0:{port}", "127.0.0.1.nip.io:{port}"]
)
def test_other_names_of_the_host_are_refused(address, host):
    assert answer(address, Host=host.format(port=urlsplit(address).port))[0] == 403


@pytest.mark.parametrize("path", [PAGE, "ws", "viewer.js", "style.css"])
def test_pages_of_other_sites_are_refused_on_every_path(address, path):
    assert answer(address, path, Origin="http://evil.example")[0] == 403


@pytest.mark.parametrize(
    "path",
    [
        *(
            "../../../../etc/passwd",
            "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/{token}//etc/passwd",
            "..%2f..%2fpyproject.toml",
        ),
        *("/../../../../etc/passwd", "//etc/passwd", "page/../../server.py", "%00", "viewer.js/../scene.py"),
    ],
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
    door = Door()
    assert door.admits("127.0.0.1:80", None, 80)
    assert door.admits("localhost", "http://localhost:80", 80)
    assert door.admits("[::1]:80", None, 80)
    assert not door.admits("localhost:81", None, 80)
    assert not door.admits("localhost", None, 81)
    assert not door.admits("localhost:80", "https://localhost:80", 80)
    assert not door.admits("localhost:80", "http://localhost:81", 80)
    assert not door.admits("localhost:80", "null", 80)
    assert not door.admits("", None, 80)
    assert not door.admits("localhost:80:80", None, 80)
    assert not door.admits("192.0.2.1:80", None, 80)


def test_a_proxy_or_a_tunnel_is_admitted_by_the_names_that_are_allowed():
    door = Door(allowed=("hub.example", "localhost:9000"))
    assert door.admits("hub.example", "https://hub.example", 8123)
    assert door.admits("hub.example:8000", "http://hub.example:8000", 8123)
    assert door.admits("127.0.0.1:8123", "https://HUB.example", 8123)
    assert door.admits("localhost:9000", "http://localhost:9000", 8123)
    assert not door.admits("localhost:9001", None, 8123)
    assert not door.admits("127.0.0.1:8123", "http://localhost:9001", 8123)
    assert not door.admits("evil.hub.example", None, 8123)
    assert not door.admits("hub.example", "https://evil.example", 8123)
    assert not door.admits("hub.example", "ftp://hub.example", 8123)


def test_where_others_are_let_in_bare_addresses_are_names_too():
    door = Door(host="0.0.0.0")
    assert door.called == socket.gethostname()
    assert door.admits(f"{socket.gethostname()}:8123", f"http://{socket.gethostname()}:8123", 8123)
    assert door.admits("192.0.2.1:8123", None, 8123)
    assert door.admits("[2001:db8::1]:8123", None, 8123)
    assert not door.admits("192.0.2.1:8124", None, 8123)
    assert not door.admits("192.0.2.1.nip.io:8123", None, 8123)  # a name that may point anywhere
    assert [
        Door(host=h).local for h in ("127.0.0.1", "localhost", "::1", "127.1.2.3", "0.0.0.0", "::", "192.0.2.1")
    ] == ([True, True, True, True, False, False, False])
    assert [Door(host=h).called for h in ("::1", "192.0.2.1", "node7")] == ["[::1]", "192.0.2.1", "node7"]


@pytest.mark.parametrize("name", ["http://hub.example", "hub.example/user", "", "a b", "*", "hub:port", "[", "x\n"])
def test_an_allowed_host_that_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="is no name; write NAME or NAME:PORT"):
        Door(allowed=(name,)).check()


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.0.2.1", "--host takes an address of this machine"),
        ("no such host", "is no address"),
        ("", "is no address"),
    ],
)
def test_a_host_that_is_none_of_this_machine_is_refused(host, said):
    with pytest.raises(InputError, match=said):
        Door(host=host).check()


def test_beyond_this_machine_the_viewer_asks_for_the_token_too(viewer, prepared, neighbour):
    with viewer("metatarsal2", 2.0, "--host", "198.51.100.1") as at:
        place = urlsplit(at)
        assert place.hostname == "198.51.100.1"
        assert neighbour("198.51.100.1", place.port) == "connected"
        assert answer(at)[0] == 200
        assert answer(at, "/index.html")[0] == 403
        assert answer(at, Host=f"rebound.example:{place.port}")[0] == 403


def test_a_proxy_is_let_through_by_its_name(viewer, prepared):
    with viewer("metatarsal2", 2.0, "--allow-host", "hub.example") as at:
        assert answer(at, Host="hub.example", Origin="https://hub.example")[0] == 200
        assert answer(at, "/index.html", Host="hub.example")[0] == 403
        assert answer(at, Host="other.example")[0] == 403


def test_a_port_outside_its_range_or_taken_is_refused():
    with pytest.raises(InputError, match="port is 70000; allowed: 0 to 65535"):
        serve(None, Door(70000), print)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(InputError, match="cannot be used: Address already in use"):
            serve(None, Door(other.getsockname()[1]), print)
