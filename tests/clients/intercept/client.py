"""Uploads with the library that it is given, to the URL of production. `MD5` replaces the right Content-MD5."""

import asyncio
import http.client
import json
import os
import sys
import urllib.parse
import urllib.request

PRESIGN = "https://production.runalloy.com/connectors/files/upload/request"
MD5 = "XUFAKrxLKna5cZ2REBfFkg=="  # of b"hello"


def with_urllib(method, url, headers, body):
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def with_http_client(method, url, headers, body):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc)
    connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return text


def with_requests(method, url, headers, body):
    import requests

    answer = requests.request(method, url, headers=headers, data=body, timeout=60)
    answer.raise_for_status()
    return answer.content


def with_httpx(method, url, headers, body):
    import httpx

    return httpx.request(method, url, headers=headers, content=body, timeout=60).raise_for_status().content


def with_aiohttp(method, url, headers, body):
    import aiohttp
    import yarl

    async def send():
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            async with session.request(method, yarl.URL(url, encoded=True), headers=headers, data=body) as answer:
                return await answer.read()

    return asyncio.run(send())


def signed_by_boto3(key, md5):
    """A URL for the key that AWS's own library signs, with the emulator's credentials."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
        ),
    )
    return client.generate_presigned_url(
        "put_object", {"Bucket": "alloy-user-files", "Key": key, "ContentMD5": md5}, 3600
    )


library = sys.argv[1]
md5 = os.environ.get("MD5") or MD5
send = {
    "urllib": with_urllib,
    "http.client": with_http_client,
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
    "boto3": with_urllib,
}[library]
headers = {
    "Authorization": "Bearer " + os.environ["ALLOY_API_KEY"],
    "x-api-version": "2025-09",
    "Content-Type": "application/json",
}
request = {"filename": "a.txt", "mimeType": "text/plain", "md5": MD5}
presigned = json.loads(send("POST", PRESIGN, headers, json.dumps(request).encode()))["presignedUrl"]
url = presigned["presignedUrl"]
if library == "boto3":
    url = signed_by_boto3(presigned["s3Key"], md5)
assert url.startswith("https://alloy-user-files.s3.us-east-1.amazonaws.com/"), url
send("PUT", url, {"Content-MD5": md5, "Content-Type": "text/plain"}, b"hello")
