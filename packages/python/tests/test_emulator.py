"""The verbs of the package, against the program."""

import asyncio
import hashlib
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest

from alloy_assay import AssayError, Emulator, FindingsError
from alloy_assay._binary import find_binary

requests = pytest.importorskip("requests")

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


def test_upload_is_seen_everywhere(assay):
    presigned = presign(assay)
    assert put(presigned).ok
    (file,) = assay.files()
    assert (file.s3_key, file.user_id, file.size) == (presigned["s3Key"], assay.user_id, 5)
    assert assay.content(file) == b"hello"
    assert [exchange.operation for exchange in assay.exchanges()] == ["presign", "put"]
    assert assay.exchanges(count=2, wait=timedelta(seconds=5))[1].status == 200
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
    with pytest.raises(AssayError, match="advance"):
        assay.clock.advance("soon")
    with pytest.raises(AssayError, match="did not start"):
        Emulator("--no-such-option")
    with pytest.raises(AssayError, match="no emulator answers"):
        Emulator(url="http://127.0.0.1:1")


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
