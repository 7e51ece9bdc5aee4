"""The same client with production's URL in it: its connections reach the emulator, over HTTPS."""

import pytest

from uploader import upload


@pytest.mark.assay(intercept=True)
def test_upload(assay, tmp_path):
    path = tmp_path / "report.txt"
    path.write_text("hello")
    key = upload(path, "https://production.runalloy.com", assay.api_key)
    assert assay.content(key) == b"hello"
