"""Test clients of Alloy's file upload API offline.

    from alloy_assay import Emulator

    with Emulator() as assay:
        upload("report.pdf", base_url=assay.base_url, api_key=assay.api_key)
        assay.assert_clean()
"""

from ._emulator import (
    AssayError,
    Clock,
    Emulator,
    Exchange,
    Faults,
    File,
    Finding,
    FindingsError,
    Message,
)

__all__ = [
    "AssayError",
    "Clock",
    "Emulator",
    "Exchange",
    "Faults",
    "File",
    "Finding",
    "FindingsError",
    "Message",
]
