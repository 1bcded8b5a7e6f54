"""The command line: output, exit status and effect of each command."""

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from instance import cli
from instance.commands import simulate
from instance.commands.storage import journal
from instance.journal import REPORTS
from instance.keys import load_or_create
from instance.settings import Settings
from tests.instance.clock import NOW, day
from tests.instance.commands.conftest import Run
from tests.instance.journal.servers import Postgres
from tests.instance.service import ADMIN_TOKEN, SECRET, Process


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_help_of_every_command_shows_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    assert cli.COMMANDS[command].example in capsys.readouterr().out


def test_serve_works_bare_and_says_where_its_secrets_are_but_not_the_secrets(
    serve: Callable[..., Process],
):
    process = serve()
    assert process.process.stdout
    # The first line, with the address, has been read already.
    said = "".join(process.process.stdout.readline() for _ in range(2))
    for name in ("secret", "admin-token"):
        file = process.state_dir / name
        assert f"{name}: made, and kept in {file}\n" in said
        assert file.read_text().strip() not in said


def test_serving_begins_without_the_library_that_alarms_alone_need():
    loaded = "import instance.commands.serve, sys; print('scipy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)  # noqa: S603
    assert said.stdout == b"False\n"


def test_serve_says_what_to_do_when_the_port_is_taken(run: Run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, _, error = run("serve", PORT=str(taken.getsockname()[1]))
    assert status == 2
    assert "set MIRRORWISE_HOST and MIRRORWISE_PORT" in error


@pytest.mark.parametrize("command", ["serve", "simulate"])
def test_a_state_folder_that_cannot_be_made_is_refused_in_words(
    run: Run, tmp_path: Path, command: str
):
    (tmp_path / "file").touch()
    for unusable in ("file", "file/below"):
        status, _, error = run(command, STATE_DIR=str(tmp_path / unusable))
        assert status == 2
        assert "cannot be used as state folder" in error


def test_a_folder_without_pages_is_refused(run: Run, tmp_path: Path):
    status, _, error = run("serve", REPORT_DIR=str(tmp_path))
    assert status == 2
    assert "MIRRORWISE_REPORT_DIR" in error


def test_a_report_names_the_days_that_it_knows_of(run: Run):
    run("simulate", "--viewers", "60")
    assert f" to {day(-1)}\n" in run("report")[1]


def test_report_open_prints_a_link_that_carries_the_token_where_no_server_sees_it(run: Run):
    status, out, _ = run("report", "--open", ADMIN_TOKEN=ADMIN_TOKEN)
    assert (status, out) == (0, f"http://127.0.0.1:9/report/#token={ADMIN_TOKEN}\n")


def test_several_workers_are_refused_on_sqlite(run: Run):
    status, _, error = run("serve", "--workers", "2")
    assert status == 2
    assert "MIRRORWISE_DATABASE=postgresql://" in error


def test_a_wrong_setting_stops_every_command(run: Run):
    status, _, error = run("doctor", RETENTION_DAYS="soon")
    assert status == 2
    assert "MIRRORWISE_RETENTION_DAYS: must be a whole number" in error


def test_a_simulated_month_is_reported_recounted_and_forgotten(run: Run, tmp_path: Path):
    status, said, _ = run("simulate", "--viewers", "60")
    assert status == 0
    assert "invented viewers on 5 hosts in 30 days" in said

    status, _, error = run("simulate")
    assert status == 2
    assert "set MIRRORWISE_STATE_DIR to a new folder" in error

    status, said, _ = run("report")
    assert status == 0
    assert "https://fading.example" in said
    assert "not enough reports yet" in said
    assert "error with Mirrorwise: not compared, because " in said

    status, said, _ = run("rebuild")
    assert status == 0
    assert "The counts are right" in said

    status, said, _ = run("forget", "--before", "2099-01-01")
    assert status == 0
    assert "batches of raw reports deleted" in said
    with sqlite3.connect(tmp_path / "mirrorwise.db") as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    database.close()
    assert run("rebuild")[0] == 0


def test_a_simulated_month_ends_yesterday_or_on_the_day_that_is_named(run: Run, tmp_path: Path):
    for until, words in ((day(-1), []), ("2026-02-28", ["--until", "2026-02-28"])):
        run("simulate", "--viewers", "60", *words, STATE_DIR=str(tmp_path / until))
        asked = ["report", "--since", "2020-01-01", "--until", "2100-01-01", "--format", "json"]
        days = [each["day"] for each in json.loads(run(*asked)[1])["days"]]
        assert len(days) == 30
        assert max(days) == until
    status, _, error = run("simulate", "--until", "2026-02-30")
    assert status == 2
    assert "--until 2026-02-30: write a day such as 2026-05-14\n" in error


def test_a_host_or_a_day_can_be_taken_out_of_everything(run: Run):
    run("simulate", "--viewers", "60")
    whole = json.loads(run("report", "--format", "json")[1])
    fading = "https://fading.example"
    (theirs,) = (host["reports"] for host in whole["hosts"] if host["host"] == fading)
    assert theirs > 0

    status, said, _ = run("forget", "--host", f"{fading}/")
    assert (status, said) == (0, f"{theirs} reports deleted, and taken out of the counts.\n")
    left = json.loads(run("report", "--format", "json")[1])
    assert left["reports"] == whole["reports"] - theirs
    assert fading not in {host["host"] for host in left["hosts"]}

    first = left["days"][0]["day"]
    assert run("forget", "--day", first)[0] == 0
    days = json.loads(run("report", "--format", "json")[1])["days"]
    assert first not in {each["day"] for each in days}
    assert run("rebuild")[0] == 0


def test_a_host_is_forgotten_on_one_day_only_when_both_are_named(run: Run):
    run("simulate", "--viewers", "60")
    last = json.loads(run("report", "--format", "json")[1])["days"][-1]["day"]
    assert run("forget", "--host", "https://near.example", "--day", last)[0] == 0
    *_, before, after = json.loads(run("report", "--format", "json")[1])["days"]
    assert "https://near.example" in {host["host"] for host in before["hosts"]}
    assert "https://near.example" not in {host["host"] for host in after["hosts"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "write either --before DAY, or --host HOST, --day DAY or both"),
        (["--before", "2026-05-14", "--day", "2026-05-14"], "write either --before DAY"),
        (["--before", "yesterday"], "--before yesterday: write a day such as 2026-05-14"),
        (["--day", "2026-02-30"], "--day 2026-02-30: write a day such as 2026-05-14"),
        (["--host", "mirror.example"], "write an origin such as https://mirror.example"),
    ],
)
def test_what_cannot_be_forgotten_is_refused_by_option(run: Run, words: list[str], told: str):
    status, _, error = run("forget", *words)
    assert status == 2
    assert told in error


