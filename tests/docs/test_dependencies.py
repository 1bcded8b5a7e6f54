"""The wheel's dependencies: bounded below and above, and the versions that are tested fit."""

import re
import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def test_what_the_wheel_asks_for_is_bounded_and_what_is_locked_fits():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    everything = [project["dependencies"], *project["optional-dependencies"].values()]
    for name, group in zip(("instance", "recommendations", "federation"), everything, strict=True):
        inputs = (ROOT / f"requirements/{name}.in").read_text().splitlines()
        named = [line for line in inputs if not line.startswith(("#", "-r "))]
        assert [Requirement(each).name for each in group] == named
    asked = {each.name: each.specifier for each in map(Requirement, chain(*everything))}
    lock = (ROOT / "requirements/dev.lock").read_text()
    locked = re.findall(r"^([a-z-]+)==([0-9.]+)", lock, re.MULTILINE)
    for name, specifier in asked.items():
        operators = {each.operator for each in specifier}
        assert operators == {">=", "<"}, name
        versions = [version for other, version in locked if other == name]
        assert versions, name
        assert all(specifier.contains(version) for version in versions), name
