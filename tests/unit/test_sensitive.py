"""Codes that people paste into the chat are hidden; phone numbers and quantities are not."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.sensitive import MASK, masked

HIDDEN = (
    # PINs
    ("PIN is 4821", "PIN is ••••"),
    ("pin: 0000", "pin: ••••"),
    ("my PIN is 4821, what next?", "my PIN is ••••, what next?"),
    ("el PIN es 4821", "el PIN es ••••"),
    ("transfer pin 12345", "transfer pin ••••"),
    ("the port-out PIN=998877", "the port-out PIN=••••"),
    ("PIN number 4821", "PIN number ••••"),
    ("PIN# 4821", "PIN# ••••"),
    ("pin code: 4 8 2 1", "pin code: ••••"),
    ("PIN 48-21", "PIN ••••"),
    ("PIN4821", "PIN••••"),
    ("her SSN ends in 6789", "her SSN ends in ••••"),
    ("¿Mi PIN? 4821", "¿Mi PIN? ••••"),
    ("What is your PIN?\n4821", "What is your PIN?\n••••"),
    ("PIN:4821", "PIN:••••"),
    ("The PIN they gave me is 4821.", "The PIN they gave me is ••••."),
    ("the pin for my verizon line is 4821", "the pin for my verizon line is ••••"),
    ("the PIN for 316-555-0123 is 4821", "the PIN for 316-555-0123 is ••••"),
    ("the PIN for 3165550123 is 4821", "the PIN for 3165550123 is ••••"),
    ("port (316) 555-0123 PIN 4821", "port (316) 555-0123 PIN ••••"),
    ("+13165550123, pin 4821", "+13165550123, pin ••••"),
    ("PINs are 4821 and 9932", "PINs are •••• and ••••"),
    ("pin 4821 or 4822", "pin •••• or ••••"),
    ("4821 is the PIN", "•••• is the PIN"),
    ("4821 is my transfer pin", "•••• is my transfer pin"),
    ("use 4821 as the PIN", "use •••• as the PIN"),
    ("4821 (PIN)", "•••• (PIN)"),
    ("4821 es el PIN", "•••• es el PIN"),
    ("PIN: A1B2C3D4", "PIN: ••••"),
    ("PIN they texted me 482193", "PIN they texted me ••••"),
    ("passcode 4821", "passcode ••••"),
    ("the pass code is 48213", "the pass code is ••••"),
    ("mi NIP es 4821", "mi NIP es ••••"),
    ("código PIN: 4821", "código PIN: ••••"),
    ("el pin de transferencia es 12345", "el pin de transferencia es ••••"),
    ("ＰＩＮ ４８２１", "ＰＩＮ ••••"),
    ("P\u200bIN 48\u200b21", "P\u200bIN ••••"),
    ("PIN 4️⃣8️⃣2️⃣1️⃣", "PIN ••••"),
    ("PIN\n4821", "PIN\n••••"),
    ('the PIN is "4821"', 'the PIN is "••••"'),
    ("PIN → 4821", "PIN → ••••"),
    # account numbers
    ("account # 12345678", "account # ••••"),
    ("acct no. 99-1234-5", "acct no. ••••"),
    ("acct 12345678", "acct ••••"),
    ("account number is 1234 5678 9012", "account number is ••••"),
    ("Account Number: AB-1234567", "Account Number: ••••"),
    ("account number for Verizon is 99887766", "account number for Verizon is ••••"),
    ("our account with AT&T is 99887766", "our account with AT&T is ••••"),
    ("my verizon account is 123456789", "my verizon account is ••••"),
    ("account number 3165550123", "account number ••••"),
    ("12345678 is our account number", "•••• is our account number"),
    ("customer number 4455667", "customer number ••••"),
    ("número de cuenta 123456", "número de cuenta ••••"),
    ("cuenta n.º 123456", "cuenta n.º ••••"),
    ("el número de cuenta de Verizon es 123456", "el número de cuenta de Verizon es ••••"),
    ("NUMERO DE CUENTA: 99-1234-5", "NUMERO DE CUENTA: ••••"),
    ("mi cuenta es 12345678", "mi cuenta es ••••"),
    ("account 12345678, PIN 4821", "account ••••, PIN ••••"),
    # Social Security numbers
    ("123-45-6789", "••••"),
    ("my ssn: 123 45 6789", "my ssn: ••••"),
    ("SSN 123456789", "SSN ••••"),
    ("social security number is 123456789", "social security number is ••••"),
    ("the last four of her SSN is 6789", "the last four of her SSN is ••••"),
    ("mi seguro social es 123456789", "mi seguro social es ••••"),
    ("he is 123–45–6789", "he is ••••"),
    # cards
    ("4111 1111 1111 1111", "••••"),
    ("card 4111111111111111 exp 11/29", "card •••• exp 11/29"),
    ("3782-822463-10005", "••••"),
    ("charge 5555-5555-5555-4444 please", "charge ••••-please".replace("-", " ")),
)

KEPT = (
    "316-555-0123",
    "(316) 555-0123",
    "(316)555-0123",
    "316.555.0123",
    "316 555 0123",
    "3165550123",
    "13165550123",
    "+13165550123",
    "+1 316 555 0123",
    "+1 (316) 555-0123",
    "1-316-555-0123",
    "316/555-0123",
    "+44 20 7946 0958",
    "+52 55 1234 5678",
    "who answers 3165550123 and 3165550124?",
    "Can I transfer 316-555-0123?",
    "what PIN do I need for 3165550123?",
    "Is the PIN for +13165550123 the same?",
    "the account for 316-555-0123",
    "which account is 3165550123 under?",
    "PIN 316-555-0123",
    "account number?",
    "do I need an account number",
    "what PIN do they want?",
    "4 digit pin",
    "a 4-digit PIN",
    "PIN has 4-6 digits",
    "PIN or account number?",
    "¿Qué PIN necesito?",
    "¿Dónde está el número de cuenta?",
    "create a number in 316",
    "create a number in 67260",
    "a number for 67260-1234",
    "area code 620",
    "do I need a PIN in 67260?",
    "¿necesito un PIN en 67260?",
    "an account in area code 3165",
    "port it on 2026-11-23",
    "by 11/23/2026",
    "is the PIN due 11/23/2026?",
    "account opened 2026-11-23",
    "how long does porting take, 4 weeks?",
    "we have 5000 contacts",
    "our limit is 5,000 contacts and 10 numbers",
    "does the account have 5000 contacts?",
    "is there a PIN for each of our 1200 numbers",
    "the account has a limit of 10000",
    "num_0123456789abcdef0123",
    "pin the message in room 2031",
    "El límite es 10000",
    "¿Me cuenta 1 de los 10 números?",
    "it's 10:30",
    "text 12345 to join",
    "orientation 2026",
    "spinning 4821 wheels",
    "",
)

WORDS = st.sampled_from(
    ["hello", "port", "please", "número", "and", "Financial Aid", "gracias", "?"]
)
LABELS = st.sampled_from(["PIN", "pin is", "PIN:", "el PIN es", "transfer pin", "passcode", "SSN"])
PHONE_FORMS = (
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    "{0} {1} {2}",
    "{0}{1}{2}",
    "1{0}{1}{2}",
    "+1{0}{1}{2}",
    "+1 {0} {1} {2}",
    "1-{0}-{1}-{2}",
    "({0}){1}-{2}",
)


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A US phone number in some spelling."""
    area = f"{draw(st.integers(201, 989))}"
    exchange = f"{draw(st.integers(200, 999))}"
    return draw(st.sampled_from(PHONE_FORMS)).format(
        area, exchange, f"{draw(st.integers(0, 9999)):04}"
    )


