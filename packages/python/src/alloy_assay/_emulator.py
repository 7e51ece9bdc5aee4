"""The emulator as a process, and its control API as Python."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import secrets
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib import metadata
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from ._binary import find_binary
from ._intercept import Interception

Duration = Union[str, timedelta]
Rule = Union[str, Mapping[str, Any]]

#: How bad a finding is, worst first.
SEVERITIES = ("error", "warning", "note")


#: The longest label, in bytes.
MAX_LABEL = 500


class AssayError(Exception):
    """The emulator did not start, or refused a call of the control API."""


class FindingsError(AssertionError):
    """The traffic has findings that were not expected, or lacks some that were."""

    def __init__(self, findings: Sequence[Finding], missing: Sequence[str] = ()) -> None:
        self.findings = list(findings)
        #: What was expected and did not come, a sentence each.
        self.missing = list(missing)
        parts = [report(findings)] if findings else []
        super().__init__("\n\n".join([*parts, *missing]))


@dataclass(frozen=True)
class Finding:
    """Something that a client did wrong."""

    id: int
    rule: str
    severity: str
    exchange: int
    operation: str
    message: str
    hint: str
    pointer: str
    spec: Optional[str]
    source: str
    #: Whether the test said that it is meant, with :meth:`Emulator.expect`.
    expected: bool = False

    def __str__(self) -> str:
        lines = [f"{self.severity}[{self.rule}] {self.operation}, exchange {self.exchange}"]
        lines.append(f"  actual: {self.message}")
        lines.append(f"  fix:    {self.hint}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Message:
    """One half of an exchange. Keys and signatures are masked; a file's content is never kept."""

    headers: List[Any]
    bytes: int
    body: Optional[str]


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    id: int
    at: datetime
    operation: str
    user_id: Optional[str]
    method: str
    path: str
    status: Optional[int]
    duration_us: int
    fault: Optional[str]
    request: Message
    response: Message
    findings: List[int]
    #: The test of the user, if it has a label.
    label: Optional[str] = None
    #: Scheme, host and port that the client called, where it said so.
    origin: Optional[str] = None


@dataclass(frozen=True)
class File:
    """A stored file."""

    s3_key: str
    user_id: Optional[str]
    filename: str
    size: int
    md5: str
    content_type: Optional[str]
    last_modified: datetime


def report(findings: Iterable[Finding]) -> str:
    """Returns the findings as text for people."""
    listed = list(findings)
    count = "1 finding" if len(listed) == 1 else f"{len(listed)} findings"
    return "\n\n".join([f"{count} of alloy-assay:"] + [str(finding) for finding in listed])


