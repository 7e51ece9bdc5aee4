"""Finds the program ``assay``: in this package, in ``ASSAY_BINARY``, on ``PATH``, in that order."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Iterator

NAME = "assay.exe" if sys.platform == "win32" else "assay"


def find_binary() -> str:
    """Returns the path of the program.

    Raises FileNotFoundError, with the places that were looked at, where it is in none of them.
    """
    looked_at = []
    for path in _of_this_package():
        if path.is_file():
            return str(path)
        looked_at.append(str(path))
    configured = os.environ.get("ASSAY_BINARY")
    if configured:
        if os.path.isfile(configured):
            return configured
        raise FileNotFoundError(f"ASSAY_BINARY: no file `{configured}`")
    found = shutil.which("assay")
    if found:
        return found
    raise FileNotFoundError(
        "the program `assay` is neither in this package ("
        + ", ".join(looked_at)
        + ") nor on PATH; reinstall alloy-assay, or name the program in ASSAY_BINARY"
    )


def _of_this_package() -> Iterator[Path]:
    """The places where pip, ``--user``, ``--target`` and ``--prefix`` put a package's scripts."""
    here = Path(__file__).resolve().parent
    site = here.parent
    # The scripts of the environment that this package is installed in, and of no other.
    if site == Path(sysconfig.get_path("purelib")).resolve() or site == Path(
        sysconfig.get_path("platlib")
    ).resolve():
        yield Path(sysconfig.get_path("scripts")) / NAME
    user_scheme = sysconfig.get_preferred_scheme("user")
    if site == Path(sysconfig.get_path("purelib", user_scheme)).resolve():
        yield Path(sysconfig.get_path("scripts", user_scheme)) / NAME
    yield site / "bin" / NAME
    if len(site.parents) > 2:
        yield site.parents[2] / ("Scripts" if sys.platform == "win32" else "bin") / NAME
