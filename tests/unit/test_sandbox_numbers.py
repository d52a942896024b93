"""The built-in carrier's numbers: which there are, whose they are, and who gets the last one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.domain.errors import CarrierError
from backend.services.ports import (
    CarrierCredentials,
    LineInfo,
    NumberOrder,
    OwnedNumber,
    Place,
    Registration,
    WantedNumber,
)
from tests.fakes import FakeClock
from tests.unit.test_sandbox_carrier import ACCOUNT, ALICE, PUBLIC_URL, queued

OTHER_ACCOUNT = CarrierCredentials("AC" + "b" * 32, "another token")
SERVICE = "MG" + "c" * 32
SMS_URL = f"{PUBLIC_URL}/webhooks/twilio/sms/of-our-own"
WICHITA = Place(37.69, -97.34, ("316", "999"))

# What the first version of the sandbox carrier made.
OLD_FILE = """
PRAGMA journal_mode = WAL;
CREATE TABLE texts (
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, account_sid TEXT NOT NULL,
    from_number TEXT NOT NULL, to_number TEXT NOT NULL, body TEXT NOT NULL,
    direction TEXT NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX texts_by_pair ON texts (from_number, to_number);
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, text_sid TEXT NOT NULL, status TEXT NOT NULL,
    path TEXT NOT NULL, form TEXT NOT NULL, signature TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, leased_until REAL NOT NULL DEFAULT 0, failure TEXT
);
CREATE INDEX webhooks_by_text ON webhooks (text_sid, id);
INSERT INTO texts (sid, account_sid, from_number, to_number, body, direction, status, at)
VALUES ('SM1', 'AC1', '+13165550100', '+13165550123', 'Hello', 'outbound', 'delivered',
        '2026-11-23T09:00:00+00:00');
"""


@pytest.fixture
def clock() -> FakeClock:
    """A clock that moves when told to."""
    return FakeClock()


@pytest.fixture
def sandbox(tmp_path: Path, clock: FakeClock) -> SandboxCarrier:
    """A carrier on a new file, with a registration that takes an hour."""
    return open_sandbox(tmp_path / "sandbox.db", clock, registration_s=3600)


def open_sandbox(path: Path, clock: FakeClock, registration_s: float = 0) -> SandboxCarrier:
    """A carrier on a file."""
    return SandboxCarrier(
        path, PUBLIC_URL, "http://127.0.0.1:9", lambda _delay: None, clock, registration_s
    )


def order(e164: str, sms_url: str = SMS_URL) -> NumberOrder:
    """An order for one number."""
    return NumberOrder(e164, "num_1", sms_url)


def found(sandbox: SandboxCarrier, wanted: WantedNumber) -> list[str]:
    """The numbers a search finds."""
    return [each.e164 for each in sandbox.search(ACCOUNT, wanted)]


@pytest.mark.parametrize(
    ("wanted", "first", "count"),
    [
        (WantedNumber(), "+13165550100", 10),
        (WantedNumber(area_code="212", most=3), "+12125550100", 3),
        (WantedNumber(area_code="212", most=500), "+12125550100", 100),
        (WantedNumber(area_code="212", contains="0142"), "+12125550142", 1),
        (WantedNumber(area_code="212", contains="01*2", most=50), "+12125550102", 10),
        (WantedNumber(contains="2015550199"), "+12015550199", 1),
        (WantedNumber(near=WICHITA), "+13165550100", 10),
    ],
)
def test_a_search_finds_what_fits(
    sandbox: SandboxCarrier, wanted: WantedNumber, first: str, count: int
) -> None:
    """In the same order each time, and no more than asked for."""
    numbers = found(sandbox, wanted)

    assert (numbers[0], len(numbers)) == (first, count)
    assert numbers == found(sandbox, wanted) == sorted(numbers)


@pytest.mark.parametrize(
    "wanted",
    [
        WantedNumber(area_code="533"),
        WantedNumber(area_code="416"),
        WantedNumber(area_code="800"),
        WantedNumber(area_code="787"),
        WantedNumber(area_code="31"),
        WantedNumber(area_code="212", contains="777"),
        WantedNumber(area_code="212", contains="."),
        WantedNumber(area_code="212", near=WICHITA),
    ],
)
def test_what_does_not_exist_is_not_found(sandbox: SandboxCarrier, wanted: WantedNumber) -> None:
    """Not in Canada, not toll-free, not where the wishes exclude each other."""

    assert found(sandbox, wanted) == []


def test_a_sold_number_is_not_offered_until_it_is_given_back(sandbox: SandboxCarrier) -> None:
    """Nobody else finds it either, and the last number of an area code can be sold."""
    wanted = WantedNumber(area_code="316", most=100)
    sids = [sandbox.buy(ACCOUNT, order(e164)).sid for e164 in found(sandbox, wanted)]
    sold_out = sandbox.search(OTHER_ACCOUNT, wanted)
    sandbox.release(ACCOUNT, sids[7])

    assert sold_out == ()
    assert found(sandbox, wanted) == ["+13165550107"]


@pytest.mark.parametrize(
    ("e164", "code"),
    [
        ("+15005550000", 21422),
        ("+15005550001", 21421),
        ("+13162345678", 21422),
        ("+18005550100", 21422),
        ("+14165550100", 21421),
        ("+442079460000", 21421),
        ("+13165550200", 21422),
        ("+1316555010", 21421),
        ("+131655501000", 21421),
        ("+1316555012٣", 21421),
        ("", 21421),
    ],
)
def test_what_is_not_for_sale_is_refused(sandbox: SandboxCarrier, e164: str, code: int) -> None:
    """With Twilio's error, Twilio's own test numbers included, and nothing is bought."""
    with pytest.raises(CarrierError) as refused:
        sandbox.buy(ACCOUNT, order(e164))

    assert (refused.value.carrier_code, refused.value.permanent) == (code, True)
    assert sandbox.owned(ACCOUNT) == ()


@pytest.mark.parametrize("e164", ["+15005550006", "+12025550199"])
def test_a_number_need_not_be_found_to_be_bought(sandbox: SandboxCarrier, e164: str) -> None:
    """Twilio's own test number, and each of ours."""
    bought = sandbox.buy(ACCOUNT, order(e164))

    assert sandbox.owned(ACCOUNT) == (OwnedNumber(bought.sid, e164, "num_1", SMS_URL),)


