"""A client of Alloy's file API: what is tested here."""

import base64
import hashlib
import time
from pathlib import Path

import requests

ATTEMPTS = 5


def upload(path, base_url, api_key, mime_type="application/octet-stream", pause=0.2):
    """Uploads a file; returns its s3Key."""
    content = Path(path).read_bytes()
    md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(pause * 2**attempt)
        try:
            # A new URL for each attempt: the last one may have expired, or the file may be there already.
            presigned = _presign(base_url, api_key, Path(path).name, mime_type, md5)
            if presigned["type"] == "existing":
                return presigned["s3Key"]
            headers = {"Content-Type": mime_type, "Content-MD5": presigned["md5"]}
            answer = requests.put(presigned["presignedUrl"], data=content, headers=headers, timeout=30)
            if answer.ok:
                return presigned["s3Key"]
            if answer.status_code < 500 and "Request has expired" not in answer.text:
                answer.raise_for_status()
        except (requests.ConnectionError, requests.Timeout):
            pass  # The answer was lost: the next presign says whether the file arrived.
    raise RuntimeError(f"{path} was not uploaded in {ATTEMPTS} attempts")


def _presign(base_url, api_key, filename, mime_type, md5):
    answer = requests.post(
        f"{base_url}/connectors/files/upload/request",
        headers={"Authorization": f"Bearer {api_key}", "x-api-version": "2025-09"},
        json={"filename": filename, "mimeType": mime_type, "md5": md5},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["presignedUrl"]