def test_a_simulation_is_the_same_every_time_and_is_told_by_devices(tmp_path: Path):
    async def counts(name: str) -> str:
        async with journal(Settings(state_dir=tmp_path / name)) as opened:
            await simulate.fill(opened, viewers=20, seed=3, until=NOW.date())
            return (await opened.aggregate(REPORTS)).digest

    assert asyncio.run(counts("one")) == asyncio.run(counts("other"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--zone", "9"], "--zone: must be less than or equal to 7"),
        (["--since", "yesterday"], "--since: must be a day such as 2026-05-14"),
        (["--since", "2026-03-02", "--until", "2026-03-01"], "must not be after 2026-03-01"),
        (["--connection", "pigeon"], "--connection: must be 'unknown', 'wired', 'wifi'"),
    ],
)
def test_a_report_that_cannot_be_is_refused_by_option(run: Run, words: list[str], told: str):
    status, _, error = run("report", *words)
    assert status == 2
    assert told in error


def test_doctor_says_how_to_mend_what_is_not_there(run: Run, tmp_path: Path):
    status, said, _ = run("doctor", DATABASE=f"sqlite:{tmp_path}/nowhere/x.db")
    assert status == 1
    assert "MEND  secret: there is none yet; `mirrorwise serve` makes it" in said
    assert "MEND  database: " in said
    assert "MEND  service: nothing answers at http://127.0.0.1:9" in said
    assert "run `mirrorwise serve`, or set MIRRORWISE_PUBLIC_URL" in said


def test_doctor_names_a_stream_that_is_down(run: Run):
    status, said, _ = run(
        "doctor", DATABASE="postgresql://nobody@127.0.0.1:9/none", STREAM="redis://127.0.0.1:9/0"
    )
    assert status == 1
    assert "look at MIRRORWISE_DATABASE" in said
    assert "look at MIRRORWISE_STREAM" in said


def test_doctor_passes_on_what_the_database_warns_of(run: Run):
    async def lower_the_guard(address: str) -> None:
        database = await asyncpg.connect(address)
        await database.execute("ALTER SYSTEM SET full_page_writes = off")
        await database.execute("SELECT pg_reload_conf()")
        while await database.fetchval("SHOW full_page_writes") == "on":
            await asyncio.sleep(0.02)
        await database.close()

    with Postgres() as postgres:
        asyncio.run(lower_the_guard(postgres.address))
        _, said, _ = run("doctor", DATABASE=postgres.address)
    assert "MEND  database: PostgreSQL runs with full_page_writes = off" in said


