"""`script/demo` checks its options before anything is installed or built."""

import subprocess
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "script/demo"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--nonsense"], "there is no option --nonsense"),
        (["--headless", "60"], "there is no option 60"),
        (["--seconds"], "--seconds needs a value"),
    ],
)
def test_a_wrong_option_is_refused_at_once(options: list[str], told: str):
    # Without any program on the path, nothing could be installed.
    said = subprocess.run(  # noqa: S603
        ["/bin/bash", DEMO, *options], env={"PATH": "/nowhere"}, capture_output=True, text=True
    )
    assert said.returncode != 0
    assert told in said.stderr