@st.composite
def codes(draw: st.DrawFn) -> str:
    """Four to nine digits in a row, or in groups."""
    digits = draw(st.text("0123456789", min_size=4, max_size=9))
    return draw(st.sampled_from([digits, " ".join(digits), "-".join(digits)]))


def test_codes_are_hidden_and_all_else_is_kept() -> None:
    """Each code in the table gives way to the mask; the words around it stay as they were."""
    wrong = [(said, masked(said), want) for said, want in HIDDEN if masked(said) != want]

    assert wrong == []


def test_what_the_chat_is_about_is_never_hidden() -> None:
    """Phone numbers, area codes, ZIP codes, dates, quantities and questions stay as they are."""
    wrong = [(said, masked(said)) for said in KEPT if masked(said) != said]

    assert wrong == []


@given(before=WORDS, label=LABELS, code=codes(), after=WORDS)
def test_no_digit_of_a_code_survives(before: str, label: str, code: str, after: str) -> None:
    """Whatever a PIN or Social Security number is written like, nothing of it is left."""
    kept = masked(f"{before} {label} {code} {after}")

    assert not re.search(r"\d", kept)
    assert kept == f"{before} {label} {MASK} {after}"


@given(phone=phones(), before=WORDS, after=WORDS, label=LABELS, code=codes())
def test_phone_numbers_survive(phone: str, before: str, after: str, label: str, code: str) -> None:
    """A phone number stays in every spelling, beside a code or not."""
    kept = masked(f"{before} {phone} {after}, {label} {code}")

    assert (
        masked(phone) == phone
        and masked(f"{before} {phone} {after}") == f"{before} {phone} {after}"
    )
    assert kept == f"{before} {phone} {after}, {label} {MASK}"


@given(st.text())
def test_hiding_twice_changes_nothing_more(text: str) -> None:
    """What was hidden once reads the same when it is looked at again."""
    once = masked(text)

    assert masked(once) == once
