#!/usr/bin/env python3
"""Soaks an emulator: mixed traffic with faults, resets, clock moves, streams and slow readers, for a given time.

Usage: soak.py ASSAY [SECONDS] [SEED]

At each of twelve checkpoints the traffic pauses, everything is reset, and memory, open descriptors and the latency of
a small call are measured (Linux: they are read in /proc). The exit code is 1 if one of them grows, or if the emulator
answers with an undocumented status, hangs, or does not end on SIGTERM. Only the standard library is used.
"""

import base64
import hashlib
import http.client
import json
import os
import random
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

CHECKPOINTS = 12
# How far memory may be above the first checkpoints: pages that the allocator keeps.
MEMORY_SLACK = 20 << 20
# A connection that belongs to the measurement itself, and one that is about to close.
DESCRIPTOR_SLACK = 2
RULES = [
    "put:probability=0.2:error=SlowDown",
    "put:probability=0.1:reset=64KiB",
    "put:probability=0.1:corrupt",
    "put:probability=0.1:expired",
    "put:every=5:throttle=8MiB",
    "presign:probability=0.1:error=429,retry_after=1s",
    "presign:probability=0.1:truncate=20",
    "any:probability=0.05:delay=50ms",
    "any:probability=0.05:close",
    "any:probability=0.05:lost-response",
    "any:probability=0.05:garbage=502",
    "list:probability=0.1:hang=200ms",
]
# Statuses of the emulator itself and of the faults above.
EXPECTED = {200, 201, 204, 400, 403, 404, 405, 409, 412, 429, 500, 502, 503}


@dataclass
class Soak:
    """What the threads of a soak share."""

    port: int
    seed: int
    paused: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    idle: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    problems: list = field(default_factory=list)
    calls: int = 0

    def call(self, method, path, body=None, headers=None, timeout=30):
        """Makes one call on a connection of its own; returns the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.calls += 1
        if answer.status not in EXPECTED:
            self.problems.append(f"{method} {path.split('?')[0]}: status {answer.status}")
        return answer.status, content

    def control(self, method, path, body=None):
        """Makes a call of the control API, which must succeed."""
        status, content = self.call(method, f"/_assay/{path}", None if body is None else json.dumps(body))
        if status >= 300:
            self.problems.append(f"control API: {method} {path}: status {status}: {content[:200]!r}")
        return content


def upload(soak, rng):
    """Uploads a file, and now and then lists and deletes."""
    user = rng.choice(["alice", "bob", "carol"])
    headers = {"Authorization": f"Bearer {user}", "x-api-version": "2025-09"}
    # Some are larger than what is kept in memory.
    size = rng.choice([0, 1, 1000, 64 << 10, 256 << 10, 9 << 20])
    content = rng.randbytes(size)
    digest = hashlib.md5(content).digest()
    request = {"filename": f"file-{rng.randrange(200)}.bin", "mimeType": "text/plain", "md5": digest.hex()}
    status, answer = soak.call(
        "POST",
        "/connectors/files/upload/request",
        json.dumps(request),
        {**headers, "Content-Type": "application/json"},
    )
    if status != 200:
        return
    presigned = json.loads(answer)["presignedUrl"]
    url = urllib.parse.urlsplit(presigned["presignedUrl"])
    soak.call(
        "PUT",
        f"{url.path}?{url.query}",
        content,
        {"Content-MD5": base64.b64encode(digest).decode(), "Content-Type": "text/plain"},
    )
    if rng.random() < 0.2:
        soak.call("GET", "/connectors/files/list", headers=headers)
    if rng.random() < 0.3:
        soak.call("DELETE", f"/connectors/files/{presigned['s3Key']}", headers=headers)


def set_faults(soak, rng):
    """Sets some faults, and later removes all."""
    soak.control("POST", "faults", rng.sample(RULES, 3))
    soak.ended.wait(1)
    soak.control("DELETE", "faults")
    soak.ended.wait(1)


def move_time(soak, rng):
    """Moves the clock, and resets."""
    soak.control("POST", "clock", {"advance": rng.choice(["10s", "61m", "25h"])})
    soak.ended.wait(0.5)
    rng.choice(
        [
            lambda: soak.control("POST", "clock", {"reset": True}),
            lambda: soak.control("POST", "reset"),
            lambda: soak.control("GET", "report.json"),
            lambda: soak.control("GET", "findings"),
        ]
    )()


def read_slowly(soak, rng):
    """Reads the journal, or follows it, slowly; then leaves in the middle."""
    path = rng.choice(["journal", "journal/stream", "journal.har", "report.html"])
    with socket.create_connection(("127.0.0.1", soak.port), timeout=5) as connection:
        connection.sendall(f"GET /_assay/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for _ in range(rng.randrange(20)):
            try:
                if not connection.recv(512):
                    return
            except TimeoutError:
                return
            soak.ended.wait(0.05)


def leave(soak, rng):
    """Connects and leaves: within a head, within a body, within a TLS handshake."""
    with socket.create_connection(("127.0.0.1", soak.port), timeout=5) as connection:
        kind = rng.randrange(4)
        if kind == 0:
            connection.sendall(b"GET /connectors/files/li")
        elif kind == 1:
            connection.sendall(b"PUT /alloy-user-files/k HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc")
        elif kind == 2:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        else:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            with context.wrap_socket(connection, server_hostname="localhost") as tls:
                tls.sendall(b"GET /_assay/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                while tls.recv(4096):
                    pass
    soak.ended.wait(0.02)


def work(soak, task, number):
    """Repeats a task until the end, and stands still while the soak is paused."""
    rng = random.Random(f"{soak.seed}-{task.__name__}-{number}")
    while not soak.ended.is_set():
        if soak.paused.is_set():
            soak.idle.release()
            while soak.paused.is_set() and not soak.ended.is_set():
                soak.ended.wait(0.05)
            continue
        try:
            task(soak, rng)
        except (TimeoutError, socket.timeout) as error:
            soak.problems.append(f"{task.__name__}: no answer: {error}")
        except (OSError, http.client.HTTPException, ValueError):
            # A fault cut the connection or the answer.
            pass


def measure(soak, process):
    """Returns memory in bytes, open descriptors, and the median latency of a small call in seconds."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        memory = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS:"))
    descriptors = len(os.listdir(f"/proc/{process.pid}/fd"))
    latencies = []
    for _ in range(200):
        begun = time.perf_counter()
        soak.call("GET", "/_assay/health")
        latencies.append(time.perf_counter() - begun)
    return memory, descriptors, statistics.median(latencies)


