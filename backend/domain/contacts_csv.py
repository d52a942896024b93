"""Contacts as a CSV file: what an office imports into a campaign, and what it gets back.

Rows are counted as a spreadsheet shows them: the first row is 1, empty rows count, and a cell
with line breaks in quotation marks is still one row.
Formula injection: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from backend.domain.errors import InvalidRequest, Problem
from backend.domain.phone_numbers import to_e164
from backend.domain.words import clean, folded

MOST_BYTES: Final = 25_000_000
MOST_ROWS: Final = 200_000
# Empty ones among them: what a spreadsheet can hold.
LAST_ROW: Final = 1_048_576
MOST_FAULTS_KEPT: Final = 1_000
LONGEST_CELL: Final = 1_000
LONGEST_ROW: Final = 100_000

_Column = Literal["phone", "name", "first_name", "last_name", "language"]

COLUMNS: Final[dict[_Column, frozenset[str]]] = {
    "phone": frozenset(
        {
            *("phone", "phonenumber", "phoneno", "telephone", "telephonenumber", "tel"),
            *("mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "cellnumber"),
            *("cellphonenumber", "mobilephonenumber", "telefono", "numerodetelefono"),
            *("celular", "movil", "telefonocelular", "telefonomovil"),
        }
    ),
    "name": frozenset({"name", "fullname", "nombrecompleto"}),
    "first_name": frozenset({"firstname", "first", "givenname", "nombre", "nombres"}),
    "last_name": frozenset({"lastname", "last", "surname", "familyname", "apellido", "apellidos"}),
    "language": frozenset({"language", "lang", "idioma", "lengua"}),
}
LANGUAGES: Final[dict[str, str]] = {
    **dict.fromkeys(("en", "eng", "english", "ingles"), "en"),
    **dict.fromkeys(("es", "spa", "spanish", "espanol", "castellano"), "es"),
}
DELIMITERS: Final = (",", ";", "\t")
BYTE_ORDER_MARK: Final = "\ufeff"
SAVE_AS: Final = "In the spreadsheet choose “Save as” and the type “CSV UTF-8”."

# How most files write a US number; area code and exchange begin with 2 to 9 in the North American
# plan. It gives what `to_e164` gives, in a tenth of the time.
_PLAIN = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\)|([2-9][0-9]{2}))[-. ]?([2-9][0-9]{2})[-. ]?([0-9]{4})"
)
_US = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # how `surrogateescape` marks such bytes
_DANGEROUS = frozenset("=+-@")
# An apostrophe is taken off on import, so a true one is given another.
_TO_PREFIX = _DANGEROUS | {"'"}


class ContactRow(NamedTuple):
    """A good row: `phone` is E.164; `name` and `language` (`en`, `es`) are None when not given."""

    row: int
    phone: str
    name: str | None
    language: str | None


@dataclass(frozen=True)
class RowFault:
    """Why a row is left out: `field` is the column's name here, `fix` says what to do."""

    row: int
    field: str
    code: str
    fix: str