def test_a_number_belongs_to_one_account(sandbox: SandboxCarrier) -> None:
    """Another account can neither buy it nor see, change or release it."""
    bought = sandbox.buy(ACCOUNT, order("+13165550142"))
    sandbox.release(OTHER_ACCOUNT, bought.sid)
    codes = []
    for attempt in (
        lambda: sandbox.buy(OTHER_ACCOUNT, order("+13165550142")),
        lambda: sandbox.configure(OTHER_ACCOUNT, bought.sid, reference="x", sms_url=SMS_URL),
        lambda: sandbox.join_service(OTHER_ACCOUNT, SERVICE, bought.sid),
    ):
        with pytest.raises(CarrierError) as refused:
            attempt()
        codes.append(refused.value.carrier_code)

    assert codes == [21422, 20404, 20404]
    assert sandbox.owned(OTHER_ACCOUNT) == ()
    assert sandbox.owned(ACCOUNT) == (bought,)


def test_a_registration_takes_its_time(sandbox: SandboxCarrier, clock: FakeClock) -> None:
    """Pending before and after joining, registered an hour later; joining again changes nothing."""
    bought = sandbox.buy(ACCOUNT, order("+13165550142"))
    seen = [sandbox.registration(ACCOUNT, SERVICE, bought.sid)]
    sandbox.join_service(ACCOUNT, SERVICE, bought.sid)
    for _ in range(3):
        seen.append(sandbox.registration(ACCOUNT, SERVICE, bought.sid))
        clock.pass_time(minutes=30)
        sandbox.join_service(ACCOUNT, SERVICE, bought.sid)

    assert seen == [Registration.PENDING] * 3 + [Registration.REGISTERED]
    assert sandbox.registration(OTHER_ACCOUNT, SERVICE, bought.sid) is Registration.PENDING


