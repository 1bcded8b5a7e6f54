"""Settings and secrets: a wrong setting is refused with what to write instead."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from instance.keys import keys, load_or_create
from instance.settings import Settings, SettingsError, load


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "many", "MIRRORWISE_PORT: must be a whole number"),
        ("PORT", "70000", "MIRRORWISE_PORT: must be less than or equal to 65535"),
        ("PROT", "9850", "MIRRORWISE_PROT: do you mean MIRRORWISE_PORT?"),
        ("QZX", "1", "MIRRORWISE_QZX: there is no such setting; remove it"),
        ("SECRET", "short", "MIRRORWISE_SECRET: must have at least 22 characters"),
        ("DATABASE", "mysql://localhost", "must begin with sqlite: or postgresql://"),
        ("STREAM", "kafka://localhost", "must begin with redis://, rediss:// or unix://"),
        ("PUBLIC_URL", "video.example", "must be an origin such as https://video.example"),
        ("HOSTS", "https://a.example,b", "must be an origin such as https://video.example"),
        ("RETENTION_DAYS", "0", "must be greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named_with_an_example(name: str, value: str, told: str):
    with pytest.raises(SettingsError, match=re.escape(told)) as raised:
        load({f"MIRRORWISE_{name}": value})
    known = name.lower() in Settings.model_fields
    assert (f"For instance: MIRRORWISE_{name}=" in str(raised.value)) == known


def test_a_secret_is_never_repeated_in_an_error():
    with pytest.raises(SettingsError) as raised:
        load({"MIRRORWISE_SECRET": "hunter2"})
    assert "hunter2" not in str(raised.value)


def test_what_a_compose_file_passes_on_as_empty_is_not_set():
    assert load({"MIRRORWISE_PORT": "", "MIRRORWISE_HOSTS": " "}) == load({})


def test_a_file_is_read_and_the_environment_wins(tmp_path: Path):
    file = tmp_path / "mirrorwise.toml"
    file.write_text('port = 1234\nmax_hosts = 7\nhosts = ["https://a.example"]\n')
    settings = load({"MIRRORWISE_CONFIG": str(file), "MIRRORWISE_PORT": "4321"})
    assert (settings.port, settings.max_hosts) == (4321, 7)
    assert settings.hosts == ("https://a.example",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = ", "write lines such as port = 9850"),
        ("prot = 1", "prot in .*: do you mean port?"),
        ('port = "many"', "port in .*: must be a whole number"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_file_is_named_with_what_to_write(tmp_path: Path, text: str | None, told: str):
    file = tmp_path / "mirrorwise.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=told):
        load({}, file)


def test_secrets_are_generated_once_and_readable_by_their_owner_alone(tmp_path: Path):
    settings = Settings(state_dir=tmp_path / "state")
    first, second = keys(settings), keys(settings)
    assert set(first.generated) == {"secret", "admin-token"}
    assert not second.generated
    assert (first.secret, first.admin_token) == (second.secret, second.admin_token)
    assert stat.S_IMODE((tmp_path / "state" / "secret").stat().st_mode) == 0o600


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path):
    settings = Settings(state_dir=tmp_path)
    keys(settings)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(SettingsError, match="run: chmod 600"):
        keys(settings)


def test_every_setting_is_in_the_operators_table():
    table = (Path(__file__).parents[2] / "docs" / "operators.md").read_text()
    for name in Settings.model_fields:
        assert f"`MIRRORWISE_{name.upper()}`" in table


def test_workers_that_begin_at_once_keep_the_same_secret(tmp_path: Path):
    with ThreadPoolExecutor(8) as workers:
        for round_ in range(50):
            file = tmp_path / f"secret {round_}"
            assert len(set(workers.map(load_or_create, [file] * 8))) == 1
    assert len(list(tmp_path.iterdir())) == 50
