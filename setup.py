"""Puts selector, reco and instance below one package, `mirrorwise`, in the wheel.

In the checkout they are packages of their own, because each is a part with its own rules of who
may import whom. An environment into which the wheel is installed gets one name, which collides
with nobody's.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

PARTS = ("selector", "reco", "instance")
IMPORT = re.compile(rf"^(\s*(?:from|import)) ({'|'.join(PARTS)})\b", re.MULTILINE)


class BuildNamespaced(build_py):
    """Copies the modules, and names the parts as they are named in the wheel."""

    def run(self) -> None:
        """Build, then rewrite the imports of what was built."""
        super().run()
        for file in map(Path, self.get_outputs(include_bytecode=False)):
            if file.suffix == ".py":
                file.write_text(IMPORT.sub(r"\1 mirrorwise.\2", file.read_text()))


setup(
    packages=[
        "mirrorwise",
        *(f"mirrorwise.{name}" for name in find_packages(include=[f"{part}*" for part in PARTS])),
    ],
    package_dir={"mirrorwise": "deploy/package", **{f"mirrorwise.{part}": part for part in PARTS}},
    package_data={
        "mirrorwise.instance": ["pages/*/*"],
        "mirrorwise.instance.federation": ["*.json"],
        "mirrorwise.reco.federation": ["*.json"],
    },
    cmdclass={"build_py": BuildNamespaced},
)