def test_doctor_finds_a_running_service_well_unless_its_secret_is_another(
    serve: Callable[..., Process], run: Run
):
    process = serve(MIRRORWISE_SECRET=SECRET, MIRRORWISE_ADMIN_TOKEN=ADMIN_TOKEN)
    state = str(process.state_dir)
    status, said, _ = run("doctor", SECRET=SECRET, PUBLIC_URL=process.url, STATE_DIR=state)
    assert (status, "MEND" in said) == (0, False)
    assert f"ok    service: the plugin reaches it at {process.url}" in said
    status, said, _ = run("doctor", SECRET="another-" + SECRET)
    assert status == 1
    assert "runs with another secret" in said


def test_a_backup_is_whole_while_the_service_runs_and_goes_back_when_it_is_stopped(
    serve: Callable[..., Process], run: Run, tmp_path: Path
):
    process = serve(MIRRORWISE_SECRET=SECRET)
    state = {"STATE_DIR": str(process.state_dir)}
    file = tmp_path / "copy.db"
    assert run("simulate", "--viewers", "30", STATE_DIR=str(tmp_path / "other"))[0] == 0
    before = run("report", "--format", "csv")[1]
    names = ("viewer-key", "federation-key")
    theirs = [load_or_create(tmp_path / "other" / name) for name in names]
    status, said, _ = run("backup", str(file))
    assert (status, file.stat().st_mode & 0o777) == (0, 0o600)
    assert "checked, with the viewer key" in said
    assert run("backup", str(file))[0] == 2, "no copy is overwritten"
    status, _, error = run("restore", str(file), **state)
    assert status == 2
    assert "stop the service" in error
    process.stop()
    status, said, _ = run("restore", str(file))
    assert status == 0
    assert "before-" in said
    assert run("report", "--format", "csv")[1] == before
    assert run("rebuild")[0] == 0
    assert [load_or_create(process.state_dir / name) for name in names] == theirs
    restored = (process.state_dir / "mirrorwise.db").read_bytes()
    assert not any(key.encode() in restored for key in theirs)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 8000])
def test_what_is_no_backup_is_not_restored(run: Run, tmp_path: Path, content: bytes):
    run("simulate", "--viewers", "5")
    before = run("report", "--format", "csv")[1]
    (tmp_path / "copy.db").write_bytes(content)
    assert run("restore", str(tmp_path / "copy.db"))[0] == 2
    assert run("restore", str(tmp_path / "none.db"))[0] == 2
    assert run("report", "--format", "csv")[1] == before


def test_what_an_upgrade_would_change_is_told_and_not_done(run: Run, tmp_path: Path):
    run("simulate", "--viewers", "5")
    status, said, _ = run("upgrade-check")
    assert status == 0
    assert "nothing is changed by an upgrade" in said

    with sqlite3.connect(tmp_path / "mirrorwise.db") as database:
        database.execute("PRAGMA user_version = 0")
    database.close()
    status, said, _ = run("upgrade-check")
    assert status == 0
    assert "tables have version 1; `mirrorwise serve` brings them up to date" in said
    with sqlite3.connect(tmp_path / "mirrorwise.db") as database:
        assert database.execute("PRAGMA user_version").fetchone() == (0,)
    database.close()


def test_what_an_upgrade_would_change_is_told_of_postgresql_too(run: Run):
    async def tell_of(version: int, address: str) -> None:
        database = await asyncpg.connect(address)
        await database.execute("UPDATE mirrorwise.schema_version SET version = $1", version)
        await database.close()

    with Postgres() as postgres:
        assert "tables have version 1" in run("upgrade-check", DATABASE=postgres.address)[1]
        run("simulate", "--viewers", "5")
        assert "nothing is changed" in run("upgrade-check")[1]
        asyncio.run(tell_of(99, postgres.address))
        status, said, _ = run("upgrade-check")
    assert status == 1
    assert "written by a newer Mirrorwise" in said
    status, _, error = run("upgrade-check")
    assert status == 2
    assert "MIRRORWISE_DATABASE: cannot be read" in error


def test_a_newer_database_is_refused_in_words(run: Run, tmp_path: Path):
    run("simulate", "--viewers", "5")
    with sqlite3.connect(tmp_path / "mirrorwise.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    status, _, error = run("serve", PORT="0")
    assert status == 2
    assert "written by a newer Mirrorwise" in error
    assert "newer Mirrorwise" in run("doctor")[1]
