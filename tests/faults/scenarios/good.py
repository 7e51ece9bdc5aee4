"""Uploads files through Alloy's file API, and is not put off by what goes wrong on the way.

    python3 good.py FILE...    uploads each FILE; prints its s3Key, a line each

Exits with 0 only if all files are stored. Where it gives up it says why on stderr and stops; to start it again is
cheap, since what is stored already is not sent twice.

ALLOY_BASE_URL and ALLOY_API_KEY must be set; ALLOY_USER_ID may be, and ALLOY_TIMEOUT: how many seconds of silence
are too many. Needs Python 3.10 or newer, and nothing but its standard library.
"""

import base64
import hashlib
import json
import mimetypes
import os
import re
import sys
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from time import sleep
from urllib.error import HTTPError
from urllib.request import Request, urlopen

# How often a file is tried before it is given up.
ATTEMPTS = 6

# How long to wait after the first failure, and at the most, in seconds. Each pause is twice the one before, so that
# a server that is short of breath gets some.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 60

# How long nothing may move, in seconds. There is no limit for an upload as a whole: a large file on a slow line takes
# as long as it takes.
TIMEOUT = float(os.environ.get("ALLOY_TIMEOUT") or 30)

# Refusals by S3 that are about this URL or these bytes, so that a new URL, or reading the file again, can help. Once:
# what is refused for the same reason again stays refused.
CURABLE = {"InvalidAccessKeyId", "ExpiredToken", "BadDigest"}


class Failed(Exception):
    """What no further attempt would change."""


class TryAgain(Exception):
    """What may be over the next time, which is not to come before so many seconds."""

    def __init__(self, why, wait=0, code=None):
        super().__init__(why)
        self.wait = wait
        self.code = code


def send(what, request):
    """Sends a request; gives the answer's headers and content if it is a 200."""
    try:
        try:
            # The time-out begins anew with each block that moves.
            response = urlopen(request, timeout=TIMEOUT)
        except HTTPError as error:
            response = error  # an answer like any other
        with response:
            status, headers, content = response.status, response.headers, response.read()
    except (OSError, HTTPException) as error:
        # Reset, closed, cut short, silent: nobody knows whether the request took effect.
        raise TryAgain(f"{what}: {error!r}") from error
    if status != 200:
        refuse(what, status, headers, content.decode(errors="replace"))
    return headers, content


def refuse(what, status, headers, text):
    """Raises for an answer that is no success."""
    why = f"{what}: HTTP {status}: {text}"
    code = re.search("<Code>(.*?)</Code>", text)  # S3's; Alloy's side and proxies have none
    code = code and code[1]
    if status == 429 or status >= 500 or code == "RequestTimeout":
        raise TryAgain(why, wait_of(headers))
    if status == 403 and "Request has expired" in text:
        raise TryAgain(why)
    if code in CURABLE:
        raise TryAgain(why, code=code)
    raise Failed(why)


def wait_of(headers):
    """How many seconds an answer asks to wait."""
    value = headers.get("Retry-After") or ""
    if value.isdecimal():
        return int(value)
    try:
        # A date, which is one of the server's clock.
        return (parsedate_to_datetime(value) - parsedate_to_datetime(headers["Date"])).total_seconds()
    except (TypeError, ValueError):
        return 0


def presign(file, md5):
    """Asks Alloy where to send a file. Answers `existing` where these bytes are there already."""
    headers = {
        "Authorization": f"Bearer {os.environ['ALLOY_API_KEY']}",
        "Content-Type": "application/json",
        "x-api-version": "2025-09",
    }
    if os.environ.get("ALLOY_USER_ID"):
        headers["x-alloy-userid"] = os.environ["ALLOY_USER_ID"]
    body = {"filename": file.name, "mimeType": mime_type(file), "md5": md5.hex()}
    url = os.environ["ALLOY_BASE_URL"] + "/connectors/files/upload/request"
    request = Request(url, json.dumps(body).encode(), headers, method="POST")
    _, content = send(f"presign of {file}", request)
    try:
        answer = json.loads(content)["presignedUrl"]
        return answer["type"], answer["s3Key"], answer["presignedUrl"]
    except (KeyError, TypeError, ValueError) as error:
        raise TryAgain(f"presign of {file}: an answer that is none of Alloy's: {content!r}") from error


def put(file, md5, url):
    """Sends a file's bytes to S3. The API key is not for S3: the URL is all that it needs."""
    with open(file, "rb") as content:
        headers = {
            # An open file has no length that urllib knows of; without one it would send chunks, which S3 refuses.
            "Content-Length": str(os.stat(content.fileno()).st_size),
            "Content-MD5": base64.b64encode(md5).decode(),
            "Content-Type": mime_type(file),
        }
        headers, _ = send(f"upload of {file}", Request(url, content, headers, method="PUT"))
    # The ETag is the MD5 of what is stored, unless it is encrypted with a key of KMS.
    is_md5 = not headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    if is_md5 and headers.get("ETag", "").strip('"') != md5.hex():
        raise TryAgain(f"upload of {file}: S3 has stored other bytes, by its ETag {headers.get('ETag')}")


def mime_type(file):
    return mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def md5_of(file):
    md5 = hashlib.md5()
    with open(file, "rb") as content:
        while chunk := content.read(1 << 20):
            md5.update(chunk)
    return md5.digest()


def attempt(file):
    """Everything from the start: the file may have changed, the URL may be over, and an upload of which nothing was
    heard may have arrived, in which case the presign says `existing`."""
    md5 = md5_of(file)
    kind, key, url = presign(file, md5)
    if kind != "existing":
        put(file, md5, url)
    return key


def upload(file):
    """Uploads a file, in as many attempts as it takes; gives its s3Key."""
    pause, cured = FIRST_PAUSE, set()
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt(file)
        except TryAgain as failure:
            if failure.code in cured:
                raise Failed(f"{failure} (for the second time)") from failure
            if number == ATTEMPTS:
                raise Failed(f"{failure} (given up after {ATTEMPTS} attempts)") from failure
            if failure.wait > LONGEST_PAUSE:
                raise Failed(f"{failure} (to wait {failure.wait} s is too long)") from failure
            if failure.code:
                cured.add(failure.code)
            pause = max(pause, failure.wait)
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def main(files):
    if not files:
        sys.exit(__doc__)
    for file in files:
        try:
            print(upload(Path(file)), flush=True)
        except (Failed, OSError) as error:
            sys.exit(f"{error}")


if __name__ == "__main__":
    main(sys.argv[1:])