class Emulator:
    """An emulator of Alloy's file API and of the S3 behind it.

    Starts ``assay serve`` on a free port. It ends with the ``with`` block, with :meth:`stop`, or with this process,
    however that ends.

    ``options`` are options of ``assay serve``. ``url`` attaches to a running emulator instead of starting one: then
    findings, exchanges and files are those of this object's own API key.

    ``intercept`` leads connections to production's hosts to the emulator, over TLS: those of this process and of the
    processes that it starts, until :meth:`stop`.
    """

    def __init__(
        self,
        *options: str,
        api_key: Optional[str] = None,
        url: Optional[str] = None,
        timeout: float = 10.0,
        intercept: bool = False,
    ) -> None:
        self._timeout = timeout
        self._process: Optional[subprocess.Popen[bytes]] = None
        # The emulator is on this machine, whatever proxy its user has.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._owned_faults: List[str] = []
        #: Whether this object started the emulator.
        self.owned = url is None
        #: What leads this process to the emulator.
        self.interception: Optional[Interception] = None
        if url is None:
            folder = os.path.join(tempfile.gettempdir(), f"assay-intercept-{secrets.token_hex(8)}")
            extra = ("--intercept-dir", folder, "--allow-host", "*") if intercept else ()
            self.base_url = self._start([*options, *extra])
            if intercept:
                self.interception = Interception(folder)
        else:
            self.base_url = url.rstrip("/")
            if intercept and not _is_intercepted(url):
                raise AssayError(
                    "`intercept` needs an emulator that is started here; under `assay run`, use `assay run --intercept`"
                )
        self.clock = Clock(self)
        self.faults = Faults(self)
        self.use_key(api_key or f"assay-{secrets.token_hex(8)}")
        try:
            self._check_version()
            if self.interception:
                self.interception.on()
        except BaseException:
            self.stop()
            raise

    # -- the process

    def _start(self, options: Sequence[str]) -> str:
        command = [find_binary(), "serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", *options]
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=_environment()
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode("utf-8", "replace")
        prefix = "assay listening on "
        if not line.startswith(prefix):
            self._process.wait()
            raise AssayError(f"assay did not start: {self.log().strip() or line.strip() or 'no output'}")
        return line[len(prefix) :].strip()

    def log(self) -> str:
        """Returns what the emulator has logged so far; empty where this object did not start it."""
        if self._process is None:
            return ""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def stop(self) -> None:
        """Ends the emulator, if this object started it."""
        if self.interception:
            self.interception.off()
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        self._log.close()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _check_version(self) -> None:
        try:
            ours = metadata.version("alloy-assay")
        except metadata.PackageNotFoundError:
            return
        theirs = self._call("GET", "health")["version"]
        if theirs != ours:
            raise AssayError(
                f"the emulator has version {theirs}, this package {ours}: install matching versions of `assay`"
            )

    # -- who calls

    def use_key(self, api_key: str) -> None:
        """Takes another API key, and with it another user, from here on."""
        #: The API key that the client under test is to use.
        self.api_key = api_key
        #: The id of the key's own user.
        self.user_id = hashlib.sha256(api_key.encode()).hexdigest()[:24]
        self._label: Optional[str] = None
        self._expects = False

    @property
    def env(self) -> Dict[str, str]:
        """The environment that tells a client where to go, as ``assay run`` gives it to its command."""
        base_url = os.environ["ALLOY_BASE_URL"] if _is_intercepted(self.base_url) else self.base_url
        return {
            "ALLOY_BASE_URL": base_url,
            **(self.interception.env if self.interception else {}),
            "ALLOY_API_KEY": self.api_key,
            "ALLOY_USER_ID": self.user_id,
            "ASSAY_URL": self.base_url,
        }

    # -- what came

    def findings(self, severity: Optional[str] = None) -> List[Finding]:
        """Returns what clients did wrong so far, oldest first."""
        query = self._scope(severity=severity)
        return [Finding(**_known(Finding, item)) for item in self._call("GET", "findings", query)["findings"]]

    def exchanges(
        self,
        operation: Optional[str] = None,
        count: Optional[int] = None,
        wait: Optional[Duration] = None,
    ) -> List[Exchange]:
        """Returns the recorded exchanges, oldest first.

        With ``count`` and ``wait`` it returns once there are that many, or when the time (real time) is over.
        """
        query = self._scope(operation=operation, count=count, wait=wait and _duration(wait))
        return [_exchange(item) for item in self._call("GET", "journal", query)["exchanges"]]

    def files(self) -> List[File]:
        """Returns what is stored."""
        return [_file(item) for item in self._call("GET", "objects", self._scope())["objects"]]

    def content(self, file: Union[File, str]) -> bytes:
        """Returns the bytes of a stored file, given by itself or by its key."""
        key = file if isinstance(file, str) else file.s3_key
        return self._send("GET", f"objects/{urllib.parse.quote(key, safe='')}")

    def assert_clean(self, fail_on: str = "error", ignore: Sequence[str] = ()) -> None:
        """Raises :class:`FindingsError` where findings are at least as bad as ``fail_on``, or expected ones are missing.

        ``ignore`` has globs over rule ids, such as ``contract-*``.
        """
        wrong = self.wrong(fail_on, ignore)
        missing = [] if fail_on == "never" else self._missing()
        if wrong or missing:
            raise FindingsError(wrong, missing)

    def expect(self, rule: str, times: Optional[int] = None) -> None:
        """Says that findings of a rule are meant: they fail nothing, but that none comes does.

        ``rule`` may be a glob, such as ``s3-*``. With ``times`` exactly so many are meant.
        """
        body: Dict[str, Any] = {"rule": rule, "user": self.user_id}
        if times is not None:
            body["times"] = times
        self._call("POST", "expect", body=body)
        self._expects = True

    def _missing(self) -> List[str]:
        """What was expected and did not come, or not often enough."""
        if not self._expects:
            return []
        expectations = self._call("GET", "expect", {"user": self.user_id})["expectations"]
        return [
            f"expected finding missing: `{one['rule']}` was expected {one['times'] or 1} time(s), came {one['came']}"
            for one in expectations
            if one["came"] < (one["times"] or 1)
        ]

    def wrong(self, fail_on: str = "error", ignore: Sequence[str] = ()) -> List[Finding]:
        """Returns the findings that count for :meth:`assert_clean`."""
        if fail_on == "never":
            return []
        if fail_on not in SEVERITIES:
            raise ValueError(f"unknown severity `{fail_on}`: use error, warning, note or never")
        counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return [
            finding
            for finding in self.findings()
            if finding.severity in counted
            and not finding.expected
            and not any(fnmatch.fnmatchcase(finding.rule, pattern) for pattern in ignore)
        ]

    def label(self, label: str) -> None:
        """Names the test that this key's traffic belongs to, in the log, the journal and the reports."""
        self._label = label
        shown = label.encode()[:MAX_LABEL].decode(errors="ignore")
        self._call("POST", "labels", body={"user": self.user_id, "label": shown})

    def reset(self) -> None:
        """Forgets files, exchanges, findings, expectations, faults and clock moves.

        Where this object is attached to an emulator of somebody else, it forgets this key's files, exchanges and
        findings and the faults that were set here.
        """
        if self.owned:
            self._call("POST", "reset")
            self._owned_faults.clear()
            if self._label is not None:
                self.label(self._label)
        else:
            self._call("POST", "reset", {"user": self.user_id})
            self.faults.clear()

    # -- the control API

    def _scope(self, **query: Any) -> Dict[str, str]:
        if not self.owned:
            query["user"] = self.user_id
        return {name: str(value) for name, value in query.items() if value is not None}

    def _call(self, method: str, path: str, query: Optional[Mapping[str, str]] = None, body: Any = None) -> Any:
        answer = self._send(method, path, query, body)
        return json.loads(answer) if answer else None

    def _send(
        self, method: str, path: str, query: Optional[Mapping[str, str]] = None, body: Any = None
    ) -> bytes:
        url = f"{self.base_url}/_assay/{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return answer.read()  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            try:
                text = json.loads(text)["message"]
            except (ValueError, KeyError, TypeError):
                pass
            raise AssayError(f"{method} /_assay/{path}: {error.code}: {text}") from None
        except OSError as error:
            raise AssayError(f"no emulator answers at {self.base_url}: {error}") from None


