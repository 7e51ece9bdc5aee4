"""good.py on an emulator's clock: where it would sleep, that clock moves on, so that 30 s pass in no time.

ASSAY_URL is the emulator. Everything else is good.py's.
"""

import json
import os
import sys
from urllib.request import Request, urlopen

sys.dont_write_bytecode = True  # no __pycache__ among the tests

import good  # noqa: E402


def sleep(seconds):
    body = json.dumps({"advance": f"{round(seconds * 1000)}ms"}).encode()
    urlopen(Request(os.environ["ASSAY_URL"] + "/_assay/clock", body, method="POST")).close()


good.sleep = sleep
good.main(sys.argv[1:])
