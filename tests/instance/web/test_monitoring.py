"""The dashboard and the alerts ask for metrics that the service has, with labels that they have."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.instance.service import Running, report
from tests.instance.web.test_answers import folded

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = DEPLOY / "prometheus-rules.yaml"
METRIC = re.compile(r"(?P<name>mirrorwise_\w+)(?:\{(?P<labels>[^}]*)\})?")
LABEL = re.compile(r'(\w+)="([^"]*)"')


def alerts() -> list[str]:
    return re.findall(r"^ +expr: (.+)$", RULES.read_text(), re.M)


def charts() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


async def test_what_is_drawn_and_alerted_is_what_the_service_tells(running: Running):
    await running.send("batch-01", report())
    await folded(running)
    said = (await running.ask("GET", "/metrics")).body.decode()
    known = {found["name"]: set[str]() for found in METRIC.finditer(said)}
    pairs = {found["name"]: set[tuple[str, str]]() for found in METRIC.finditer(said)}
    for found in METRIC.finditer(said):
        labels = LABEL.findall(found["labels"] or "")
        known[found["name"]] |= {name for name, _ in labels}
        pairs[found["name"]] |= set(labels)
    assert len(alerts()) == 7
    assert len(charts()) == 9
    for expression in (*alerts(), *charts()):
        asked = [*METRIC.finditer(expression)]
        assert asked, expression
        for metric in asked:
            assert metric["name"] in known, expression
            assert set(LABEL.findall(metric["labels"] or "")) <= pairs[metric["name"]], expression
            by = set(re.findall(r"by \((\w+)\)", expression))
            assert by <= known[metric["name"]], expression


def test_every_alert_says_what_is_amiss_and_what_to_do():
    for alert in RULES.read_text().split("- alert: ")[1:]:
        assert re.search(r"severity: (warning|critical)", alert), alert
        assert re.search(r"summary: .+\n +description: .+", alert), alert


def test_a_fresh_install_is_not_said_to_have_had_no_report_for_a_day():
    (silence,) = [alert for alert in alerts() if alert.endswith(">= 0")]
    # The series begin at 0 with the service: only where they were there a day ago is 0 news.
    assert "[1d])) == 0 and sum(" in silence
    assert "offset 1d" in silence


def test_prometheus_takes_the_rules():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool on this machine")
    said = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True)  # noqa: S603
    assert said.returncode == 0, said.stdout + said.stderr
    assert "7 rules found" in said.stdout
