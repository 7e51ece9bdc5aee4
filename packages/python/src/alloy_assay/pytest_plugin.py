"""The fixture ``assay``: an emulator for each worker, a fresh API key for each test.

Findings fail the test that made them, in its call phase. ``@pytest.mark.assay(fail_on="warning",
ignore=["contract-*"], expect=["s3-url-expired"], intercept=True)`` changes a test's settings; ``assay_fail_on``, ``assay_ignore`` and
``assay_intercept`` in the ini file those of all tests.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from typing import Any, Callable, Dict, Generator, List

import pytest

from ._emulator import Emulator, FindingsError, report

_CURRENT: "pytest.StashKey[Emulator]" = pytest.StashKey()


@dataclass
class _Settings:
    """What the ini file and the marks say of a test."""

    fail_on: str
    ignore: List[str]
    expect: List[str]
    intercept: bool


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("assay_fail_on", "findings that fail a test: error, warning, note or never", default="error")
    parser.addini("assay_ignore", "rules whose findings fail no test (globs)", type="args", default=[])
    parser.addini("assay_intercept", "lead connections to production's hosts to the emulator", type="bool", default=False)
    parser.addini("assay_options", "options of `assay serve`", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "assay(fail_on='error', ignore=(), expect=(), intercept=False): which findings of alloy-assay fail the test, "
        "which are meant, and whether connections to production's hosts reach the emulator",
    )


@pytest.fixture(scope="session")
def _assay_emulators(request: pytest.FixtureRequest) -> Generator[Callable[[bool], Emulator], None, None]:
    # Each worker of pytest-xdist has a session of its own, and so an emulator of its own: the clock and the faults
    # belong to a whole emulator. One that intercepts is another one.
    running = os.environ.get("ASSAY_URL") or None
    options = request.config.getini("assay_options")
    emulators: Dict[bool, Emulator] = {}
    with contextlib.ExitStack() as stack:

        def emulator(intercept: bool) -> Emulator:
            if intercept not in emulators:
                emulators[intercept] = stack.enter_context(Emulator(*options, url=running, intercept=intercept))
            return emulators[intercept]

        yield emulator


@pytest.fixture
def assay(
    request: pytest.FixtureRequest, _assay_emulators: Callable[[bool], Emulator]
) -> Generator[Emulator, None, None]:
    """An emulator without files, faults and findings, with an API key of this test's own."""
    settings = _settings(request.node)
    emulator = _assay_emulators(settings.intercept)
    emulator.use_key(f"assay-{secrets.token_hex(8)}")
    if emulator.owned:
        emulator.reset()
    emulator.label(request.node.nodeid)
    for rule in settings.expect:
        emulator.expect(rule)
    request.node.stash[_CURRENT] = emulator
    with emulator.interception or contextlib.nullcontext():
        yield emulator
    if not emulator.owned:
        emulator.faults.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    try:
        result = yield
    except BaseException:
        emulator = item.stash.get(_CURRENT, None)
        if emulator is not None:
            _show(item, emulator)
        raise
    emulator = item.stash.get(_CURRENT, None)
    if emulator is not None:
        settings = _settings(item)
        try:
            emulator.assert_clean(settings.fail_on, settings.ignore)
        except FindingsError as error:
            pytest.fail(str(error), pytrace=False)
    return result


def _show(item: pytest.Item, emulator: Emulator) -> None:
    """Adds the findings to the report of a test that failed for another reason, or because of them."""
    try:
        findings = emulator.findings()
    except Exception:  # The test's own failure is what counts.
        return
    findings = [finding for finding in findings if not finding.expected]
    if findings:
        item.add_report_section("call", "alloy-assay", report(findings))


def _settings(item: pytest.Item) -> _Settings:
    ini = item.config.getini
    settings = _Settings(ini("assay_fail_on"), list(ini("assay_ignore")), [], ini("assay_intercept"))
    # The closest mark comes last, and goes first.
    for mark in reversed(list(item.iter_markers("assay"))):
        unknown = set(mark.kwargs) - {"fail_on", "ignore", "expect", "intercept"}
        if unknown or mark.args:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.assay takes fail_on, ignore, expect and intercept")
        settings.fail_on = mark.kwargs.get("fail_on", settings.fail_on)
        settings.ignore.extend(mark.kwargs.get("ignore", ()))
        settings.expect.extend(mark.kwargs.get("expect", ()))
        settings.intercept = mark.kwargs.get("intercept", settings.intercept)
    return settings
