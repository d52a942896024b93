"""What the words before a run of digits say about it: a phone's, an order's, a price's.

And which ten digits can be dialled at all.
"""

from __future__ import annotations

import re

# A run of digits after one of these counts or names something else than a phone.
_OTHER_NUMBER = re.compile(
    r"(?:[#$€£]|\b(?:orders?|tickets?|cases?|invoices?|accounts?|acct|confirmation|references?|ref"
    r"|tracking|transaction|(?:student|employee|staff)\s(?:id|number|no)|id|po|ein|pin|isbn|serial"
    r"|pedidos?|casos?|facturas?|cuentas?|referencia|matricula|folio|nip|expediente|recibo)"
    r"(?:\s(?:id|number|no|num|nbr|numero|de))?(?:\s(?:is|was|es|era))?)[\s:#.]{0,3}$"
    # "our account number, 3165550123", but not "on our account, 3165550123".
    r"|\b(?:(?:orders?|ticket|case|invoice|account|reference|tracking|serial)\s(?:id|number|no)"
    r"|(?:numero|no) de (?:pedido|caso|factura|cuenta|referencia)),\s$"
)
_PHONE_WORD = re.compile(
    r"\b(?:call|text|phone|tel|telephone|cell|mobile|fax|number|no|line|dial|reach"
    r"|llam\w{1,6}|marc\w{1,6}|telefono|celular|movil|numero|linea)\b[^.?!\n]{0,12}$"
)
# How far back those words are looked for.
_BEFORE = 40
TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
# The North American plan's rules: area codes and exchanges begin with 2 to 9, area codes go on with
# 0 to 8, and 211 to 911 are neither, but for the exchanges of toll-free numbers. phonenumbers would
# only add, 40 ms later, that ten digits are as many as it takes: whether a number exists isn't
# asked, for 555-0123 doesn't.
_TEN_DIGITS = re.compile(r"[2-9][0-8]\d[2-9]\d{6}")
_SERVICE = "11"


def counts_something_else(rest: str, start: int) -> bool:
    """Whether what stands before ``start`` makes the digits there an order's or a price's."""
    return _OTHER_NUMBER.search(_before(rest, start)) is not None


def speaks_of_a_phone(rest: str, start: int) -> bool:
    """Whether the words before ``start`` are those that come before phone numbers."""
    return _PHONE_WORD.search(_before(rest, start)) is not None


def is_dialable(digits: str) -> bool:
    """Whether ten digits could be a North American number."""
    area, exchange = digits[:3], digits[3:6]
    if _TEN_DIGITS.fullmatch(digits) is None or area.endswith(_SERVICE):
        return False
    return area in TOLL_FREE or not exchange.endswith(_SERVICE)


def _before(rest: str, start: int) -> str:
    return rest[max(0, start - _BEFORE) : start]
