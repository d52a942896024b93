"""Codes that people paste into the chat are hidden; phone numbers and quantities are not."""

from __future__ import annotations

import re
import time

import pytest
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
    ("PIN 482", "PIN ••••"),
    ("the PIN is 482", "the PIN is ••••"),
    ("p.i.n. 4821", "p.i.n. ••••"),
    ("the p.i.n. they gave me is 4821", "the p.i.n. they gave me is ••••"),
    ("P I N 4821", "P I N ••••"),
    ("P-I-N: 4821", "P-I-N: ••••"),
    ("P\u0406N 4821", "P\u0406N ••••"),
    ("\u0420\u0406\u039d 4821", "\u0420\u0406\u039d ••••"),
    ("NTP 739281", "NTP ••••"),
    ("my NTP is 739281", "my NTP is ••••"),
    ("NTP739281", "NTP••••"),
    ("Number Transfer PIN 739281", "Number Transfer PIN ••••"),
    ("PIN is four eight two one", "PIN is ••••"),
    ("PIN four-eight-two", "PIN ••••"),
    ("PIN: four, eight, 2, oh.", "PIN: ••••."),
    ("el PIN es cuatro ocho dos uno", "el PIN es ••••"),
    ("mi NIP: cero siete tres", "mi NIP: ••••"),
    ("nine nine three two is my PIN", "•••• is my PIN"),
    # other codes
    ("port-out code is 4821", "port-out code is ••••"),
    ("the port out code: 4821", "the port out code: ••••"),
    ("porting code 4821", "porting code ••••"),
    ("transfer code 4821", "transfer code ••••"),
    ("código de portabilidad 4821", "código de portabilidad ••••"),
    ("el código de transferencia es 4821", "el código de transferencia es ••••"),
    ("código de seguridad: 482193", "código de seguridad: ••••"),
    ("verification code 482193", "verification code ••••"),
    # passwords and keys
    ("password: hunter22", "password: ••••"),
    ("password: hunter", "password: ••••"),
    ("password=hunter22, thanks", "password=••••, thanks"),
    ("my password is hunter22.", "my password is ••••."),
    ('the password is "swordfish"', 'the password is "••••"'),
    ("the password they gave me is P@ssword!", "the password they gave me is ••••!"),
    ("passcode hunter2", "passcode ••••"),
    ("clave 4821", "clave ••••"),
    ("la clave es abc123", "la clave es ••••"),
    ("contraseña: abc123", "contraseña: ••••"),
    ("mi contraseña es Verano2026", "mi contraseña es ••••"),
    ("token 0123456789abcdef0123456789abcdef ok", "token •••• ok"),
    ("auth token: 0123456789ABCDEF0123456789ABCDEF", "auth token: ••••"),
    ("sk-proj-abc123DEF456ghi789", "••••"),
    ("use sk_live_51HabcDEF0123456789 here", "use •••• here"),
    ("ghp_0123456789abcdefABCDEF0123456789abcd", "••••"),
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
    ("account number 12345", "account number ••••"),
    ("account number 555-0101", "account number ••••"),
    ("routing number 123456789", "routing number ••••"),
    ("routing # 123456789", "routing # ••••"),
    ("EIN 12-3456789", "EIN ••••"),
    ("our tax ID is 12-3456789", "our tax ID is ••••"),
    # Social Security numbers
    ("social is 123456789", "social is ••••"),
    ("S.S.N. 123456789", "S.S.N. ••••"),
    ("SSN# 123456789", "SSN# ••••"),
    ("SS# 123456789", "SS# ••••"),
    ("soc sec 123456789", "soc sec ••••"),
    ("SSN123456789", "SSN••••"),
    ("123 - 45 - 6789", "••••"),
    ("XXX-XX-6789", "••••"),
    ("SSN is one two three four five six seven eight nine", "SSN is ••••"),
    ("123-45-6789", "••••"),
    ("my ssn: 123 45 6789", "my ssn: ••••"),
    ("SSN 123456789", "SSN ••••"),
    ("social security number is 123456789", "social security number is ••••"),
    ("the last four of her SSN is 6789", "the last four of her SSN is ••••"),
    ("mi seguro social es 123456789", "mi seguro social es ••••"),
    ("he is 123–45–6789", "he is ••••"),
    # cards
    ("cvv 123", "cvv ••••"),
    ("the CVC is 123", "the CVC is ••••"),
    ("CVV2: 1234", "CVV2: ••••"),
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
    "account: 67260",
    "my account is 67260",
    "my account is 67260-1234",
    "mi cuenta es 67260",
    "account 555-0101",
    "our account is 555 0101",
    "which account is 555.0101?",
    "PIN 555-0101",
    "my account is six seven two six zero",
    "do I need a PIN in 316?",
    "¿Qué PIN? 316",
    "PIN, 316 area code",
    "PIN 316 numbers",
    "is a PIN 100% needed?",
    "the PIN for 316",
    "PIN has four digits",
    "one two three numbers",
    "area code 316, zip code 67260",
    "transfer to area code 316",
    "the code for the area is 316",
    "short code 12345",
    "código postal 67260",
    "código de área 316",
    "clave lada 316",
    "palabra clave 67260",
    "password?",
    "the password is wrong",
    "is the password what?",
    "what is the password for 316-555-0123?",
    "password 316-555-0123",
    "the password expired 2026-11-23",
    "a password is 8-12 characters",
    "password is 10-digit",
    "¿Cuál es la contraseña?",
    "olvidé mi contraseña",
    "social media 12345",
    "the social is 11/23/2026",
    "Office of Social Work, 2026",
    "routing 12345 texts",
    "route 67260",
    "AC0123456789abcdef0123456789abcdef",
    "sk-8",
    "ask-8 please",
    "\u0420\u0430\u0431\u043e\u0442\u0430 2026",
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
LABELS = st.sampled_from(
    [
        "PIN",
        "pin is",
        "PIN:",
        "p.i.n.",
        "P I N is",
        "P\u0406N",
        "el PIN es",
        "transfer pin",
        "passcode",
        "SSN",
        "S.S.N.:",
        "NTP",
        "port-out code is",
        "transfer code",
        "código de portabilidad",
        "clave",
        "contraseña:",
        "password is",
        "account number",
        "cvv",
    ]
)
IN_WORDS = st.sampled_from(
    [
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    ]
)
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


