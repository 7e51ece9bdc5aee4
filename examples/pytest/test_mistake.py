"""A client with the most frequent mistake: it sends the MD5 as hex. Both tests fail, and say why."""

import hashlib

import requests


def presign(assay, content):
    answer = requests.post(
        f"{assay.base_url}/connectors/files/upload/request",
        headers={"Authorization": f"Bearer {assay.api_key}", "x-api-version": "2025-09"},
        json={"filename": "a.txt", "mimeType": "text/plain", "md5": hashlib.md5(content).hexdigest()},
        timeout=30,
    )
    return answer.json()["presignedUrl"]


def put(url, content):
    md5 = hashlib.md5(content).hexdigest()
    headers = {"Content-Type": "text/plain", "Content-MD5": md5}
    return requests.put(url, data=content, headers=headers, timeout=30)


def test_does_not_look_at_the_answer(assay):
    put(presign(assay, b"hello")["presignedUrl"], b"hello")


def test_looks_at_the_answer(assay):
    put(presign(assay, b"hello")["presignedUrl"], b"hello").raise_for_status()
