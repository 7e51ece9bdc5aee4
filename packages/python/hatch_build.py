"""Puts the program into the wheel. packages/build says which, and for which platforms it is."""

import os

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProgramHook(BuildHookInterface):
    def initialize(self, version, build_data):
        program = os.environ["ASSAY_WHEEL_PROGRAM"]
        build_data["shared_scripts"][program] = os.path.basename(program)
        build_data["tag"] = f"py3-none-{os.environ['ASSAY_WHEEL_PLATFORM']}"
        build_data["pure_python"] = False
