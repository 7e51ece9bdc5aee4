"""Leads a process's connections to production's hosts to an emulator."""

from __future__ import annotations

import json
import os
import runpy
import socket
import ssl
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Union


class Interception:
    """What ``assay serve --intercept-dir`` wrote, applied to this process between :meth:`on` and :meth:`off`."""

    def __init__(self, folder: Union[str, Path]) -> None:
        self._folder = Path(folder)
        #: The variables of ``assay run --intercept``.
        self.env: Dict[str, str] = json.loads((self._folder / "env.json").read_text("utf-8"))
        self._ca = (self._folder / "ca.pem").read_text("ascii")
        self._undo: Optional[Callable[[], None]] = None

    def __enter__(self) -> Interception:
        self.on()
        return self

    def __exit__(self, *_: object) -> None:
        self.off()

    def on(self) -> None:
        """Applies it."""
        if self._undo is not None:
            return
        variables = {name: os.environ.get(name) for name in self.env}
        context: Any = ssl.SSLContext
        replaced = (socket.getaddrinfo, context.wrap_socket, context.wrap_bio)

        def undo() -> None:
            for name, value in variables.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            socket.getaddrinfo, context.wrap_socket, context.wrap_bio = replaced

        os.environ.update(self.env)
        runpy.run_path(str(self._folder / "python" / "sitecustomize.py"))
        # Contexts may have read the system's certificates before the variables were set: aiohttp's do on import.
        context.wrap_socket = self._trusting(context.wrap_socket)
        context.wrap_bio = self._trusting(context.wrap_bio)
        self._undo = undo

    def off(self) -> None:
        """Undoes it."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()

    def _trusting(self, wrap: Callable[..., Any]) -> Callable[..., Any]:
        """The method, of a context that trusts the emulator's authority too. That signs for the hosts only."""
        ca = self._ca

        def wrapped(context: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
            if context.verify_mode != ssl.CERT_NONE:
                context.load_verify_locations(cadata=ca)
            return wrap(context, *args, **kwargs)

        return wrapped
