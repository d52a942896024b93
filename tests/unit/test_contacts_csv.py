"""Contacts as CSV: good rows are kept, bad ones named, and nothing comes back as a formula."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.contacts_csv import (
    LAST_ROW,
    MOST_BYTES,
    MOST_FAULTS_KEPT,
    MOST_ROWS,
    ContactRow,
    ExportedContact,
    RowFault,
    export_csv,
    one_line,
    parse,
)
from backend.domain.errors import InvalidRequest
from backend.domain.phone_numbers import to_e164

ANA = ContactRow(2, "+13165550123", "Ana López", "es")
US_PHONES = st.from_regex(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
NAMES = st.none() | st.text(max_size=30).map(one_line).map(lambda name: name or None)


def refusal(content: bytes) -> tuple[str, str]:
    """The code and the words with which a file is refused."""
    with pytest.raises(InvalidRequest) as caught:
        parse(content)
    (problem,) = caught.value.problems
    assert problem.field == "file"
    return problem.code, problem.fix


def fault_of(line: str, header: str = "phone,name,language") -> RowFault:
    """What is wrong with the only row of a file."""
    sheet = parse(f"{header}\n{line}\n".encode())
    assert (sheet.rows, sheet.bad, sheet.contacts) == (1, 1, [])
    return sheet.faults[0]


@pytest.mark.parametrize(
    "text",
    [
        "phone,name,language\n(316) 555-0123,Ana López,es\n",
        "Phone Number;Full Name;Idioma\r\n316-555-0123;Ana López;Español\r\n",
        "MOBILE\tfirst_name\tLast Name\tlang\n+1 316.555.0123\tAna\tLópez\tspanish",
        "language,note,NAME, cell\r\nES,x,Ana   López,3165550123\r\n",
        "Teléfono;Nombre;Apellidos;Idioma;\n1 (316) 555-0123;Ana;López;es;\n",
        'phone,name,language\n"316 555 0123","Ana\nLópez","es"\n',
        "phone,name,language\n'+13165550123,'Ana López,'es\n",
        "phone,name,language\r3165550123,Ana López,es\r",
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_same_contact_however_it_is_written(text: str, mark: str) -> None:
    """Columns by name in any order, three separators, any line ends, with BOM or without."""
    sheet = parse((mark + text).encode())

    assert (sheet.contacts, sheet.faults, sheet.rows) == ([ANA], [], 1)


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (",Ana,es", "phone", "missing"),
        ("hello,Ana,es", "phone", "invalid_number"),
        ("555-0123,Ana,es", "phone", "invalid_number"),
        ("+44 20 7031 3000,Ana,es", "phone", "invalid_number"),
        ("1165550123,Ana,es", "phone", "invalid_number"),
        ("3.165550123E+09,Ana,es", "phone", "invalid_number"),
        ("3165550123,Ana,French", "language", "unknown_language"),
        ("3165550123,Ana,es,more", "row", "too_many_cells"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(line: str, field: str, code: str) -> None:
    """Each kind of fault has its own code, at the row that a spreadsheet shows."""
    fault = fault_of(line)

    assert (fault.row, fault.field, fault.code) == (2, field, code)


def test_good_rows_are_kept_beside_bad_ones() -> None:
    """Rows count as in a spreadsheet: the header, empty rows and cells of several lines too."""
    sheet = parse(
        b"phone,name\n"  # 1
        b"3165550101,One\n"
        b"\n"  # 3
        b'3165550102,"Two\nor\nthree"\n'
        b"nobody,Five\n"  # 5
        b",,\n"
        b"(316) 555-0101,Again\n"  # 7
        b"3165550108\n"
    )

    assert [contact.row for contact in sheet.contacts] == [2, 4, 8]
    assert sheet.contacts[1].name == "Two or three"
    assert [(fault.row, fault.code) for fault in sheet.faults] == [
        (5, "invalid_number"),
        (7, "repeated_number"),
    ]
    assert "row 2" in sheet.faults[1].fix
    assert (sheet.rows, sheet.bad) == (5, 2)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty", "empty"),
        (b"phone,name\n\n,,\n", "no_rows", "no rows"),
        (b"name,mail\nAna,a@b.c\n", "no_phone_column", "“name”, “mail”"),
        (b"phone,mobile\n1,2\n", "repeated_column", "“phone” and “mobile”"),
        ("phone\n3165550123\n".encode("utf-16"), "wrong_encoding", "CSV UTF-8"),
        ("phone\n3165550123\n".encode("utf-16-le"), "wrong_encoding", "Row 1"),
        (
            "phone,name\n3165550123,Ana\n3165550124,José\n".encode("latin-1"),
            "wrong_encoding",
            "Row 3",
        ),
        (b"phone,name\n3165550123,A\0na\n", "wrong_encoding", "Row 2"),
        (b'phone,name\n3165550123,Ana\n3165550124,"Bob\n1,2\n', "unclosed_quote", "row 3"),
        (b'phone,name\n3165550123,"Ana" L\n', "bad_quote", "Row 2"),
        (b"phone,name\n3165550123," + b"a" * 1_001 + b"\n", "cell_too_long", "Row 2, column 2"),
        (b"phone,name\n1,2\n" + b",".join([b"x"] * 60_000), "row_too_long", "Row 3"),
        (b"x" * (MOST_BYTES + 1), "too_large", "25 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, code: str, words: str) -> None:
    """What is wrong with the whole file, where, and how to save it right."""
    found, fix = refusal(content)

    assert found == code and words in fix


@pytest.mark.parametrize(
    "content",
    [
        b"phone,name\n3165550123,Ana\n3165550124," + b"a" * 10_000_000,
        b'phone,name\n3165550123,Ana\n3165550124,"' + b"a\n" * 5_000_000,
    ],
)
def test_a_cell_of_ten_megabytes_is_refused_without_reading_it_all(content: bytes) -> None:
    """Row and column are named, and less than 5 MB are used beyond the file itself."""
    tracemalloc.start()
    code, fix = refusal(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert code == "cell_too_long" and "Row 3, column 2" in fix
    assert peak < 5_000_000


def test_more_rows_than_are_taken_are_refused() -> None:
    """Rows with something on them, and rows at all."""
    too_many = b"phone\n" + b"x\n" * (MOST_ROWS + 1)
    too_many_empty = b"phone\n" + b"\n" * (LAST_ROW + 1)

    assert refusal(too_many)[0] == "too_many_rows"
    assert refusal(too_many_empty)[0] == "too_many_rows"


def test_of_many_bad_rows_all_are_counted_and_the_first_are_kept() -> None:
    """A file of nothing but bad rows does not grow the report without end."""
    sheet = parse(b"phone\n" + b"x\n" * 1_500)

    assert sheet.bad == 1_500 and len(sheet.faults) == MOST_FAULTS_KEPT


@given(
    st.one_of(
        st.from_regex(
            r"'?(\+?1)?[-. ]?\(?[0-9]{3}\)?[-. ]{0,2}[0-9]{3}[-. ]{0,2}[0-9]{4}", fullmatch=True
        ),
        st.text("0123456789()+-. x", min_size=7, max_size=18),
    )
)
def test_the_quick_way_reads_phone_numbers_as_libphonenumber_does(written: str) -> None:
    """A number is taken exactly when libphonenumber makes a US number of it, and as that one."""
    try:
        e164 = to_e164(written.strip().removeprefix("'"))
    except InvalidRequest:
        e164 = ""
    expected = [e164] if re.fullmatch(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}", e164) else []
    sheet = parse(b"phone,x\n%b,x\n" % written.encode())

    assert [contact.phone for contact in sheet.contacts] == expected


@given(
    st.lists(
        st.builds(
            ExportedContact,
            phone=US_PHONES,
            name=NAMES,
            language=st.sampled_from(["en", "es", None]),
            state=st.sampled_from(["waiting", "held", "delivered"]),
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda contact: contact.phone,
    )
)
def test_what_is_exported_can_be_imported(contacts: list[ExportedContact]) -> None:
    """Every contact comes back with its number, name and language, none is lost."""
    sheet = parse(export_csv(contacts))

    assert sheet.faults == []
    assert [contact[1:] for contact in sheet.contacts] == [contact[:3] for contact in contacts]


DANGEROUS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", " ", "   ", "\u00a0", "\u3000", "\n", "\t", "\r"]),
        st.sampled_from([*"=+-@\t\r", "＝", "＋", "－", "＠", "﹢", "﹣", "x"]),
        st.text(max_size=10),
    ),
)


@given(DANGEROUS, DANGEROUS, DANGEROUS)
def test_no_exported_cell_is_a_formula(name: str, language: str, state: str) -> None:
    """No cell begins with what a spreadsheet takes for a formula, whatever stands in the row."""
    content = export_csv([ExportedContact("+442070313000", name, language, state)])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    assert len(rows) == 2
    for cell in rows[1]:
        assert not cell.lstrip().startswith(
            ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣")
        )
        assert not cell.startswith(("\t", "\r"))


def test_exported_numbers_are_written_as_people_write_them() -> None:
    """A US number in its national form."""
    content = export_csv([ExportedContact("+13165550123", "=1+1", None, "delivered")])

    assert content.decode("utf-8-sig").splitlines() == [
        "phone,name,language,state",
        "(316) 555-0123,'=1+1,,delivered",
    ]
