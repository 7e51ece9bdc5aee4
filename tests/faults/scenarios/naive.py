"""What people write first: ask for the URLs, send the files, look at the status. It works on every good day.

    python3 naive.py FILE...    uploads each FILE; prints its s3Key, a line each

It tries nothing twice, asks for all URLs long before it needs the last one, believes every 200, and has one limit for
an upload as a whole: DEADLINE, in seconds.
"""

import hashlib
import json
import os
import sys
from base64 import b64encode
from concurrent import futures
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

DEADLINE = float(os.environ.get("DEADLINE") or 50)


def send(method, url, headers, body):
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc)
    connection.request(method, f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        sys.exit(f"HTTP {response.status}: {content.decode()}")
    return content


def presign(file):
    headers = {
        "Authorization": f"Bearer {os.environ['ALLOY_API_KEY']}",
        "Content-Type": "application/json",
        "x-api-version": "2025-09",
    }
    md5 = hashlib.md5(file.read_bytes()).hexdigest()
    body = json.dumps({"filename": file.name, "mimeType": "text/plain", "md5": md5})
    url = os.environ["ALLOY_BASE_URL"] + "/connectors/files/upload/request"
    return json.loads(send("POST", url, headers, body))["presignedUrl"]


def put(url, file):
    content = file.read_bytes()
    md5 = b64encode(hashlib.md5(content).digest()).decode()
    headers = {"Content-MD5": md5, "Content-Type": "text/plain"}
    sending = futures.ThreadPoolExecutor(1).submit(send, "PUT", url, headers, content)
    try:
        sending.result(DEADLINE)
    except futures.TimeoutError:
        print(f"timeout of {DEADLINE} s exceeded", file=sys.stderr, flush=True)
        os._exit(1)  # else Python would wait for the thread


files = [Path(file) for file in sys.argv[1:]]
answers = [presign(file) for file in files]
for file, answer in zip(files, answers):
    put(answer["presignedUrl"], file)
    print(answer["s3Key"])
