"""The fixture ``assay``: an emulator for each worker, a fresh API key for each test.

Findings fail the test that made them, in its call phase. ``@pytest.mark.assay(fail_on="warning",
ignore=["contract-*"])`` changes that for a test, ``assay_fail_on`` and ``assay_ignore`` in the ini file for all.
"""

from __future__ import annotations

import os
import secrets
from typing import Any, Generator, List, Tuple

import pytest

from ._emulator import Emulator, FindingsError, report

_CURRENT: "pytest.StashKey[Emulator]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("assay_fail_on", "findings that fail a test: error, warning, note or never", default="error")
    parser.addini("assay_ignore", "rules whose findings fail no test (globs)", type="args", default=[])
    parser.addini("assay_options", "options of `assay serve`", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "assay(fail_on='error', ignore=()): which findings of alloy-assay fail the test",
    )


@pytest.fixture(scope="session")
def _assay_emulator(request: pytest.FixtureRequest) -> Generator[Emulator, None, None]:
    # Each worker of pytest-xdist has a session of its own, and so an emulator of its own: the clock and the faults
    # belong to a whole emulator.
    running = os.environ.get("ASSAY_URL")
    with Emulator(*request.config.getini("assay_options"), url=running or None) as emulator:
        yield emulator


@pytest.fixture
def assay(request: pytest.FixtureRequest, _assay_emulator: Emulator) -> Generator[Emulator, None, None]:
    """An emulator without files, faults and findings, with an API key of this test's own."""
    emulator = _assay_emulator
    emulator.use_key(f"assay-{secrets.token_hex(8)}")
    if emulator.owned:
        emulator.reset()
    emulator.label(request.node.nodeid)
    request.node.stash[_CURRENT] = emulator
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
        fail_on, ignore = _rules(item)
        wrong = emulator.wrong(fail_on, ignore)
        if wrong:
            pytest.fail(str(FindingsError(wrong)), pytrace=False)
    return result


def _show(item: pytest.Item, emulator: Emulator) -> None:
    """Adds the findings to the report of a test that failed for another reason, or because of them."""
    try:
        findings = emulator.findings()
    except Exception:  # The test's own failure is what counts.
        return
    if findings:
        item.add_report_section("call", "alloy-assay", report(findings))


def _rules(item: pytest.Item) -> Tuple[str, List[str]]:
    fail_on: str = item.config.getini("assay_fail_on")
    ignore: List[str] = list(item.config.getini("assay_ignore"))
    for mark in reversed(list(item.iter_markers("assay"))):
        unknown = set(mark.kwargs) - {"fail_on", "ignore"}
        if unknown or mark.args:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.assay takes fail_on and ignore")
        fail_on = mark.kwargs.get("fail_on", fail_on)
        ignore = [*ignore, *mark.kwargs.get("ignore", ())]
    return fail_on, ignore
