"""Uploads a file again and again to a URL that refuses it, and prints what it reads: a JSON object a line, the
answer's `status` and `body`, or the `error` that came instead.

    python3 refused.py LIBRARY FRAMING TIMES URL MD5 FILE

LIBRARY is `urllib`, `http.client` or `requests`; FRAMING is `length` (the length is announced) or `chunked`
(a stream, whose length nobody knows).
"""

import http.client
import json
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


def with_urllib(url, body, headers):
    try:
        response = urlopen(Request(url, body, headers, method="PUT"))
    except HTTPError as error:
        response = error
    with response:
        return response.status, response.read().decode()


def with_http_client(url, body, headers):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("PUT", f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def with_requests(url, body, headers):
    import requests

    response = requests.put(url, data=body, headers=headers)
    return response.status_code, response.text


LIBRARIES = {"urllib": with_urllib, "http.client": with_http_client, "requests": with_requests}


def pieces(file):
    with open(file, "rb") as content:
        while piece := content.read(1 << 16):
            yield piece


def main(library, framing, times, url, md5, file):
    content = Path(file).read_bytes() if framing == "length" else None
    for _ in range(int(times)):
        try:
            headers = {"Content-MD5": md5}
            status, body = LIBRARIES[library](url, content or pieces(file), headers)
            told = {"status": status, "body": body}
        except (OSError, http.client.HTTPException) as error:
            told = {"error": repr(error)}
        print(json.dumps(told))


main(*sys.argv[1:])
