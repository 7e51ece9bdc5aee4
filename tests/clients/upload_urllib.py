"""Uploads a file through Alloy's file API with nothing but Python's standard library.

    python3 upload_urllib.py FILE            uploads FILE; prints `new` or `existing`, then its s3Key
    python3 upload_urllib.py --put URL FILE  uploads FILE to a presigned URL that was asked for elsewhere
    python3 upload_urllib.py --list          prints the s3Key and the size of every file
    python3 upload_urllib.py --delete S3KEY  deletes a file

ALLOY_BASE_URL and ALLOY_API_KEY must be set; ALLOY_USER_ID, ALLOY_FILENAME and ALLOY_MIME_TYPE may be.
"""

import base64
import hashlib
import json
import os
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

MIME_TYPE = os.environ.get("ALLOY_MIME_TYPE") or "application/octet-stream"


def alloy(method, path, body=None):
    headers = {"Authorization": f"Bearer {os.environ['ALLOY_API_KEY']}", "x-api-version": "2025-09"}
    if os.environ.get("ALLOY_USER_ID"):
        headers["x-alloy-userid"] = os.environ["ALLOY_USER_ID"]
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = Request(os.environ["ALLOY_BASE_URL"] + path, data, headers, method=method)
    with urlopen(request) as response:
        return json.load(response)


def put(url, file, md5):
    with open(file, "rb") as content:
        # An open file has no length that urllib knows of; without one it would send chunks, which S3 refuses.
        headers = {
            "Content-Length": str(os.stat(content.fileno()).st_size),
            "Content-Type": MIME_TYPE,
            "Content-MD5": md5,
        }
        urlopen(Request(url, content, headers, method="PUT")).close()


def md5_of(file):
    md5 = hashlib.md5()
    with open(file, "rb") as content:
        while chunk := content.read(1 << 20):
            md5.update(chunk)
    return md5


def upload(file):
    answer = alloy("POST", "/connectors/files/upload/request", {
        "filename": os.environ.get("ALLOY_FILENAME") or Path(file).name,
        "mimeType": MIME_TYPE,
        "md5": md5_of(file).hexdigest(),
    })["presignedUrl"]
    if answer["type"] == "new":  # else these bytes are there already, under this key
        put(answer["presignedUrl"], file, answer["md5"])
    print(answer["type"], answer["s3Key"], sep="\n")


def main(arguments):
    match arguments:
        case ["--list"]:
            for file in alloy("GET", "/connectors/files/list")["files"]:
                print(file["s3Key"], file["size"])
        case ["--delete", key]:
            alloy("DELETE", f"/connectors/files/{quote(key, safe='')}")
        case ["--put", url, file]:
            put(url, file, base64.b64encode(md5_of(file).digest()).decode())
        case [file]:
            upload(file)
        case _:
            sys.exit(__doc__)


try:
    main(sys.argv[1:])
except HTTPError as error:
    # The body of a refusal says why: JSON from Alloy, XML from S3.
    sys.exit(f"HTTP {error.code}: {error.read().decode()}")
