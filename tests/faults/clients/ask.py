"""Sends one request again and again with Python's requests, and prints what it comes to: a JSON object a line, with
the answer's `status`, `etag`, `fault` and `length`, or the `error` that came instead, and how much was `sent`.

    python3 ask.py TIMES SECONDS METHOD URL FILE [NAME:VALUE]...

After SECONDS of silence it is given up. FILE is the body, `-` for none. What answers a POST is read as JSON.
"""

import json
import sys

import requests


def ask(seconds, method, url, file, headers):
    told = {}
    body = None if file == "-" else open(file, "rb")
    try:
        response = requests.request(method, url, data=body, headers=headers, timeout=seconds)
        told["status"] = response.status_code
        told["etag"] = response.headers.get("etag")
        told["fault"] = response.headers.get("x-assay-fault")
        told["length"] = len(response.content)
        if method == "POST":
            response.json()
    except requests.RequestException as error:
        told["error"] = f"{type(error).__name__} {innermost(error)}".strip()
    if body:
        told["sent"] = body.tell()
        body.close()
    return told


def innermost(error):
    """What requests wraps, mostly in an error of urllib3's that wraps another."""
    inner = error
    while inner.args and isinstance(inner.args[-1], Exception):
        inner = inner.args[-1]
    # urllib3's words for a time-out add nothing to those of requests.
    return "" if inner is error or isinstance(error, requests.Timeout) else type(inner).__name__


def main(times, seconds, method, url, file, *lines):
    headers = dict(line.split(":", 1) for line in lines)
    for _ in range(int(times)):
        print(json.dumps(ask(float(seconds), method, url, file, headers)))


main(*sys.argv[1:])