def test_a_number_is_in_one_service_at_most(sandbox: SandboxCarrier) -> None:
    """As with Twilio, another service gets 21712."""
    bought = sandbox.buy(ACCOUNT, order("+13165550142"))
    sandbox.join_service(ACCOUNT, SERVICE, bought.sid)
    with pytest.raises(CarrierError) as refused:
        sandbox.join_service(ACCOUNT, "MG" + "d" * 32, bought.sid)

    assert (refused.value.carrier_code, refused.value.permanent) == (21712, True)


@pytest.mark.parametrize(
    ("e164", "line"),
    [
        ("+13165550123", LineInfo("Sandbox Wireless", "mobile")),
        ("+18005550123", LineInfo("Sandbox Toll-Free", "tollFree")),
        ("+13162345678", LineInfo("Sandbox Telephone", "landline")),
        ("+442079460000", LineInfo("Sandbox Telephone", "landline")),
        ("+15555550123", LineInfo(None, None)),
    ],
)
def test_a_lookup_is_always_the_same(sandbox: SandboxCarrier, e164: str, line: LineInfo) -> None:
    """Our own numbers are mobile, others toll-free, landlines or unknown by their prefix."""

    assert sandbox.lookup(ACCOUNT, e164) == line


@pytest.mark.parametrize(
    ("sms_url", "path"),
    [
        (SMS_URL, "/webhooks/twilio/sms/of-our-own"),
        ("https://before-we-moved.example/sms", "/webhooks/twilio/sms"),
    ],
)
def test_texts_are_reported_where_the_number_says(
    sandbox: SandboxCarrier, tmp_path: Path, sms_url: str, path: str
) -> None:
    """As long as that is this desk; no text leaves it for elsewhere."""
    sandbox.buy(ACCOUNT, order("+13165550142", sms_url))
    sandbox.receive(ACCOUNT, ALICE, "+13165550142", "Hi")

    assert [each[0] for each in queued(tmp_path / "sandbox.db")] == [path]


def test_another_accounts_text_has_no_status(sandbox: SandboxCarrier) -> None:
    """A text is known to the account it was sent from only."""
    sid = sandbox.receive(ACCOUNT, ALICE, "+13165550142", "Hi")
    with pytest.raises(CarrierError) as unknown:
        sandbox.status(OTHER_ACCOUNT, sid)

    assert sandbox.status(ACCOUNT, sid).status == "received"
    assert unknown.value.carrier_code == 20404


def test_an_older_file_is_brought_up_to_date(tmp_path: Path, clock: FakeClock) -> None:
    """Its texts stay, and numbers can be bought."""
    path = old_file(tmp_path)
    sandbox = open_sandbox(path, clock)
    bought = sandbox.buy(ACCOUNT, order("+13165550142"))

    assert [text.body for text in sandbox.messages("+13165550100", ALICE)] == ["Hello"]
    assert sandbox.owned(ACCOUNT) == (bought,)


BUYER = """
import sys
from pathlib import Path
from backend.domain.errors import CarrierError
from tests.unit.test_sandbox_numbers import ACCOUNT, FakeClock, open_sandbox, order
sandbox = open_sandbox(Path(sys.argv[1]), FakeClock())
print("ready", flush=True)
sys.stdin.read()
sold = 0
for last in range(25):
    try:
        sandbox.buy(ACCOUNT, order(f"+131655501{last:02}"))
        sold += 1
    except CarrierError as error:
        assert error.carrier_code == 21422
print(sold)
"""


def test_processes_never_buy_the_same_number(tmp_path: Path, clock: FakeClock) -> None:
    """Four processes that start on an older file and want the same numbers get each once."""
    path = old_file(tmp_path)
    buyers = [
        subprocess.Popen(
            [sys.executable, "-c", BUYER, str(path)],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for buyer in buyers:
        assert buyer.stdout is not None
        buyer.stdout.readline()
    sold = [int(buyer.communicate()[0]) for buyer in started(buyers)]

    assert sum(sold) == 25
    assert len(open_sandbox(path, clock).owned(ACCOUNT)) == 25


def started(buyers: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Let them all go at once."""
    for buyer in buyers:
        assert buyer.stdin is not None
        buyer.stdin.close()
        buyer.stdin = None
    return buyers


def old_file(folder: Path) -> Path:
    """A file that the first version of the sandbox carrier left behind."""
    path = folder / "sandbox.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(OLD_FILE)
    return path
