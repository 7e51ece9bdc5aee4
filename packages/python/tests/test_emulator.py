"""The verbs of the package, against the program."""

import asyncio
import hashlib
import json
import operator
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from alloy_assay import AssayError, Emulator, FindingsError
from alloy_assay._binary import find_binary

requests = pytest.importorskip("requests")

PRODUCTION = "https://production.runalloy.com"
HEADERS = {"x-api-version": "2025-09"}


def presign(assay, content=b"hello", filename="a.txt", **headers):
    answer = requests.post(
        f"{assay.base_url}/connectors/files/upload/request",
        headers={"Authorization": f"Bearer {assay.api_key}", **HEADERS, **headers},
        json={"filename": filename, "mimeType": "text/plain", "md5": hashlib.md5(content).hexdigest()},
    )
    return answer.json().get("presignedUrl")


def put(presigned, content=b"hello"):
    headers = {"Content-MD5": presigned["md5"], "Content-Type": "text/plain"}
    return requests.put(presigned["presignedUrl"], content, headers=headers)


def test_upload_is_seen_everywhere(assay, request):
    presigned = presign(assay)
    assert put(presigned).ok
    (file,) = assay.files()
    assert (file.s3_key, file.user_id, file.size) == (presigned["s3Key"], assay.user_id, 5)
    assert assay.content(file) == b"hello"
    assert [exchange.operation for exchange in assay.exchanges()] == ["presign", "put"]
    assert assay.exchanges(count=2, wait=timedelta(seconds=5))[1].status == 200
    assert {exchange.label for exchange in assay.exchanges()} == {request.node.nodeid}
    assay.assert_clean("note")


def test_user_id_is_the_keys_own(assay):
    presign(assay)
    assert {exchange.user_id for exchange in assay.exchanges()} == {assay.user_id}


@pytest.mark.assay(ignore=["s3-url-expired"])
def test_clock(assay):
    presigned = presign(assay)
    before = assay.clock.now()
    assert assay.clock.advance(timedelta(minutes=61)) - before >= timedelta(minutes=61)
    assert "expired" in put(presigned).text
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    assay.clock.freeze()
    assert assay.clock.set(time) == time == assay.clock.now()
    assay.clock.reset()
    with pytest.raises(ValueError, match="time zone"):
        assay.clock.set(datetime(2026, 1, 2))


def test_faults(assay):
    fault = assay.faults.add("put:nth=1:error=SlowDown")
    presigned = presign(assay)
    assert put(presigned).status_code == 503
    assert put(presigned).status_code == 200
    assert [(rule["id"], rule["hits"]) for rule in assay.faults.list()] == [(fault, 1)]
    assay.faults.remove(fault)
    assert assay.faults.scenario("slow-down")
    assay.faults.clear()
    assert assay.faults.list() == []


@pytest.mark.assay(fail_on="never")
def test_findings_and_assert_clean(assay):
    requests.get(f"{assay.base_url}/connectors/files/list", headers={"Authorization": f"Bearer {assay.api_key}"})
    rules = [finding.rule for finding in assay.findings(severity="error")]
    assert rules
    with pytest.raises(FindingsError) as raised:
        assay.assert_clean()
    assert rules[0] in str(raised.value) and raised.value.findings[0].rule == rules[0]
    assay.assert_clean(ignore=["*"])
    with pytest.raises(ValueError, match="unknown severity"):
        assay.assert_clean("all")


@pytest.mark.assay(expect=["s3-url-expired"])
def test_expected_findings_fail_nothing_unless_they_are_missing(assay):
    with pytest.raises(FindingsError, match="expected finding missing: `s3-url-expired`"):
        assay.assert_clean()
    presigned = presign(assay)
    assay.clock.advance("61m")
    put(presigned)
    assay.assert_clean()
    assert [finding.rule for finding in assay.findings() if finding.expected] == ["s3-url-expired"]
    with pytest.raises(AssayError, match="no rule matches `s3-url-expires`"):
        assay.expect("s3-url-expires", times=2)


def test_reset_keeps_the_label(assay, request):
    assay.label("ü" * 400)
    assay.label(request.node.nodeid)
    assay.reset()
    presign(assay)
    assert assay.exchanges()[0].label == request.node.nodeid


def test_reset(assay):
    put(presign(assay))
    assay.faults.add("put:nth=1:error=SlowDown")
    assay.reset()
    assert (assay.files(), assay.exchanges()) == ([], [])
    assert assay.faults.list() == []


