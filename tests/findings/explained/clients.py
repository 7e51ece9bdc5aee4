"""Small upload clients, each with one mistake. `main.rs` runs them under `assay run` and holds what is said.

    python3 clients.py NAME

runs the one of this name with the environment that `assay run` gives.
"""

import base64
import hashlib
import http.client
import json
import os
import socket
import sys
import urllib.parse

BASE = urllib.parse.urlsplit(os.environ["ALLOY_BASE_URL"])
CONTROL = os.environ["ASSAY_URL"]
FILE = b"Quarterly report\nRevenue: 1,250\nCosts: 730\n"


def hex_md5(content):
    return hashlib.md5(content).hexdigest()


def base64_md5(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def send(method, target, headers, body=None):
    """One request on a connection of its own; gives the status and the body of the answer."""
    answer, content = exchange(method, target, headers, body)
    return answer.status, content


def exchange(method, target, headers, body=None):
    """One request on a connection of its own; gives the answer and its body."""
    connection = http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=30)
    connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
    if body is not None and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        headers = {**headers, "Content-Length": str(len(body))}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    if body:
        connection.send(body)
    answer = connection.getresponse()
    return answer, answer.read()


def raw(request):
    """Bytes that no library would send; our half is closed behind them."""
    with socket.create_connection((BASE.hostname, BASE.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def alloy(method, path, body=None, **headers):
    """A call of Alloy's API, with the headers that it needs; gives the status and what the answer says."""
    answer, content = alloy_exchange(method, path, body, **headers)
    return answer.status, json.loads(content or b"null")


def alloy_exchange(method, path, body=None, **headers):
    own = {"Authorization": f"Bearer {os.environ['ALLOY_API_KEY']}", "x-api-version": "2025-09"}
    if body is not None:
        own["Content-Type"] = "application/json"
        body = json.dumps(body).encode()
    own.update({name.replace("_", "-"): value for name, value in headers.items()})
    return exchange(method, path, {name: value for name, value in own.items() if value}, body)


def presign(filename="report.txt", content=FILE, mime_type="text/plain", **headers):
    body = {"filename": filename, "mimeType": mime_type, "md5": hex_md5(content)}
    status, answer = alloy("POST", "/connectors/files/upload/request", body, **headers)
    assert status == 200, answer
    return answer["presignedUrl"]


def presign_until_answered(wait):
    """Asks for a URL again for as long as it is told to come back later. `wait` is given the seconds."""
    body = {"filename": "report.txt", "mimeType": "text/plain", "md5": hex_md5(FILE)}
    while True:
        answer, content = alloy_exchange("POST", "/connectors/files/upload/request", body)
        if answer.status == 200:
            return json.loads(content)["presignedUrl"]
        assert answer.status == 429, content
        wait(int(answer.headers["Retry-After"]))


def target(url):
    """What stands in the request line for a URL."""
    return url.split(BASE.netloc, 1)[1]


def put(url, content=FILE, without=(), method="PUT", **headers):
    """The upload as it should be, but for what is given."""
    own = {"Content-MD5": base64_md5(FILE), "Content-Type": "text/plain"}
    own.update({name.replace("_", "-"): value for name, value in headers.items()})
    own = {name: value for name, value in own.items() if name not in without}
    return send(method, target(url), own, content)


def control(path, body, status):
    """A call of the control side, as a test makes it."""
    address = urllib.parse.urlsplit(CONTROL)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("POST", f"/_assay/{path}", body)
    assert connection.getresponse().status == status


def clock(change):
    """Moves the emulator's clock."""
    control("clock", json.dumps(change), 200)


def fault(rule):
    """Has something go wrong."""
    control("faults", rule, 201)


# --- docs/facts-s3.md#client-mistakes, by number ---


def mistake_01_no_content_md5():
    put(presign()["presignedUrl"], without=["Content-MD5"])


def mistake_02_md5_as_hex():
    put(presign()["presignedUrl"], Content_MD5=hex_md5(FILE))


def mistake_03_base64_of_the_hex_text():
    put(presign()["presignedUrl"], Content_MD5=base64.b64encode(hex_md5(FILE).encode()).decode())


def mistake_04_line_ends_changed():
    put(presign()["presignedUrl"], FILE.replace(b"\n", b"\r\n"))


def mistake_04_line_ends_lost():
    put(presign()["presignedUrl"], FILE.replace(b"\n", b""))


def mistake_04_base64_in_the_body():
    put(presign()["presignedUrl"], base64.b64encode(FILE))


def mistake_04_json_around_the_file():
    put(presign()["presignedUrl"], json.dumps({"file": base64.b64encode(FILE).decode()}).encode())


def mistake_04_stream_read_twice():
    put(presign()["presignedUrl"], b"")


def mistake_05_multipart_form():
    form = (
        b'--boundary\r\nContent-Disposition: form-data; name="file"; filename="report.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n" + FILE + b"\r\n--boundary--\r\n"
    )
    put(presign()["presignedUrl"], form, Content_Type="multipart/form-data; boundary=boundary")


def mistake_06_content_type_with_a_charset():
    put(presign()["presignedUrl"], Content_Type="text/plain; charset=utf-8")


def mistake_07_no_content_type():
    put(presign()["presignedUrl"], without=["Content-Type"])


def mistake_08_post():
    put(presign()["presignedUrl"], method="POST")


def mistake_09_url_opened_in_a_browser():
    send("GET", target(presign()["presignedUrl"]), {})


def mistake_10_url_checked_with_head():
    send("HEAD", target(presign()["presignedUrl"]), {})


def mistake_11_url_decoded():
    put(urllib.parse.unquote(presign()["presignedUrl"]))


def mistake_12_url_encoded_twice():
    put(presign()["presignedUrl"].replace("%", "%25"))


def mistake_13_unquoted_in_a_shell():
    put(presign()["presignedUrl"].split("&")[0])


def mistake_13_escaped_for_html():
    put(presign()["presignedUrl"].replace("&", "&amp;"))


def mistake_14_signature_cut():
    url = presign()["presignedUrl"]
    start, rest = url.split("X-Amz-Signature=")
    put(f"{start}X-Amz-Signature={rest[:60]}{rest[64:]}")


def mistake_15_parameter_dropped():
    put(presign()["presignedUrl"].replace("&x-id=PutObject", ""))


def mistake_15_parameter_added():
    put(presign()["presignedUrl"] + "&v=1763800000")


def mistake_16_path_of_the_filename():
    url = presign("year end+notes.txt")["presignedUrl"]
    put(url.replace("year_end_notes.txt", "year%20end+notes.txt"))


def mistake_18_api_key_to_s3():
    put(presign()["presignedUrl"], Authorization=f"Bearer {os.environ['ALLOY_API_KEY']}")


def mistake_19_acl_header():
    put(presign()["presignedUrl"], x_amz_acl="public-read")


def mistake_20_checksum_header():
    put(presign()["presignedUrl"], x_amz_checksum_sha256=base64.b64encode(hashlib.sha256(FILE).digest()).decode())


def mistake_22_stream_of_unknown_length():
    put(presign()["presignedUrl"], b"%x\r\n%s\r\n0\r\n\r\n" % (len(FILE), FILE), Transfer_Encoding="chunked")


def mistake_23_no_content_length():
    put(presign()["presignedUrl"], None)


def mistake_24_content_length_too_large():
    head = f"PUT {target(presign()['presignedUrl'])} HTTP/1.1\r\nHost: {BASE.netloc}\r\n"
    head += f"Content-MD5: {base64_md5(FILE)}\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
    raw(head.encode() + FILE)


def mistake_24_content_length_too_small():
    put(presign()["presignedUrl"], FILE[:20])


def mistake_25_url_used_after_an_hour():
    url = presign()["presignedUrl"]
    clock({"advance": "61m"})
    put(url)


def mistake_26_clock_a_day_ahead():
    url = presign()["presignedUrl"]
    clock({"set": "2026-01-01T03:04:05Z"})
    put(url)


def mistake_28_host_changed_by_a_proxy():
    put(presign()["presignedUrl"], Host="uploads.internal:8080")


def mistake_29_region_rewritten():
    put(presign()["presignedUrl"].replace("us-east-1", "eu-central-1"))


def mistake_32_origin_not_allowed():
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-md5,content-type"}
    send("OPTIONS", target(presign()["presignedUrl"]), {"Origin": "http://localhost:5173", **asked})


def mistake_33_expired_in_a_page():
    url = presign()["presignedUrl"]
    clock({"advance": "61m"})
    put(url, Origin="http://localhost:5173")


def mistake_34_header_of_an_sdk():
    put(presign()["presignedUrl"], x_amz_user_agent="aws-sdk-js/3.0")


def mistake_35_second_put_to_append():
    url = presign()["presignedUrl"]
    put(url)
    put(url, b"More: 12\n")


# --- the guide's advice ---


def advice_upload_after_existing():
    put(presign()["presignedUrl"])
    clock({"advance": "2s"})  # Within one second, both URLs are the same.
    put(presign()["presignedUrl"])


def advice_url_never_used():
    presign()


def advice_expired_and_renewed():
    url = presign()["presignedUrl"]
    clock({"advance": "61m"})
    put(url)
    put(presign()["presignedUrl"])


def advice_another_content_type():
    put(presign(mime_type="application/pdf")["presignedUrl"], Content_Type="text/plain")


def advice_key_in_a_page():
    alloy("GET", "/connectors/files/list", Origin="http://localhost:5173")


def advice_two_names_one_key():
    other = FILE + b"Total: 520\n"
    put(presign("year end.txt")["presignedUrl"])
    put(presign("year_end.txt", other)["presignedUrl"], other, Content_MD5=base64_md5(other))


def advice_same_failure_again_and_again():
    url = presign()["presignedUrl"]
    head = f"PUT {target(url)} HTTP/1.1\r\nHost: {BASE.netloc}\r\nContent-Type: text/plain\r\n"
    request = f"{head}Content-Length: {len(FILE)}\r\n\r\n".encode() + FILE
    # All at once: the emulator takes one after the other, and a busy machine makes no pause between them.
    raw(request * 6)


def advice_header_of_another_name():
    alloy("GET", "/connectors/files/list", x_user_id=os.environ["ALLOY_USER_ID"])


def advice_no_bearer():
    alloy("GET", "/connectors/files/list", Authorization=os.environ["ALLOY_API_KEY"])


def advice_two_versions():
    alloy("GET", "/2025-09/connectors/files/list", x_api_version="2025-06")


def advice_deleted_key():
    presigned = presign()
    put(presigned["presignedUrl"])
    for _ in range(2):
        alloy("DELETE", f"/connectors/files/{presigned['s3Key']}")


def advice_retry_after_ignored():
    fault("presign:nth=1:error=429,retry_after=30s")
    put(presign_until_answered(wait=lambda seconds: None)["presignedUrl"])


def nothing_wrong_with_a_client_that_waits():
    """A client that comes back once it may has done nothing wrong, though it was sent away twice."""
    fault("presign:times=2:error=429,retry_after=30s")
    put(presign_until_answered(wait=lambda seconds: clock({"advance": f"{seconds}s"}))["presignedUrl"])


def nothing_wrong():
    """The upload as it should be: nothing is found."""
    presigned = presign()
    status, _ = put(presigned["presignedUrl"])
    assert status == 200
    assert alloy("GET", "/connectors/files/list")[1]["files"][0]["s3Key"] == presigned["s3Key"]
    assert presign()["type"] == "existing"
    assert alloy("DELETE", f"/connectors/files/{presigned['s3Key']}")[0] == 200


if __name__ == "__main__":
    # The same day at every run, so that what is said of times is the same.
    clock({"freeze": True})
    clock({"set": "2026-01-02T03:04:05Z"})
    globals()[sys.argv[1]]()
