"""Which office is meant: typos, nicknames and Spanish are known, and nothing is guessed."""

from __future__ import annotations

import pytest

from backend.domain.office_names import resolve_office

OFFICES = (
    "Admissions",
    "Career Services",
    "Dean of Students",
    "Financial Aid",
    "Fine Arts",
    "Graduate Admissions",
    "Housing and Residence Life",
    "International Student Services",
    "North Campus",
    "Office of the Registrar",
    "South Campus",
    "Student Accounts",
    "Student Success Center",
)


def meant(mention: str, names: tuple[str, ...] = OFFICES) -> str | list[str]:
    """The one name that is meant, or the list of those it could be."""
    found = resolve_office(mention, names)
    if found.match is not None:
        assert found.candidates == ()
        return names[found.match]
    return [names[place] for place in found.candidates]


@pytest.mark.parametrize(
    ("mention", "office"),
    [
        # the same words, dressed otherwise
        ("Financial Aid", "Financial Aid"),
        ("FINANCIAL AID", "Financial Aid"),
        ("  financial-aid  ", "Financial Aid"),
        ("the Financial Aid office", "Financial Aid"),
        ("Financial Aid inbox", "Financial Aid"),
        ("fínancial aíd", "Financial Aid"),
        ("financial\u200b aid 🎓", "Financial Aid"),
        ("the registrar", "Office of the Registrar"),
        ("registrar's office", "Office of the Registrar"),
        ("oficina de Financial Aid", "Financial Aid"),
        ("admissions", "Admissions"),
        ("admissions inbox", "Admissions"),
        ("career center", "Career Services"),
        ("career", "Career Services"),
        ("residence life and housing", "Housing and Residence Life"),
        # other names
        ("fin aid", "Financial Aid"),
        ("finaid", "Financial Aid"),
        ("aid", "Financial Aid"),
        ("bursar", "Student Accounts"),
        ("cashier's office", "Student Accounts"),
        ("records", "Office of the Registrar"),
        ("res life", "Housing and Residence Life"),
        ("dorms", "Housing and Residence Life"),
        ("isss", "International Student Services"),
        ("grad admissions", "Graduate Admissions"),
        # Spanish
        ("ayuda financiera", "Financial Aid"),
        ("oficina de becas", "Financial Aid"),
        ("la bandeja de entrada de becas", "Financial Aid"),
        ("admisiones", "Admissions"),
        ("Admisión", "Admissions"),
        ("registro", "Office of the Registrar"),
        ("vivienda", "Housing and Residence Life"),
        ("tesorería", "Student Accounts"),
        ("estudiantes internacionales", "International Student Services"),
        ("decanato de estudiantes", "Dean of Students"),
        # short forms
        ("ssc", "Student Success Center"),
        ("S.S.C.", "Student Success Center"),
        ("the SSC", "Student Success Center"),
        ("ISS", "International Student Services"),
        ("dos", "Dean of Students"),
        ("intl student svcs", "International Student Services"),
        ("career svcs", "Career Services"),
        ("reslife", "Housing and Residence Life"),
        ("stu accts", "Student Accounts"),
        # typos
        ("finacial aid", "Financial Aid"),
        ("finanical aid", "Financial Aid"),
        ("admisions", "Admissions"),
        ("registar", "Office of the Registrar"),
        ("regstrar's office", "Office of the Registrar"),
        ("student acounts", "Student Accounts"),
        ("ayuda finaciera", "Financial Aid"),
        ("studnet succes center", "Student Success Center"),
        # a part that only one has
        ("housing", "Housing and Residence Life"),
        ("north", "North Campus"),
        ("students success", "Student Success Center"),
    ],
)
def test_the_office_that_is_meant(mention: str, office: str) -> None:
    """However it is written, one office fits and is the match."""
    assert meant(mention) == office


@pytest.mark.parametrize(
    ("mention", "offices"),
    [
        ("FA", ["Financial Aid", "Fine Arts"]),
        ("campus", ["North Campus", "South Campus"]),
        ("the campus office", ["North Campus", "South Campus"]),
        (
            "student",
            [
                *("Dean of Students", "International Student Services", "Student Accounts"),
                "Student Success Center",
            ],
        ),
        ("law admissions", ["Admissions"]),
    ],
)
def test_nothing_is_guessed(mention: str, offices: list[str]) -> None:
    """What fits several, or says more than a name does, is for the person to settle."""
    assert meant(mention) == offices


@pytest.mark.parametrize(
    "mention",
    [
        *("", "   ", "!!!", "👍", "the office", "inbox", "law school", "asdfghjkl", "east campus"),
        *("another", "xyz", "a", "1", "admin", "ad", "x" * 5000, "financial " * 900),
    ],
)
def test_what_is_no_office_has_none(mention: str) -> None:
    """A name that is nobody's leads nowhere, and a long one costs no more."""
    assert meant(mention) == []


@pytest.mark.parametrize(
    ("mention", "names", "found"),
    [
        ("FA", ("Financial Aid", "Registrar"), "Financial Aid"),
        ("fa", ("FA", "Financial Aid"), "FA"),
        ("admissions", ("Graduate Admissions", "Law Admissions"), None),
        ("admissions", ("Graduate Admissions", "Registrar"), "Graduate Admissions"),
        ("becas", ("Financial Aid", "Scholarships"), None),
        ("records", ("Registrar", "Student Records"), None),
        ("student records", ("Registrar", "Student Records"), "Student Records"),
        ("consejería", ("Advising", "Counseling"), None),
        ("career", ("Career Center", "Career Services"), None),
        ("career services", ("Career Center", "Career Services"), "Career Services"),
        ("nursing", ("School of Nursing", "Law School"), "School of Nursing"),
        ("escuela de enfermería", ("School of Nursing",), "School of Nursing"),
        ("Housing", ("Housing", "housing"), None),
        ("counsling", ("Counseling", "Counselling"), None),
        ("fin aid inbox", ("Financial Aid inbox", "Registrar inbox"), "Financial Aid inbox"),
        ("front desk", ("Front desk", "Admissions inbox"), "Front desk"),
        ("registrar", (), None),
    ],
)
def test_it_depends_on_who_else_is_there(
    mention: str, names: tuple[str, ...], found: str | None
) -> None:
    """A short form is clear when one name has it; None stands for all of them alike."""
    assert meant(mention, names) == (found or list(names))