def test_attached_emulator_sees_its_own_key_only(assay):
    other = Emulator(url=assay.base_url)
    presign(other)
    assert other.exchanges()
    assert not [exchange for exchange in assay.exchanges() if exchange.user_id == assay.user_id]
    fault = other.faults.add("put:nth=9:error=SlowDown")
    kept = assay.faults.add("put:nth=9:error=SlowDown")
    other.reset()
    ids = [rule["id"] for rule in assay.faults.list()]
    assert kept in ids and fault not in ids
    other.stop()
    assert assay.clock.now()


def test_mistakes_are_told(assay):
    with pytest.raises(AssayError, match="invalid duration `soon`"):
        assay.clock.advance("soon")
    with pytest.raises(AssayError, match="did not start"):
        Emulator("--no-such-option")
    with pytest.raises(AssayError, match="no emulator answers"):
        Emulator(url="http://127.0.0.1:1")


def test_emulator_of_another_version_is_refused():
    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "ok", "version": "9.9.9"}')

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(AssayError, match=r"version 9\.9\.9"):
            Emulator(url=f"http://127.0.0.1:{server.server_port}")


def test_interception_ends_with_the_emulator(assay):
    if not assay.owned:
        pytest.skip("needs an emulator that is started here")
    with pytest.raises(AssayError, match="assay run --intercept"):
        Emulator(url=assay.base_url, intercept=True)
    before = (socket.getaddrinfo, ssl.SSLContext.wrap_bio, ssl.SSLContext.wrap_socket, dict(os.environ))
    with Emulator(intercept=True) as emulator:
        assert emulator.env["ALLOY_BASE_URL"] == PRODUCTION
        assert os.environ["SSL_CERT_FILE"] == emulator.env["SSL_CERT_FILE"]
        folder = os.path.dirname(os.environ["SSL_CERT_FILE"])
        assert os.path.isdir(folder)
    assert (socket.getaddrinfo, ssl.SSLContext.wrap_bio, ssl.SSLContext.wrap_socket, dict(os.environ)) == before
    assert not os.path.exists(folder)


@pytest.mark.assay(intercept=True)
def test_clients_reach_the_emulator_by_productions_name(assay):
    httpx = pytest.importorskip("httpx")
    aiohttp = pytest.importorskip("aiohttp")
    url = f"{PRODUCTION}/connectors/files/list"
    headers = {"Authorization": f"Bearer {assay.api_key}", **HEADERS}
    nothing = {"files": []}
    assert requests.get(url, headers=headers).json() == nothing
    assert httpx.get(url, headers=headers).json() == nothing
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        assert json.load(answer) == nothing

    async def list_files():
        async with httpx.AsyncClient() as client:
            assert (await client.get(url, headers=headers)).json() == nothing
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            assert await answer.json() == nothing

    asyncio.run(list_files())
    code = f"import urllib.request as r; r.urlopen(r.Request({url!r}, headers={headers!r}))"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(assay.exchanges(operation="list")) == 6


def test_verbs_are_those_of_the_guide(assay):
    guide = (Path(__file__).parent / "client-tests.md").read_text()
    table = guide.split("\n## Methods by language\n")[1].strip().split("\n\n")[0]
    verbs = [verb for row in table.splitlines()[2:] for verb in re.findall(r"`([\w.]+)", row.split("|")[1])]
    assert len(verbs) > 15
    for verb in verbs:
        if verb != "Emulator":
            assert operator.attrgetter(verb)(assay) is not None


def test_module_hands_over_to_the_program():
    command = [sys.executable, "-m", "alloy_assay", "run", "--pass-with-no-requests", "--", "sh", "-c", "exit 7"]
    assert subprocess.run(command).returncode == 7


def test_missing_program_names_the_places(monkeypatch):
    monkeypatch.setattr("alloy_assay._binary._of_this_package", lambda: iter(()))
    monkeypatch.setenv("ASSAY_BINARY", "/no/such/assay")
    with pytest.raises(FileNotFoundError, match="ASSAY_BINARY"):
        find_binary()
    monkeypatch.delenv("ASSAY_BINARY")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="reinstall"):
        find_binary()


def test_asyncio_clients(assay):
    httpx = pytest.importorskip("httpx")
    aiohttp = pytest.importorskip("aiohttp")
    headers = {"Authorization": f"Bearer {assay.api_key}", **HEADERS}

    async def list_files():
        url = f"{assay.base_url}/connectors/files/list"
        async with httpx.AsyncClient() as client:
            assert (await client.get(url, headers=headers)).json() == {"files": []}
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
            assert await answer.json() == {"files": []}

    asyncio.run(list_files())
    assert len(assay.exchanges(operation="list")) == 2


def test_ends_with_its_process():
    code = "from alloy_assay import Emulator; print(Emulator().base_url)"
    environment = {name: value for name, value in os.environ.items() if name != "ASSAY_URL"}
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    with pytest.raises(AssayError, match="no emulator answers"):
        while True:
            Emulator(url=output.stdout.strip())
