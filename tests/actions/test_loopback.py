"""Both programs, started as they are in earnest, listen on 127.0.0.1 and nowhere else."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

LOOPBACK = {"0100007F"}  # 127.0.0.1 as /proc/net/tcp writes it


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def listening_on(port: int) -> set[str]:
    """Addresses (kernel's hex) on which a port is listened to."""
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    places = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, at in places if int(at, 16) == port}


@contextmanager
def program(module: str, port: int, log: Path, **environment: str) -> Iterator[None]:
    """A program of ours, running until it listens; stopped at the end."""
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            deadline = time.monotonic() + 120
            while not listening_on(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(30)


def post(url: str, body: Any, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as fault:
        return fault.code, fault.read().decode()


needs_proc = pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="who listens where is read from Linux's /proc"
)


@needs_proc
def test_actions_listen_on_loopback_only(tmp_path: Path) -> None:
    """And a broken call is answered without repeating what was said in it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with program("actions", port, tmp_path / "log", ACTIONS_URL=url):
        places = listening_on(port)
        status, answer = post(
            f"{url}/webhook",
            {"next_action": "action_check_quota", "tracker": 7, "said": "my words"},
        )

    assert places == LOOPBACK
    assert status == 500
    assert "my words" not in answer + (tmp_path / "log").read_text()


@needs_proc
def test_rasa_listens_on_loopback_only(tmp_path: Path, turn_body: dict[str, Any]) -> None:
    """With the real model: the door answers, the HTTP API is off, no log has what was said."""
    if not list((ROOT / "models").glob("*.tar.gz")):
        assert not os.environ.get("CI"), "models/ is empty: `make train` must come before the tests"
        pytest.skip("there is no trained model yet: run `make train`")
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    turn = {**turn_body, "text": "how long does porting a zebra number take?"}
    with program(
        "bot.serve",
        port,
        log,
        RASA_URL=url,
        RASA_CHANNEL_SECRET="only-for-this-test",
        RASA_TRACKER_DB=str(tmp_path / "rasa.db"),
    ):
        places = listening_on(port)
        door = f"{url}/webhooks/backend/turn"
        key = {"Authorization": "Bearer only-for-this-test"}
        without, _ = post(door, turn)
        status, answer = post(door, turn, **key)
        _, slash = post(door, {**turn, "message_id": "msg_2", "text": "/faq_port_time"}, **key)
        api, _ = post(f"{url}/model/parse", {"text": "hello"})

    assert places == LOOPBACK
    assert (without, status, api) == (401, 200, 404)
    assert json.loads(answer)["intent"]["name"] == "faq_port_time"
    assert json.loads(slash)["intent"]["name"] == "nlu_fallback"
    assert "zebra" not in log.read_text()
    assert "only-for-this-test" not in log.read_text()