@st.composite
def spoken_codes(draw: st.DrawFn) -> str:
    """Four to six digits in words, English or Spanish."""
    names = draw(IN_WORDS)
    digits = draw(st.lists(st.integers(0, 9), min_size=4, max_size=6))
    return draw(st.sampled_from([" ", "-", ", "])).join(names[digit] for digit in digits)


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


@given(before=WORDS, label=LABELS, code=spoken_codes(), after=WORDS)
def test_no_word_of_a_spoken_code_survives(before: str, label: str, code: str, after: str) -> None:
    """Digits spelled out are a code as well."""
    kept = masked(f"{before} {label} {code} {after}")

    assert kept == f"{before} {label} {MASK} {after}"


@given(zip_code=st.integers(10_000, 99_999), label=st.sampled_from(["account:", "mi cuenta es"]))
def test_zip_code_of_an_account_survives(zip_code: int, label: str) -> None:
    """Five digits after "account" are a ZIP code, unless they are said to be its number."""
    said = f"{label} {zip_code}"

    assert masked(said) == said


@pytest.mark.parametrize(
    "piece",
    [
        "PIN ",
        "1234, ",
        "PIN 4821 and ",
        "four ",
        "four-4.",
        "sk-",
        "a@",
        "!",
        '"',
        " ",
        "*",
        "password: ",
        "password:a",
        "eyj1",
        "f",
        "1",
        "1 ",
        "1-",
        "a1-",
    ],
)
def test_long_texts_take_no_longer_than_they_are(piece: str) -> None:
    """The longest message there may be is read in a moment, whatever it is made of."""
    text = "PIN 4821" + piece * (20_000 // len(piece))
    started = time.process_time()
    masked(text)

    assert time.process_time() - started < 3


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