def checkpoint(soak, process, threads):
    """Pauses the traffic, resets everything and measures."""
    soak.paused.set()
    for _ in range(threads):
        if not soak.idle.acquire(timeout=60):
            soak.problems.append("a client did not come to rest within 60 s")
    soak.control("DELETE", "faults")
    soak.control("POST", "reset")
    # What clients left behind is closed by then.
    time.sleep(2)
    figures = measure(soak, process)
    soak.paused.clear()
    return figures


def judge(soak, rows):
    """Compares the last checkpoint with the first three."""
    first, last = rows[:3], rows[-1]
    limits = (
        ("memory", last[0], max(row[0] for row in first) + MEMORY_SLACK),
        ("open descriptors", last[1], max(row[1] for row in first) + DESCRIPTOR_SLACK),
        ("latency", last[2], 2 * max(row[2] for row in first) + 0.001),
    )
    soak.problems += [f"{name} grew: {figure} > {limit}" for name, figure, limit in limits if figure > limit]


def main():
    program, seconds, seed = sys.argv[1], float((sys.argv + ["60"])[2]), int((sys.argv + ["", "1"])[3] or 1)
    process = subprocess.Popen(
        [program, "serve", "--listen", "127.0.0.1:0", "-q", "--seed", str(seed)], stdout=subprocess.PIPE, text=True
    )
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    soak = Soak(port, seed)
    tasks = [upload] * 4 + [set_faults, move_time, read_slowly, read_slowly, leave]
    threads = [threading.Thread(target=work, args=(soak, task, number)) for number, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    rows = []
    try:
        for number in range(CHECKPOINTS):
            time.sleep(seconds / CHECKPOINTS)
            rows.append(checkpoint(soak, process, len(threads)))
            memory, descriptors, latency = rows[-1]
            print(
                f"checkpoint {number + 1:2}: {soak.calls:9,} calls, {memory / (1 << 20):6.1f} MiB, "
                f"{descriptors:3} descriptors, {latency * 1e3:.2f} ms",
                flush=True,
            )
        judge(soak, rows)
    finally:
        soak.ended.set()
        for thread in threads:
            thread.join()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            code = "none within 10 s"
    if code != 0:
        soak.problems.append(f"exit code after SIGTERM: {code}")
    for problem in sorted(set(soak.problems)):
        print(f"problem: {problem} ({soak.problems.count(problem)} times)")
    print(f"seed {seed}: {'no problem' if not soak.problems else 'FAILED'}")
    return 1 if soak.problems else 0


if __name__ == "__main__":
    sys.exit(main())