class Clock:
    """The clock of the emulator. It belongs to all of it: tests side by side need an emulator each."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def now(self) -> datetime:
        """Returns the time."""
        return _time(self._emulator._call("GET", "clock")["now"])

    def advance(self, duration: Duration) -> datetime:
        """Moves the clock forward, by ``"61m"`` or a timedelta; returns the time."""
        return self._post({"advance": _duration(duration)})

    def set(self, time: Union[str, datetime]) -> datetime:
        """Sets the clock; returns the time."""
        if isinstance(time, datetime):
            if time.tzinfo is None:
                raise ValueError("a time zone is missing: use datetime(..., tzinfo=timezone.utc)")
            time = time.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
        return self._post({"set": time})

    def freeze(self) -> datetime:
        """Stops the clock; returns the time."""
        return self._post({"freeze": True})

    def unfreeze(self) -> datetime:
        """Lets the clock go on; returns the time."""
        return self._post({"freeze": False})

    def reset(self) -> datetime:
        """Goes back to real time; returns it."""
        return self._post({"reset": True})

    def _post(self, body: Mapping[str, Any]) -> datetime:
        return _time(self._emulator._call("POST", "clock", body=body)["now"])


class Faults:
    """The faults of the emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def add(self, rule: Rule) -> str:
        """Adds a fault, such as ``"put:nth=1:error=SlowDown"``; returns its id."""
        return self._add(rule)[0]

    def scenario(self, name: str) -> List[str]:
        """Adds the faults of a scenario (``assay faults`` lists them); returns their ids."""
        return self._add({"scenario": name})

    def list(self) -> List[Dict[str, Any]]:
        """Returns the rules that are set, each with ``id`` and ``hits``."""
        return self._emulator._call("GET", "faults")["faults"]  # type: ignore[no-any-return]

    def remove(self, fault_id: str) -> None:
        """Removes one fault."""
        self._emulator._call("DELETE", f"faults/{urllib.parse.quote(fault_id, safe='')}")

    def clear(self) -> None:
        """Removes all faults, or those that were set here where the emulator is somebody else's."""
        if self._emulator.owned:
            self._emulator._call("DELETE", "faults")
        else:
            there = {rule["id"] for rule in self.list()}
            for fault_id in self._emulator._owned_faults:
                if fault_id in there:
                    self.remove(fault_id)
        self._emulator._owned_faults.clear()

    def _add(self, rule: Any) -> List[str]:
        answer = self._emulator._call("POST", "faults", body=rule)
        rules = answer.get("faults", [answer])
        ids = [str(rule["id"]) for rule in rules]
        self._emulator._owned_faults.extend(ids)
        return ids


def _environment() -> Dict[str, str]:
    """The environment without settings for another emulator."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}


def _is_intercepted(url: str) -> bool:
    """Whether this process runs under the `assay run --intercept` of this emulator."""
    return os.environ.get("ASSAY_URL") == url and os.environ.get("ALLOY_BASE_URL", "").startswith("https://")


def _duration(duration: Duration) -> str:
    if isinstance(duration, str):
        return duration
    return f"{round(duration.total_seconds() * 1000)}ms"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _known(kind: Any, item: Mapping[str, Any]) -> Dict[str, Any]:
    """The fields that this version knows, as far as they are there."""
    return {name: item[name] for name in kind.__dataclass_fields__ if name in item}


def _exchange(item: Mapping[str, Any]) -> Exchange:
    fields = _known(Exchange, item)
    fields["at"] = _time(fields["at"])
    fields["request"] = Message(**_known(Message, fields["request"]))
    fields["response"] = Message(**_known(Message, fields["response"]))
    return Exchange(**fields)


def _file(item: Mapping[str, Any]) -> File:
    return File(
        s3_key=item["s3Key"],
        user_id=item["userId"],
        filename=item["filename"],
        size=item["size"],
        md5=item["md5"],
        content_type=item["contentType"],
        last_modified=_time(item["lastModified"]),
    )
