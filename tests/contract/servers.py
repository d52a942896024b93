"""Other people's Twilios, run on this machine: Prism over Twilio's OpenAPI, and `emulate`.

Both are Node programs from the lock file beside this page, run by the Node that comes with it.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.contract.serving import QuietHandler, serving

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"
NODE: Final = MODULES / ".bin" / "node"
PRISM: Final = MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
EMULATE: Final = MODULES / "emulate" / "dist" / "index.js"
TWILIO_OPENAPI: Final = MODULES / "@twilio/cli-core/src/services/twilio-api"

_ACCOUNT: Final = "/2010-04-01/Accounts/{AccountSid}"
_SERVICE: Final = "/v1/Services/{ServiceSid}/PhoneNumbers"
_LOOKUP: Final = "/v2/PhoneNumbers/{PhoneNumber}"
# The paths of `ports.Carrier`, by the file of Twilio's that describes them.
PATHS: Final = {
    "twilio_api_v2010.json": (
        f"{_ACCOUNT}/Messages.json",
        f"{_ACCOUNT}/Messages/{{Sid}}.json",
        f"{_ACCOUNT}/Messages/{{MessageSid}}/Media.json",
        f"{_ACCOUNT}/AvailablePhoneNumbers/{{CountryCode}}/Local.json",
        f"{_ACCOUNT}/IncomingPhoneNumbers.json",
        f"{_ACCOUNT}/IncomingPhoneNumbers/{{Sid}}.json",
    ),
    "twilio_messaging_v1.json": (
        _SERVICE,
        f"{_SERVICE}/{{Sid}}",
        "/v1/Services/{MessagingServiceSid}/Compliance/Usa2p",
    ),
    "twilio_lookups_v2.json": (_LOOKUP,),
}
_LINE_TYPE: Final = "fetchLineTypeIntelligence"
_FORM: Final = "application/x-www-form-urlencoded"
_READY_WITHIN_S: Final = 60
_STOPPED_WITHIN_S: Final = 5


def require_node_programs() -> None:
    """Skip, or under CI fail, when the Node programs are not installed."""
    descriptions = (TWILIO_OPENAPI / name for name in PATHS)
    if all(file.exists() for file in (NODE, PRISM, EMULATE, *descriptions)):
        return
    reason = (
        "The carriers to test against are not installed: "
        "with Node 20 or newer, run `npm ci --prefix tests/contract` (`make test` does)."
    )
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def prism(folder: Path) -> Iterator[str]:
    """Prism checking requests against Twilio's own description; yields its address.

    It holds no state and checks no token: it answers every well-formed request with an example
    out of the description, and any other with 401 or 422.
    """
    description = folder / "twilio.json"
    description.write_text(json.dumps(_cut_down()))
    port = _free_port()
    command = ["mock", "-h", "127.0.0.1", "-p", str(port), str(description)]
    with _running([str(PRISM), *command], port, folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def emulate(
    folder: Path, account_sid: str, auth_token: str, number: str, sms_url: str, service_sid: str
) -> Iterator[str]:
    """`emulate`'s Twilio with one account, one number that posts texts to `sms_url`, and one
    messaging service.
    """
    seed = folder / "seed.json"
    account = {"sid": account_sid, "auth_token": auth_token, "friendly_name": "Demo State"}
    numbers = [{"phone_number": number, "friendly_name": "Financial Aid", "sms_url": sms_url}]
    services = [{"sid": service_sid, "friendly_name": "Demo State"}]
    parts = {"account": account, "phone_numbers": numbers, "messaging_services": services}
    seed.write_text(json.dumps({"twilio": parts}))
    port = _free_port()
    command = ["start", "--service", "twilio", "--port", str(port), "--seed", str(seed)]
    with (
        _running([str(EMULATE), *command], port, folder),
        _with_twilios_paths(f"http://127.0.0.1:{port}") as base,
    ):
        yield base


@contextmanager
def stalled() -> Iterator[str]:
    """A server that takes connections and requests, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def closed_port() -> str:
    """An address on this machine where nothing listens."""
    return f"http://127.0.0.1:{_free_port()}"


@contextmanager
def _with_twilios_paths(base: str) -> Iterator[str]:
    """A door to `emulate`, which keeps what is Twilio's host messaging.twilio.com in a folder."""

    class Handler(QuietHandler):
        def respond(self) -> None:
            host = "/messaging" if self.path.startswith("/v1/Services") else ""
            answer = http.request(
                self.command,
                base + host + self.path,
                content=self.body(),
                headers={
                    name: self.headers[name]
                    for name in ("Authorization", "Content-Type")
                    if name in self.headers
                },
            )
            self.answer(answer.status_code, answer.content, "application/json")

    with httpx.Client(trust_env=False) as http, serving(Handler) as door:
        yield door


def _cut_down() -> dict[str, Any]:
    """The paths of `PATHS` out of Twilio's OpenAPI, in one: Prism reads 2.4 MB otherwise.

    Twilio repeats a form key for each item of a list; the description leaves that out, and Prism
    would answer 422, so `encoding` says it. Of the examples of a lookup, the one stays that holds
    what the adapter asks for: Prism answers with the first.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    description: dict[str, Any] = {}
    for name, wanted in PATHS.items():
        description = json.loads((TWILIO_OPENAPI / name).read_text())
        chosen = {path: description["paths"][path] for path in wanted}
        described = description["components"]["schemas"]
        schemas |= {used: described[used] for used in _referenced(chosen, described)}
        paths |= chosen
    for path in paths.values():
        _say_how_lists_are_written(path)
    lookup = paths[_LOOKUP]["get"]["responses"]["200"]["content"]["application/json"]
    lookup["examples"] = {_LINE_TYPE: lookup["examples"][_LINE_TYPE]}
    return description | {
        "paths": paths,
        "components": description["components"] | {"schemas": schemas},
    }


def _say_how_lists_are_written(path: dict[str, Any]) -> None:
    if "post" in path:
        form = path["post"]["requestBody"]["content"][_FORM]
        form["encoding"] = {
            name: {"style": "form", "explode": True}
            for name, schema in form["schema"]["properties"].items()
            if schema.get("type") == "array"
        }


def _referenced(part: object, schemas: dict[str, Any]) -> set[str]:
    """Names of all schemas that `part` refers to, directly or through others."""
    found: set[str] = set()
    unread = [part]
    while unread:
        match unread.pop():
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                if name not in found:
                    found.add(name)
                    unread.append(schemas[name])
            case dict() as branch:
                unread.extend(branch.values())
            case list() as branch:
                unread.extend(branch)
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """A Node program in a process group of its own, ready to answer; its log is in `folder`."""
    log_file = folder / "server.log"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1"}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [str(NODE), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, port, log_file)
        yield
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log_file: Path) -> None:
    give_up = time.monotonic() + _READY_WITHIN_S
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > give_up:
            pytest.fail(f"A carrier to test against did not start:\n{log_file.read_text()}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(_STOPPED_WITHIN_S)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()