@dataclass
class Sheet:
    """What a file holds: the good rows, and of `bad` ones the first 1,000 faults.

    `rows` counts the rows under the header that are not empty.
    """

    contacts: list[ContactRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    rows: int = 0
    bad: int = 0


class ExportedContact(NamedTuple):
    """A contact on its way into a file; `phone` is E.164, `state` is in words."""

    phone: str
    name: str | None
    language: str | None
    state: str


def parse(content: bytes) -> Sheet:
    """Read a file of contacts: good rows are kept, bad ones are listed with their fault.

    The first row names the columns, in any case, spacing and order: a phone number, and a name (or
    first and last name) and language if there are any; other columns do not matter. Cells are
    parted by commas, semicolons or tabs. Raises `InvalidRequest` when the file cannot be read
    as such.
    """
    lines = _Lines(content)
    reader = csv.reader(lines, delimiter=_delimiter(lines.peek()), strict=True)
    rows = _numbered(reader, lines)
    _number, header = next(rows)
    sheet = _read_rows(rows, _columns(header), len(header))
    if not sheet.rows:
        raise _refusal("no_rows", "The file has a header and no rows under it.")
    return sheet


def export_csv(contacts: Iterable[ExportedContact]) -> bytes:
    """Contacts as a file that spreadsheets open and `parse` reads: UTF-8 with its mark.

    A cell that a spreadsheet would run as a formula begins with an apostrophe, which makes it text.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("phone", "name", "language", "state"))
    writer.writerows(
        (
            safe_cell(_as_written(contact.phone)),
            safe_cell(contact.name or ""),
            safe_cell(contact.language or ""),
            safe_cell(contact.state),
        )
        for contact in contacts
    )
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


class _Lines:
    """A file's lines, which keeps rows from growing without end: it knows the lines of the row
    that is being read, and `row`, the number of that row.
    """

    def __init__(self, content: bytes) -> None:
        if len(content) > MOST_BYTES:
            fix = f"The file is larger than {MOST_BYTES // 1_000_000} MB. Split it."
            raise _refusal("too_large", fix)
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _refusal("wrong_encoding", f"Row 1 is not UTF-8 but UTF-16. {SAVE_AS}")
        self.row = 1
        self._of_row: list[str] = []
        self._length = 0
        self._again: list[str] = []
        self._text = io.TextIOWrapper(
            io.BytesIO(content), encoding="utf-8-sig", errors="surrogateescape", newline=""
        )

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._text.readline(LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self._of_row.append(line)
        self._length += len(line)
        self._check(line)
        return line

    def peek(self) -> str:
        """The first line with something on it, which is then given once more."""
        for line in self:
            if line.strip():
                self._again.append(line)
                self._forget()
                return line
            self.end_row()
        raise _refusal("empty", "The file is empty. Choose the file with the contacts.")

    def end_row(self) -> None:
        """The reader has a whole row."""
        self.row += 1
        if self.row > LAST_ROW:
            raise _refusal("too_many_rows", "The file has more rows than a spreadsheet can hold.")
        self._forget()

    def _forget(self) -> None:
        self._of_row.clear()
        self._length = 0

    def _check(self, line: str) -> None:
        if "\0" in line:
            fix = f"Row {self.row} holds NUL characters, so this is not a CSV in UTF-8. {SAVE_AS}"
            raise _refusal("wrong_encoding", fix)
        if not line.isascii() and _NOT_UTF_8.search(line):
            fix = f"Row {self.row} holds characters that are not UTF-8. {SAVE_AS}"
            raise _refusal("wrong_encoding", fix)
        if self._length > LONGEST_ROW:
            raise _too_long(self.row, self._long_column())

    def _long_column(self) -> int | None:
        text = "".join(self._of_row)[: LONGEST_ROW + 1]
        first = next(iter(text.splitlines()), "")
        cells = next(csv.reader([text], delimiter=_delimiter(first)))
        return next((place for place, cell in enumerate(cells) if len(cell) > LONGEST_CELL), None)


def _numbered(reader: Iterator[list[str]], lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with its number."""
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _unreadable(lines.row, error) from None
        if cells is None:
            return
        number = lines.row
        lines.end_row()
        if any(cell.strip() for cell in cells):
            _check_lengths(number, cells)
            yield number, cells


def _check_lengths(number: int, cells: list[str]) -> None:
    if max(map(len, cells)) > LONGEST_CELL:
        column = next(place for place, cell in enumerate(cells) if len(cell) > LONGEST_CELL)
        raise _too_long(number, column)


def _too_long(row: int, column: int | None) -> InvalidRequest:
    if column is None:
        return _refusal("row_too_long", f"Row {row} holds more than {LONGEST_ROW:,} characters.")
    return _refusal(
        "cell_too_long",
        f"Row {row}, column {column + 1} holds more than {LONGEST_CELL:,} characters. Shorten it; "
        "if a quotation mark opens there, close it.",
    )


def _unreadable(row: int, error: csv.Error) -> InvalidRequest:
    if "end of data" in str(error):
        fix = f"A quotation mark that opens in row {row} is never closed. Close it."
        return _refusal("unclosed_quote", fix)
    return _refusal(
        "bad_quote",
        f"Row {row} has a quotation mark in the middle of a quoted cell. Write it twice.",
    )


def _delimiter(header: str) -> str:
    """What parts the cells: whatever makes most known columns of the header."""

    def known(delimiter: str) -> int:
        cells = next(csv.reader([header], delimiter=delimiter), [])
        return sum(_column(cell) is not None for cell in cells)

    return max(DELIMITERS, key=known)


def _column(written: str) -> _Column | None:
    word = folded(written).replace(" ", "")
    return next((column for column, names in COLUMNS.items() if word in names), None)


def _columns(header: list[str]) -> dict[_Column, int]:
    columns: dict[_Column, int] = {}
    for place, written in enumerate(header):
        column = _column(written)
        if column is None:
            continue
        if column in columns:
            first, second = (header[at].strip() for at in (columns[column], place))
            fix = f"“{first}” and “{second}” are columns for the same thing. Keep one of them."
            raise _refusal("repeated_column", fix)
        columns[column] = place
    if "phone" not in columns:
        found = ", ".join(f"“{cell.strip()[:40]}”" for cell in header[:10])
        fix = f"No column is named “phone”. The first row has: {found}. Name one of them “phone”."
        raise _refusal("no_phone_column", fix)
    return columns


def _read_rows(
    rows: Iterator[tuple[int, list[str]]], columns: dict[_Column, int], width: int
) -> Sheet:
    sheet = Sheet()
    seen: dict[str, int] = {}
    for number, cells in rows:
        sheet.rows += 1
        if sheet.rows > MOST_ROWS:
            raise _refusal("too_many_rows", f"The file has more than {MOST_ROWS:,} rows. Split it.")
        found = _contact(number, cells, columns, width)
        if isinstance(found, ContactRow) and found.phone in seen:
            fix = f"The same number is in row {seen[found.phone]}, which counts. Remove this row."
            found = RowFault(number, "phone", "repeated_number", fix)
        if isinstance(found, ContactRow):
            seen[found.phone] = number
            sheet.contacts.append(found)
            continue
        sheet.bad += 1
        if len(sheet.faults) < MOST_FAULTS_KEPT:
            sheet.faults.append(found)
    return sheet


def _contact(
    number: int, cells: list[str], columns: dict[_Column, int], width: int
) -> ContactRow | RowFault:
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        fix = "It has more cells than the header. Put a cell that holds the separator in quotes."
        return RowFault(number, "row", "too_many_cells", fix)
    written = _cell(cells, columns, "phone")
    if not written:
        return RowFault(number, "phone", "missing", "It has no phone number. Add one.")
    phone = _us_number(written)
    if phone is None:
        fix = "It has no US phone number. Write one such as (316) 555-0123."
        return RowFault(number, "phone", "invalid_number", fix)
    spoken_in = _cell(cells, columns, "language")
    language = LANGUAGES.get(folded(spoken_in)) if spoken_in else None
    if spoken_in and language is None:
        fix = "Write en or es for the language, or leave it empty."
        return RowFault(number, "language", "unknown_language", fix)
    return ContactRow(number, phone, _name(cells, columns), language)


def _us_number(written: str) -> str | None:
    plain = _PLAIN.fullmatch(written)
    if plain is not None:
        bracketed, bare, exchange, line = plain.groups()
        return f"+1{bracketed or bare}{exchange}{line}"
    try:
        e164 = to_e164(written)
    except InvalidRequest:
        return None
    return e164 if _US.fullmatch(e164) else None


def _name(cells: list[str], columns: dict[_Column, int]) -> str | None:
    whole = _cell(cells, columns, "name")
    if whole:
        return whole
    parts = (_cell(cells, columns, "first_name"), _cell(cells, columns, "last_name"))
    return " ".join(part for part in parts if part) or None


def _cell(cells: list[str], columns: dict[_Column, int], column: _Column) -> str:
    """A cell on one line, without the apostrophe that made it text."""
    place = columns.get(column)
    if place is None or place >= len(cells):
        return ""
    return one_line(cells[place].strip().removeprefix("'"))


def one_line(text: str) -> str:
    """A name as it is kept: NFC, on one line, with single spaces and no control characters."""
    kept = text if text.isascii() and text.isprintable() else clean(text)
    return " ".join(kept.split())


def _as_written(phone: str) -> str:
    is_us = _US.fullmatch(phone)
    return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}" if is_us else phone


def safe_cell(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe before it makes it text."""
    visible = cell.lstrip()
    # NFKC makes "＝" and other forms of these signs the plain ones, as some spreadsheets do.
    first = unicodedata.normalize("NFKC", visible[:1])[:1]
    return f"'{cell}" if first in _TO_PREFIX or cell.startswith(("\t", "\r")) else cell


def _refusal(code: str, fix: str) -> InvalidRequest:
    return InvalidRequest(Problem("file", code, fix))
