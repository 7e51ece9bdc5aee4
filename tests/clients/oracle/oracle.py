"""What botocore, the code beneath boto3 and the AWS CLI, says about signatures.

    python3 oracle.py CASES

reads a JSON object a line from the file CASES, and prints one a line in the same order:

    {"presign": "put_object", "endpoint": URL or null, "style": "path" or "virtual", "params": {...}}
        -> {"url": ...}, the presigned URL that botocore makes for that operation
    {"sign": "PUT", "url": ..., "headers": {...}}
        -> {"signature": ...}, what X-Amz-Signature must be in that URL for a request with these headers

The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the region from AWS_DEFAULT_REGION.
"""

import functools
import json
import sys
from urllib.parse import parse_qs, urlsplit, urlunsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.session import Session

SESSION = Session()


@functools.cache
def client(endpoint, style):
    s3 = {"addressing_style": style, "us_east_1_regional_endpoint": "regional"}
    config = Config(signature_version="s3v4", s3=s3)
    return SESSION.create_client("s3", endpoint_url=endpoint, config=config)


def presign(operation, endpoint, style, params):
    return client(endpoint, style).generate_presigned_url(operation, Params=params, ExpiresIn=3600)


def sign(method, url, headers):
    # The URL without its signature is what was signed; the day and the scope are the URL's own.
    parts = urlsplit(url)
    query = [pair for pair in parts.query.split("&") if not pair.startswith("X-Amz-Signature=")]
    given = parse_qs(parts.query)
    access_key, _, region, service, _ = given["X-Amz-Credential"][0].split("/")
    credentials = SESSION.get_credentials()
    if access_key != credentials.access_key:
        sys.exit(f"signed with another access key: {url}")
    request = AWSRequest(method=method, url=urlunsplit(parts._replace(query="&".join(query))), headers=headers)
    request.context["timestamp"] = given["X-Amz-Date"][0]
    auth = S3SigV4QueryAuth(credentials, service, region)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


def answer(case):
    if "presign" in case:
        return {"url": presign(case["presign"], case["endpoint"], case["style"], case["params"])}
    return {"signature": sign(case["sign"], case["url"], case["headers"])}


with open(sys.argv[1], encoding="utf-8") as cases:
    for case in cases:
        print(json.dumps(answer(json.loads(case))))
