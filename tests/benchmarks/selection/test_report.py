"""Cells can be stored and read again, and the page shows the figures of the cells."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.selection.judging.cells import Cells, CellsError
from benchmarks.selection.judging.experiment import Experiment, Result
from benchmarks.selection.judging.metrics import Score
from benchmarks.selection.judging.pictures import draw
from benchmarks.selection.judging.report import Report, Table
from benchmarks.selection.policies import POLICIES
from benchmarks.selection.world.scenario import Scenario
from benchmarks.selection.world.traces import Synthetic

GOAL = "oracle: one segment late"


def cell(policy: str, qoe: float, viewer: int = 0, scenario: str = "any") -> Result:
    score = Score((qoe, qoe), 0.1, 0.0, 0.5, {"stall": 2.0}, 0.1, 0.01, 1e4)
    return Result(scenario, viewer, policy, score)


def test_kept_cells_come_back_and_do_not_mix_with_those_of_another_run(tmp_path: Path):
    file = tmp_path / "cells"
    Cells(file, "tuning").keep(cell("a", 1.5))
    [back] = Cells(file, "tuning").read()
    assert (back.policy, back.score.qoe, back.score.errors_per_1000) == ("a", 1.5, 2.0)
    with pytest.raises(CellsError, match=r"line 1 is .*'judging' expected"):
        Cells(file, "judging")
    with file.open("a") as lines:
        lines.write("nonsense\n")
    with pytest.raises(CellsError, match="line 3 is no cell"):
        list(Cells(file, "tuning").read())


def test_the_way_is_measured_from_peertube_to_the_oracle():
    table = Table([cell("PeerTube today", 1.0), cell(GOAL, 3.0), cell("Mirrorwise", 2.5)])
    assert table.way("Mirrorwise", GOAL) == pytest.approx(75.0)
    assert table.way("Mirrorwise", "oracle: that did not play") is None


def test_the_page_names_the_peers_that_are_above_and_the_libraries_that_are_missing():
    results = [cell("Mirrorwise", 2.0, v) for v in range(3)]
    results += [cell("C3", 2.1, v) for v in range(3)]
    results += [cell("Mirrorwise, no extra requests", 1.9, v) for v in range(3)]
    variants = {"At limits": ["Mirrorwise, no extra requests"]}
    report = Report(Table(results), "Mirrorwise", {"C3"}, variants, {"VW bag": "vowpalwabbit"})
    page = report.markdown("Title", "Made so.", {})
    assert "| any | 2.00 | C3 2.10 | -0.100 [-0.100, -0.100] | C3 |" in page
    assert "VW bag: skipped, `vowpalwabbit` is not installed" in page
    limits = page.partition("## At limits")[2].partition("## ")[0]
    assert "Mirrorwise, no extra requests | 1.900" in limits


def test_processes_give_the_cells_that_one_process_gives_but_for_those_known():
    scenarios = [Scenario("a", 51, segments=4), Scenario("b", 52, segments=4)]
    policies = {name: POLICIES[name] for name in ("C3", "PeerTube today")}
    experiment = Experiment(policies, Synthetic())
    known = {("a", 0, "C3")}
    alone = [(r.scenario, r.viewer, r.policy, r.score.worths) for r in experiment.run(scenarios, 2)]
    shared = experiment.run(scenarios, 2, jobs=2, known=known)
    found = [(r.scenario, r.viewer, r.policy, r.score.worths) for r in shared]
    assert found == [cell for cell in alone if cell[:3] not in known]


def test_pictures_are_well_formed_and_the_same_each_time(tmp_path: Path):
    scenarios = [Scenario("outages", 53, segments=40, failures_per_s=0.01)]
    names = ("Mirrorwise", "PeerTube today", "C3", "oracle: present state")
    experiment = Experiment({name: POLICIES[name] for name in names}, Synthetic())
    table = Table(list(experiment.run(scenarios, 2)))
    written = []
    for folder in ("a", "b"):
        captions = draw(table, scenarios, Synthetic(), tmp_path / folder / "page.md")
        written.append([(tmp_path / folder / file).read_text() for file in captions])
    assert len(written[0]) == 3
    assert written[0] == written[1]
    for svg in written[0]:
        ElementTree.fromstring(svg)  # noqa: S314
