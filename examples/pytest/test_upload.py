"""Tests of `uploader.py`. The fixture `assay` comes with the package: no conftest is needed."""

import pytest

from uploader import upload


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("hello")
    return path


def test_upload(assay, report):
    key = upload(report, assay.base_url, assay.api_key)
    assert [file.s3_key for file in assay.files()] == [key]
    assert assay.content(key) == b"hello"


@pytest.mark.parametrize("fault", ["put:times=2:error=SlowDown", "put:nth=1:lost-response", "put:nth=1:expired"])
def test_survives(assay, report, fault):
    assay.faults.add(fault)
    upload(report, assay.base_url, assay.api_key)
    assert len(assay.files()) == 1


def test_second_upload_after_hours(assay, report):
    first = upload(report, assay.base_url, assay.api_key)
    assay.clock.advance("3h")
    assert upload(report, assay.base_url, assay.api_key) == first
    assert len(assay.exchanges(operation="put")) == 1
