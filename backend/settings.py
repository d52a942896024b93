"""The environment, read once. Every fault is reported together, by the name to mend."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


class SettingsError(Exception):
    """The settings cannot be used; the text names every fault."""


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[str, Field(min_length=16, repr=False)]


class Settings(BaseModel):
    """Every setting of the backend. Names are the environment's, in lower case."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    secret_key: Secret
    encryption_keys: Annotated[str, Field(min_length=1, repr=False)]
    rasa_channel_secret: Secret
    database_url: str = "sqlite:///var/numberdesk.db"
    redis_url: str = ""
    queue_file: Path = Path("var/queue.db")
    port: Port = 8000
    public_url: WebAddress = "http://127.0.0.1:8000"
    internal_url: WebAddress = "http://127.0.0.1:8001"
    rasa_url: WebAddress = "http://127.0.0.1:5005"
    actions_url: WebAddress = "http://127.0.0.1:5055"
    carrier: Literal["sandbox", "twilio"] = "sandbox"
    sandbox_file: Path = Path("var/sandbox.db")
    twilio_account_sid: str = ""
    twilio_auth_token: Annotated[str, Field(repr=False)] = ""
    twilio_api_base: str = ""
    opt_out_handled_by: Literal["twilio", "us"] | None = None
    demo_sign_ins_file: Path = Path("var/demo-sign-ins.txt")

    @property
    def opt_outs_confirmed_by(self) -> Literal["twilio", "us"]:
        """Who confirms STOP, START and HELP; a Twilio account does, unless told not to."""
        return self.opt_out_handled_by or ("twilio" if self.carrier == "twilio" else "us")

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        faults = []
        if self.carrier == "twilio" and not (self.twilio_account_sid and self.twilio_auth_token):
            faults.append("CARRIER=twilio needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
        if self.twilio_api_base and _host(self.twilio_api_base) not in LOOPBACK:
            faults.append("TWILIO_API_BASE is for test servers: its host must be loopback")
        for name, url in (("INTERNAL_URL", self.internal_url), ("RASA_URL", self.rasa_url)):
            if ":" not in url.split("//", 1)[1]:
                faults.append(f"{name} must name a port, as in http://127.0.0.1:5005")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


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
