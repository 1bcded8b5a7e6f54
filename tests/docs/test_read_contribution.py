"""The second reader knows documents by their schemas alone, and agrees with the service's."""

import subprocess
import sys
from pathlib import Path

import pytest

from instance.federation.canonical import encode
from instance.federation.document import DocumentError, read
from instance.federation.statements import check
from tests.instance.federation.documents import forged, said
from tests.instance.federation.sources import weights

ROOT = Path(__file__).parents[2]
SCHEMAS = (
    ROOT / "instance/federation/federation.schema.json",
    ROOT / "reco/federation/statement.schema.json",
)
HONEST = said(parts=weights()).data
LATER = forged(number=2, previous="a" * 64, withdrawn=True, epsilon_thousandths=0)


def printed(data: bytes, folder: Path) -> tuple[int, str]:
    """Return the reader's exit status and what it prints of a document."""
    (folder / "document.json").write_bytes(data)
    reader = ROOT / "docs/read_contribution.py"
    command = [sys.executable, "-I", str(reader), folder / "document.json", *SCHEMAS]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)  # noqa: S603
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def test_it_says_in_words_what_a_document_says(tmp_path: Path):
    status, told = printed(HONEST, tmp_path)
    assert status == 0
    assert "https://b.example about 2026-03-12 to 2026-03-18" in told
    assert "fresh for newcomers: " in told
    assert "Thousandths of ε that all parts together spend" in told
    assert printed(LATER, tmp_path)[0] == 0


@pytest.mark.parametrize(
    "data",
    [
        HONEST.replace(b'"viewers":70', b'"viewers":71'),
        HONEST.replace(b'"week":', b'"week": '),
        forged(week=-1),
        forged(format=2),
        forged(more=1),
        forged(parts={"weights": {}}),
        forged(parts=weights(mechanism="none")),
        forged(instance="https://b.example\n"),
        encode([]),
        b"{",
    ],
)
def test_it_refuses_what_the_service_refuses(data: bytes, tmp_path: Path):
    with pytest.raises(DocumentError):
        check(read(data))
    status, told = printed(data, tmp_path)
    assert status == 1
    assert told.startswith("not valid: ")


def test_it_takes_a_hundred_lines_or_little_more():
    code = (ROOT / "docs/read_contribution.py").read_text().splitlines()
    assert len([line for line in code if line.strip()]) < 120
