"""Settings, from the environment (`MIRRORWISE_PORT=9851`) or one TOML file; the environment wins.

All are validated before the service starts, and an error says what to write. Nothing has to be
set: the defaults serve one instance on one machine.
"""

import difflib
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from selector.bandit.checks import FieldError
from selector.bandit.checks import host as checked_host
from selector.telemetry import Terms
from selector.telemetry.report import EPSILON_MAX
from selector.telemetry.terms import HOSTS_MAX, LEAST_EPSILON, MOST_CONTROL

from .validation_errors import humanised

PREFIX = "MIRRORWISE_"
# The length of 128 bits in base64: shorter secrets can be guessed over the network in time.
SHORTEST_SECRET = 22
TERMS = Terms()


class SettingsError(ValueError):
    """A setting is wrong; the message says what to write."""


def _origin(url: str) -> str:
    try:
        return checked_host(url.rstrip("/"), "it")
    except FieldError:
        raise ValueError("must be an origin such as https://video.example") from None


def _database(url: str) -> str:
    if urlsplit(url).scheme not in ("sqlite", "postgres", "postgresql"):
        raise ValueError("must begin with sqlite: or postgresql://")
    return url


def _stream(url: str) -> str:
    if urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _network(said: object) -> object:
    try:
        return ip_network(said) if isinstance(said, str) else said
    except ValueError:
        raise ValueError("must be an address or a network such as 10.0.0.0/8") from None


Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Secret = Annotated[str, Field(min_length=SHORTEST_SECRET, pattern=r"^[!-~]+$")]


def _state_dir() -> Path:
    return Path("mirrorwise-data")


def _built_page() -> Path:
    return Path(__file__).parent / "pages" / "report"


