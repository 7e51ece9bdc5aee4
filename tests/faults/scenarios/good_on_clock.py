"""good.py on an emulator's clock: where it would sleep, that clock moves on, so that 30 s pass in no time.

ASSAY_URL is the emulator. Everything else is good.py's.
"""

import json
import os
import sys
import time
from urllib.request import Request, urlopen

sys.dont_write_bytecode = True  # no __pycache__ among the tests

import good  # noqa: E402

# What the emulator takes for a pause where requests fail alike is real time, whatever its clock shows: 200 ms.
LEAST = 0.21


def sleep(seconds):
    body = json.dumps({"advance": f"{round(seconds * 1000)}ms"}).encode()
    urlopen(Request(os.environ["ASSAY_URL"] + "/_assay/clock", body, method="POST")).close()
    time.sleep(LEAST)


good.sleep = sleep
good.main(sys.argv[1:])
