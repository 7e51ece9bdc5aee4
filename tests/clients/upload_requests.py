"""Uploads a file through Alloy's file API with Python's `requests`.

    python3 upload_requests.py FILE            uploads FILE; prints `new` or `existing`, then its s3Key
    python3 upload_requests.py --put URL FILE  uploads FILE to a presigned URL that was asked for elsewhere
    python3 upload_requests.py --list          prints the s3Key and the size of every file
    python3 upload_requests.py --delete S3KEY  deletes a file

ALLOY_BASE_URL and ALLOY_API_KEY must be set; ALLOY_USER_ID, ALLOY_FILENAME and ALLOY_MIME_TYPE may be.
"""

import base64
import hashlib
import os
import sys
from pathlib import Path
from urllib.parse import quote

import requests

MIME_TYPE = os.environ.get("ALLOY_MIME_TYPE") or "application/octet-stream"


def alloy(method, path, body=None):
    headers = {"Authorization": f"Bearer {os.environ['ALLOY_API_KEY']}", "x-api-version": "2025-09"}
    if os.environ.get("ALLOY_USER_ID"):
        headers["x-alloy-userid"] = os.environ["ALLOY_USER_ID"]
    url = os.environ["ALLOY_BASE_URL"] + path
    return accepted(requests.request(method, url, headers=headers, json=body, timeout=60)).json()


def put(url, content, md5):
    # The bytes, not an open file: of an empty one requests would send chunks, which S3 refuses.
    headers = {"Content-Type": MIME_TYPE, "Content-MD5": md5}
    accepted(requests.put(url, data=content, headers=headers, timeout=60))


def accepted(response):
    # The body of a refusal says why: JSON from Alloy, XML from S3.
    if not response.ok:
        sys.exit(f"HTTP {response.status_code}: {response.text}")
    return response


def md5_of(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def upload(file):
    content = Path(file).read_bytes()
    answer = alloy("POST", "/connectors/files/upload/request", {
        "filename": os.environ.get("ALLOY_FILENAME") or Path(file).name,
        "mimeType": MIME_TYPE,
        "md5": md5_of(content),
    })["presignedUrl"]
    if answer["type"] == "new":  # else these bytes are there already, under this key
        put(answer["presignedUrl"], content, answer["md5"])
    print(answer["type"], answer["s3Key"], sep="\n")


def main(arguments):
    match arguments:
        case ["--list"]:
            for file in alloy("GET", "/connectors/files/list")["files"]:
                print(file["s3Key"], file["size"])
        case ["--delete", key]:
            alloy("DELETE", f"/connectors/files/{quote(key, safe='')}")
        case ["--put", url, file]:
            content = Path(file).read_bytes()
            put(url, content, md5_of(content))
        case [file]:
            upload(file)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