class Settings(BaseModel):
    """All settings, with their defaults, descriptions and examples."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address to listen on.", examples=["0.0.0.0"])  # noqa: S104
    port: int = Field(9850, ge=0, le=65535, description="Port; 0 takes a free one.")
    state_dir: Path = Field(
        default_factory=_state_dir,
        description="Folder for the SQLite file and the generated secrets. "
        "By default `$STATE_DIRECTORY` as systemd sets it, else `mirrorwise-data`.",
        examples=["/var/lib/mirrorwise"],
    )
    database: Annotated[str, AfterValidator(_database)] | None = Field(
        None,
        description="Where reports are kept; by default an SQLite file in `state_dir`.",
        examples=["postgresql://mirrorwise@localhost/mirrorwise"],
    )
    stream: Annotated[str, AfterValidator(_stream)] | None = Field(
        None,
        description="Redis that hands the counting out to several workers; needs PostgreSQL.",
        examples=["redis://localhost:6379/1"],
    )
    secret: Secret | None = Field(
        None,
        description="What the plugin must send; generated in `state_dir/secret` when not set.",
        examples=["the output of: openssl rand -base64 32"],
    )
    admin_token: Secret | None = Field(
        None,
        description="Opens the operator's report; generated in `state_dir/admin-token`.",
        examples=["the output of: openssl rand -base64 32"],
    )
    public_url: Origin | None = Field(
        None,
        description="Address at which others reach the service. Once set, the report needs the "
        "admin token on loopback too, because a proxy makes everybody look local.",
        examples=["https://mirrorwise.video.example"],
    )
    peertube_url: Origin | None = Field(
        None,
        description="PeerTube whose administrators may open the report with their session.",
        examples=["https://video.example"],
    )
    hosts: Annotated[tuple[Origin, ...], BeforeValidator(_split)] | None = Field(
        None,
        description="The only hosts that reports may name; by default any, up to `max_hosts`.",
        examples=["https://video.example,https://mirror.example"],
    )
    max_hosts: int = Field(64, ge=1, le=1000, description="Hosts remembered at most.")
    epsilon: float = Field(
        TERMS.epsilon,
        ge=LEAST_EPSILON,
        le=EPSILON_MAX,
        description="ε of all that one viewer's player tells on one day; less is more private.",
    )
    hosts_per_day: int = Field(
        TERMS.hosts, ge=1, le=HOSTS_MAX, description="Hosts told of at most; they share ε."
    )
    control: float = Field(
        TERMS.control,
        ge=0.0,
        le=MOST_CONTROL,
        description="Share of viewers who pick as PeerTube does on a day, to compare with.",
    )
    retention_days: int = Field(30, ge=1, le=365, description="Days that raw reports are kept.")
    event_retention_days: int = Field(
        90,
        ge=15,
        le=400,
        description="Days for which it is known which pseudonym watched what; sums stay.",
    )
    viewer_key: Secret | None = Field(
        None,
        description="Turns viewers' tokens into pseudonyms, and signs receipts; generated in "
        "`state_dir/viewer-key`. Services on several machines need the same.",
        examples=["the output of: openssl rand -base64 32"],
    )
    sources: Annotated[tuple[Origin, ...], BeforeValidator(_split)] = Field(
        (),
        description="Other instances whose plugins may send watch events here, as sources that "
        "can be forgotten as a whole.",
        examples=["https://sister.example"],
    )
    federation_instance: Origin | None = Field(
        None,
        description="Origin by which other instances know this one; by default that of "
        "`peertube_url`, if it begins with https.",
        examples=["https://video.example"],
    )
    federation_epsilon: float = Field(
        1.0,
        ge=0.1,
        le=4.0,
        description="ε of all that is said to other instances about one viewer's week.",
    )
    federation_followed: bool = Field(
        False,
        description="Whether the instances that PeerTube follows are heard too.",
    )
    federation_directory: Annotated[str, Field(pattern=r"^https?://[!-~]+$")] | None = Field(
        None,
        description="Address of a signed list of instances that are heard too.",
        examples=["https://list.example/instances.json"],
    )
    federation_directory_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")] | None = Field(
        None,
        description="Public key of whoever signs that list.",
        examples=["the key that the list's owner publishes"],
    )
    federation_private: Annotated[tuple[Origin, ...], BeforeValidator(_split)] = Field(
        (),
        description="Origins that may be heard though they are on a private address or http.",
        examples=["http://127.0.0.1:9850"],
    )
    federation_key: Secret | None = Field(
        None,
        description="Signs what this instance says; generated in `state_dir/federation-key`. "
        "Services on several machines need the same.",
        examples=["the output of: openssl rand -base64 32"],
    )
    max_body_bytes: int = Field(
        262_144, ge=1024, le=16_777_216, description="Largest body of a request."
    )
    max_connections: int = Field(
        512, ge=8, le=65536, description="Connections open at once, for each worker."
    )
    connections_per_address: int = Field(
        128, ge=1, le=65536, description="Connections open at once from one address."
    )
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(_split)] = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For is believed; by "
        "default none is, and everybody behind a proxy counts as one address.",
        examples=["127.0.0.1,::1"],
    )
    requests_per_minute: int = Field(
        120, ge=1, description="Requests from one address without the secret, for each worker."
    )
    read_timeout_s: float = Field(
        10.0, ge=0.1, le=600, description="Time in which a request must have arrived."
    )
    report_dir: Path = Field(
        default_factory=_built_page, description="The built pages of the operator's report."
    )

    @property
    def database_url(self) -> str:
        """Return the address of the database."""
        return self.database or f"sqlite:{self.state_dir / 'mirrorwise.db'}"

    @property
    def database_exists(self) -> bool:
        """Say whether the SQLite file is there; of a server it is assumed."""
        kind, _, path = self.database_url.partition(":")
        return kind != "sqlite" or Path(path).exists()

    @property
    def terms(self) -> Terms:
        """Return the terms on which players report."""
        return Terms(self.epsilon, self.hosts_per_day, self.control)

    @property
    def on_loopback(self) -> bool:
        """Say whether the service listens on loopback only, and no proxy is known of."""
        return self.public_url is None and is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Say whether `host` is a loopback address or `localhost`.

    >>> is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings, or raise `SettingsError`.

    `MIRRORWISE_CONFIG` names the TOML file when `file` does not.

    >>> load({"MIRRORWISE_PORT": "9851"}).port
    9851
    >>> load({"MIRRORWISE_PORT": "many"})
    Traceback (most recent call last):
    instance.settings.SettingsError: MIRRORWISE_PORT: must be a whole number. Port; 0 takes a \
free one. For instance: MIRRORWISE_PORT=9850
    """
    said = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value.strip()  # Compose files pass on what is not set as "".
    }
    named = said.pop("config", None)
    file = file or (Path(named) if named else None)
    written = _toml(file) if file else {}
    # As systemd sets it for a unit with a state folder.
    default = {"state_dir": at} if (at := environment.get("STATE_DIRECTORY")) else {}
    try:
        return Settings(**{**default, **written, **said})
    except ValidationError as error:
        raise SettingsError("\n".join(_advice(one, said, file) for one in error.errors())) from None


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read ({error}); name a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}; write lines such as port = 9850") from None


def _advice(error: ErrorDetails, said: Mapping[str, object], file: Path | None) -> str:
    name = str(error["loc"][0])
    shown = f"{PREFIX}{name.upper()}" if name in said else f"{name} in {file}"
    if name not in Settings.model_fields:
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        meant = near and (f"{PREFIX}{near[0].upper()}" if name in said else near[0])
        instead = f"do you mean {meant}?" if meant else "there is no such setting; remove it"
        return f"{shown}: {instead}"
    field = Settings.model_fields[name]
    example = (field.examples or [field.default])[0]
    written = f"{PREFIX}{name.upper()}={example}"
    reason = humanised(error["msg"])
    return f"{shown}: {reason}. {field.description} For instance: {written}"
