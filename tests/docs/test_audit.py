"""The audit names all that can leave: endpoints, routes, and every file that sends a request."""

import re
from pathlib import Path

import pytest

from instance.web.app import ENDPOINTS
from instance.web.endpoint import Endpoint

ROOT = Path(__file__).parents[2]
AUDIT = (ROOT / "docs/audit.md").read_text()
ROUTE = re.compile(r"router\.(get|post|put|delete|all|use)\(\s*'(/[^']+)'")
SENDS_PYTHON = re.compile(r"ClientSession\(|create_pool\(|urlopen\(|http\.client|redis\.asyncio")
SENDS_WEB = re.compile(
    r"(?<![\w.#])fetch\(|sendBeacon\(|new XMLHttpRequest|XMLHttpRequest\.prototype|new WebSocket"
    r"|new EventSource|\.src = "
)


def code_of(file: Path) -> str:
    """Return a file's code without its comments."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.S)
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith(("//", "#")))


def senders() -> list[str]:
    """Return the files that ship and send requests."""
    found = [
        file
        for folder, suffix, sends in (
            ("instance", "py", SENDS_PYTHON),
            ("reco", "py", SENDS_PYTHON),
            ("selector", "py", SENDS_PYTHON),
            ("web/plugin", "ts", SENDS_WEB),
            ("web/report", "ts", SENDS_WEB),
            ("web/recommendations", "ts", SENDS_WEB),
        )
        for file in sorted((ROOT / folder).rglob(f"*.{suffix}"))
        if sends.search(code_of(file))
    ]
    return [str(file.relative_to(ROOT)) for file in found]


def routes() -> set[str]:
    """Return the routes of the plugin, such as `GET /priors`."""
    files = sorted((ROOT / "web/plugin/server").rglob("*.ts"))
    found = {match for file in files for match in ROUTE.findall(file.read_text())}
    return {f"{method.upper()} {path}" for method, path in found}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_every_endpoint_of_the_service_is_audited(endpoint: Endpoint):
    assert f"`{endpoint.method} {endpoint.path}`" in AUDIT


def test_every_route_of_the_plugin_is_audited():
    assert len(routes()) >= 13
    assert {route for route in routes() if f"`{route}`" not in AUDIT} == set()


def test_every_file_that_sends_a_request_is_audited():
    assert len(senders()) >= 20
    assert [name for name in senders() if f"`{name}`" not in AUDIT] == []
