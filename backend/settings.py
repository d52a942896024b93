"""The environment, read once. Every fault is reported together, by the name to mend."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError


class SettingsError(Exception):
    """The settings cannot be used; the text names every fault."""


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as http://127.0.0.1:8000")
    _ = parts.port  # raises ValueError itself when it is no number
    return value.rstrip("/")


def _private_address(value: str) -> str:
    address = _web_address(value)
    if not _is_in(address, lambda host: host.is_private and not host.is_unspecified):
        raise ValueError("must be on loopback or a private network: nobody else may reach it")
    return _with_port(address)


def _loopback_address(value: str) -> str:
    address = _web_address(value)
    if not _is_in(address, lambda host: host.is_loopback):
        raise ValueError("must be on loopback, such as 127.0.0.1")
    return _with_port(address)


def _test_server(value: str) -> str:
    return _loopback_address(value) if value else value


def _with_port(address: str) -> str:
    if urlsplit(address).port is None:
        raise ValueError("must name a port, as in http://127.0.0.1:5005")
    return address


def _is_in(address: str, network: Callable[[IPv4Address | IPv6Address], bool]) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return network(ip_address("127.0.0.1" if host == "localhost" else host))
    except ValueError:
        return False


def _fernet_keys(value: str) -> str:
    try:
        keys = [Fernet(key.strip()) for key in value.split(",")]
    except ValueError:
        keys = []
    if not keys:
        raise ValueError("must be Fernet keys, parted by commas; `backend init` makes one")
    return value


def _database_address(value: str) -> str:
    parts = urlsplit(value)
    # Several processes share the database: one in memory would be each one's own.
    is_file = value.startswith("sqlite:///") and ":memory:" not in value
    is_server = parts.scheme in ("postgresql", "postgresql+psycopg") and _has_good_port(parts)
    if not (is_file or is_server) or not parts.path.strip("/"):
        raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
    return value


def _redis_address(value: str) -> str:
    parts = urlsplit(value)
    is_server = parts.scheme in ("redis", "rediss") and parts.hostname and _has_good_port(parts)
    if value and not is_server and not (parts.scheme == "unix" and parts.path):
        raise ValueError("must be redis://HOST:PORT/NUMBER, or rediss:// for one with TLS")
    return value


def _has_good_port(parts: SplitResult) -> bool:
    # Python's own error would repeat it, and it is a piece of the password if that has a "/".
    try:
        return parts.port != 0
    except ValueError:
        return False


SANDBOX_SERVICE = "MG" + "0" * 32

WebAddress = Annotated[str, AfterValidator(_web_address)]
PrivateAddress = Annotated[str, AfterValidator(_private_address)]
LoopbackAddress = Annotated[str, AfterValidator(_loopback_address)]
MessagingServiceSid = Annotated[str, Field(pattern=r"^(MG[0-9a-fA-F]{32})?$")]
DatabaseAddress = Annotated[str, AfterValidator(_database_address), Field(repr=False)]
RedisAddress = Annotated[str, AfterValidator(_redis_address), Field(repr=False)]
Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[str, Field(min_length=16, repr=False)]


class Settings(BaseModel):
    """Every setting of the backend. Names are the environment's, in lower case."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    secret_key: Secret
    encryption_keys: Annotated[str, AfterValidator(_fernet_keys), Field(repr=False)]
    rasa_channel_secret: Secret
    database_url: DatabaseAddress = "sqlite:///var/numberdesk.db"
    redis_url: RedisAddress = ""
    queue_file: Path = Path("var/queue.db")
    port: Port = 8000
    public_url: WebAddress = "http://127.0.0.1:8000"
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    internal_url: PrivateAddress = "http://127.0.0.1:8001"
    rasa_url: LoopbackAddress = "http://127.0.0.1:5005"
    actions_url: LoopbackAddress = "http://127.0.0.1:5055"
    carrier: Literal["sandbox", "twilio"] = "sandbox"
    sandbox_file: Path = Path("var/sandbox.db")
    twilio_account_sid: str = ""
    twilio_auth_token: Annotated[str, Field(repr=False)] = ""
    twilio_api_base: Annotated[str, AfterValidator(_test_server)] = ""
    twilio_messaging_service_sid: MessagingServiceSid = ""
    sandbox_registration_s: Annotated[int, Field(ge=0)] = 0
    opt_out_handled_by: Literal["twilio", "us"] | None = None
    demo_sign_ins_file: Path = Path("var/demo-sign-ins.txt")

    @property
    def opt_outs_confirmed_by(self) -> Literal["twilio", "us"]:
        """Who confirms STOP, START and HELP; a Twilio account does, unless told not to."""
        return self.opt_out_handled_by or ("twilio" if self.carrier == "twilio" else "us")

    @property
    def messaging_service_sid(self) -> str:
        """The messaging service that new numbers join; the sandbox has one of its own."""
        return self.twilio_messaging_service_sid if self.carrier == "twilio" else SANDBOX_SERVICE


def read_settings(environment: Mapping[str, str], dotenv: Path | None = None) -> Settings:
    """Read settings from the environment, then from `.env`.

    A secret may come from a file: `NAME_FILE` names it. Raises `SettingsError`.
    """
    written = {name: value for name, value in _file_values(dotenv).items() if value is not None}
    values = {**written, **environment}
    faults: list[str] = []
    chosen: dict[str, Any] = {}
    for name in Settings.model_fields:
        upper = name.upper()
        if values.get(f"{upper}_FILE"):
            try:
                chosen[name] = Path(values[f"{upper}_FILE"]).read_text().strip()
            except OSError as error:
                faults.append(f"{upper}_FILE: {error.strerror}")
        elif values.get(upper):
            chosen[name] = values[upper]
    if "port" in chosen and "public_url" not in chosen:
        chosen["public_url"] = f"http://127.0.0.1:{chosen['port']}"
    try:
        settings = Settings.model_validate(chosen)
    except ValidationError as error:
        # Pydantic's own text would repeat the value, and the value may be a secret.
        faults += [_fault(detail["loc"], detail["msg"]) for detail in error.errors()]
    if chosen.get("carrier") == "twilio":
        needed = ("twilio_account_sid", "twilio_auth_token")
        faults += [f"{n.upper()}: CARRIER=twilio needs it" for n in needed if n not in chosen]
    if faults:
        raise SettingsError("These settings need mending:\n  " + "\n  ".join(faults))
    return settings


def _fault(place: tuple[int | str, ...], message: str) -> str:
    words = message.removeprefix("Value error, ")
    name = ".".join(str(part).upper() for part in place)
    if words == "Field required":
        words = "is missing (see .env.example)"
    return f"{name}: {words}" if name else words


def _file_values(dotenv: Path | None) -> Mapping[str, str | None]:
    return dotenv_values(dotenv) if dotenv is not None and dotenv.exists() else {}


def from_process() -> Settings:
    """The settings of this process: its environment and the `.env` beside it."""
    return read_settings(os.environ, Path(".env"))
