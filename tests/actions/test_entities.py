"""What a message names: phone numbers, places, dates, carriers, offices; and what it does not."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from rasa.core.agent import Agent
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.entities.carriers import find_carriers
from bot.nlu.entities.cities import find_cities
from bot.nlu.entities.folded_text import LONGEST_READ, fold
from bot.nlu.entities.mention import KINDS, Mention, without_overlaps
from bot.nlu.entities.phone_numbers import find_phone_numbers
from bot.nlu.entities.places import Places, places_of_packages
from bot.nlu.entity_finder import EntityFinder, find_mentions

# A Monday.
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def places() -> Places:
    """The packages' places, as training puts them into the model."""
    return places_of_packages()


def named(text: str, places: Places) -> list[tuple[str, str, str]]:
    """Kind, typed text and value of all that a message names."""
    return [(one.kind, one.text, one.value) for one in find_mentions(text, places, TODAY)]


def details(text: str, places: Places) -> dict[str, Any]:
    """The details of the one thing a message names."""
    (mention,) = find_mentions(text, places, TODAY)
    return dict(mention.details)


PHONE_NUMBERS = [
    ("call 316.555.0123", "316.555.0123", "+13165550123"),
    ("(316) 555 0123", "(316) 555 0123", "+13165550123"),
    ("(316)555-0123", "(316)555-0123", "+13165550123"),
    ("port +1 316 5550123 please", "+1 316 5550123", "+13165550123"),
    ("1-316-555-0123", "1-316-555-0123", "+13165550123"),
    ("+13165550123", "+13165550123", "+13165550123"),
    ("3165550123", "3165550123", "+13165550123"),
    ("13165550123", "13165550123", "+13165550123"),
    ("316/555/0123", "316/555/0123", "+13165550123"),
    ("316–555–0123", "316–555–0123", "+13165550123"),
    ("316 - 555 - 0123", "316 - 555 - 0123", "+13165550123"),
    ("+1 (316) - 555 0123", "+1 (316) - 555 0123", "+13165550123"),
    ("(+1) 316 555 0123", "(+1) 316 555 0123", "+13165550123"),
    ("316 55 50 123", "316 55 50 123", "+13165550123"),
    ("tel:+1-316-555-0123", "+1-316-555-0123", "+13165550123"),
    ("llámame al 316-555-0123.", "316-555-0123", "+13165550123"),
    ("is 316-555-0123, still ours?", "316-555-0123", "+13165550123"),
    ("３１６－５５５－０１２３", "３１６－５５５－０１２３", "+13165550123"),
    ("٣١٦-٥٥٥-٠١٢٣", "٣١٦-٥٥٥-٠١٢٣", "+13165550123"),
    ("316\u200b555\u200b0123", "316\u200b555\u200b0123", "+13165550123"),
    ("+34 600 123 456", "+34 600 123 456", "+34600123456"),
    ("+44 20 7946 0958", "+44 20 7946 0958", "+442079460958"),
    ("011 52 55 1234 5678", "011 52 55 1234 5678", "+525512345678"),
    ("my account number is 316-555-0123", "316-555-0123", "+13165550123"),
    ("555-0123", "555-0123", "5550123"),
    ("call 555 0123", "555 0123", "5550123"),
    ("our number 5550123", "5550123", "5550123"),
    # letters for digits, underscores, dots in the middle
    ("316-555-O123", "316-555-O123", "+13165550123"),
    ("(316) 555-oI23", "(316) 555-oI23", "+13165550123"),
    ("3l6.555.0l23", "3l6.555.0l23", "+13165550123"),
    ("call 3165550l23", "3165550l23", "+13165550123"),
    ("316_555_0123", "316_555_0123", "+13165550123"),
    ("316·555·0123", "316·555·0123", "+13165550123"),
    # letters to remember it by
    ("1-800-FLOWERS", "1-800-FLOWERS", "+18003569377"),
    ("call 1 800 FLOWERS", "1 800 FLOWERS", "+18003569377"),
    ("1800FLOWERS", "1800FLOWERS", "+18003569377"),
    ("(800) GO-FEDEX", "(800) GO-FEDEX", "+18004633339"),
    ("port 1-800-contacts", "1-800-contacts", "+18002668228"),
    ("1-888-CAR-1234", "1-888-CAR-1234", "+18882271234"),
    ("316-555-HELP", "316-555-HELP", "+13165554357"),
    ("llama al 316-555-help", "316-555-help", "+13165554357"),
    # brackets belong to the span whole or not at all
    ("(316-555-0123)", "316-555-0123", "+13165550123"),
    ("call us (316-555-0123) now", "316-555-0123", "+13165550123"),
    ("+1 (316-555-0123)", "+1 (316-555-0123)", "+13165550123"),
    # extensions, in both languages
    ("316-555-0123 #45", "316-555-0123 #45", "+13165550123"),
    ("316-555-0123, #4521", "316-555-0123", "+13165550123"),
    ("316 555 0123 extn 45", "316 555 0123 extn 45", "+13165550123"),
    ("316-555-0123 int. 45", "316-555-0123 int. 45", "+13165550123"),
    ("316-555-0123 interno 45", "316-555-0123 interno 45", "+13165550123"),
    ("on our account, 3165550123", "3165550123", "+13165550123"),
    # in words
    (
        "it is three one six five five five oh one two three.",
        "three one six five five five oh one two three",
        "+13165550123",
    ),
    (
        "Three-one-six, double five five, zero one two three",
        "Three-one-six, double five five, zero one two three",
        "+13165550123",
    ),
    (
        "one eight hundred triple five o one two three",
        "one eight hundred triple five o one two three",
        "+18005550123",
    ),
    ("six two zero 555 0184", "six two zero 555 0184", "+16205550184"),
    (
        "tres uno seis cinco cinco cinco cero uno dos tres",
        "tres uno seis cinco cinco cinco cero uno dos tres",
        "+13165550123",
    ),
    (
        "el número es tres uno seis, doble cinco cinco, cero uno dos tres",
        "tres uno seis, doble cinco cinco, cero uno dos tres",
        "+13165550123",
    ),
    # toll-free exchanges may be what others' may not
    ("800-411-0123", "800-411-0123", "+18004110123"),
]
AREA_CODES = [
    ("get me a number with area code 316", "316"),
    ("316 area code please", "316"),
    ("get us a 316 number", "316"),
    ("can I get a 316 phone number", "316"),
    ("show our 316 numbers", "316"),
    ("is there anything in 316?", "316"),
    ("the 316 or something else", "316"),
    ("area 316 if you have it", "316"),
    ("a number starting with 316", "316"),
    ("want a number with 316 in front", "316"),
    ("316", "316"),
    ("316 please", "316"),
    ("(316)", "316"),
    ("prefijo 316", "316"),
    ("compra uno con lada 316 para becas", "316"),
    ("con código de área 316", "316"),
    ("quiero un número 316", "316"),
    ("un número que empiece con 316", "316"),
    ("Does our 787 area code qualify?", "787"),
    ("I want 316", "316"),
    ("with 316", "316"),
    ("quiero uno con 316", "316"),
    ("local number 316", "316"),
]
ZIP_CODES = [
    ("our zip is 67202", "67202"),
    ("ZIP code: 67202-1234", "67202-1234"),
    ("67202-1234", "67202-1234"),
    ("the zip for the service address is 67202", "67202"),
    ("67202 zip", "67202"),
    ("anything near 67202?", "67202"),
    ("67202", "67202"),
    ("código postal 67202", "67202"),
    ("C.P. 67202", "67202"),
]
CITIES = [
    ("a number in Wichita", "Wichita", "Wichita, KS"),
    ("a number in wichita please", "wichita", "Wichita, KS"),
    ("Wichita, KS", "Wichita, KS", "Wichita, KS"),
    ("wichita ks", "wichita ks", "Wichita, KS"),
    ("Wichita, Kansas", "Wichita, Kansas", "Wichita, KS"),
    ("Wichita", "Wichita", "Wichita, KS"),
    ("we want a Topeka number", "Topeka", "Topeka"),
    ("a local Salina number", "Salina", "Salina"),
    ("un número para Wichita", "Wichita", "Wichita, KS"),
    ("un número de Topeka", "Topeka", "Topeka"),
    ("resérvame uno para el recinto de Bayamón", "Bayamón", "Bayamon, PR"),
    ("cerca de Laredo", "Laredo", "Laredo"),
    ("one in Springfield", "Springfield", "Springfield"),
    ("Springfield, IL", "Springfield, IL", "Springfield, IL"),
    ("in St. Louis", "St. Louis", "Saint Louis"),
    ("in Ft. Worth", "Ft. Worth", "Fort Worth, TX"),
    ("in Winston-Salem", "Winston-Salem", "Winston Salem, NC"),
    ("in Coeur d'Alene", "Coeur d'Alene", "Coeur D Alene, ID"),
    ("in Kansas City, MO", "Kansas City, MO", "Kansas City, MO"),
    ("in nyc", "nyc", "New York, NY"),
    ("con hora de Nueva York", "Nueva York", "New York, NY"),
    ("in Washington DC", "Washington DC", "Washington, DC"),
    ("our branch is in Reading", "Reading", "Reading"),
    ("Reading, PA", "Reading, PA", "Reading, PA"),
    ("a number for Mobile, AL", "Mobile, AL", "Mobile, AL"),
    ("we are in Normal", "Normal", "Normal"),
    ("Portland, OR", "Portland, OR", "Portland, OR"),
    ("en San Jose\u0301", "San Jose\u0301", "San Jose"),
    ("get Wichita numbers", "Wichita", "Wichita, KS"),
    ("Los Angeles", "Los Angeles", "Los Angeles, CA"),
    ("El Paso", "El Paso", "El Paso"),
    # "LA"
    ("LA number", "LA", "Los Angeles, CA"),
    ("get us an LA area code", "LA", "Los Angeles, CA"),
    ("a number in LA", "LA", "Los Angeles, CA"),
    ("a number in la please", "la", "Los Angeles, CA"),
    ("un número en LA", "LA", "Los Angeles, CA"),
    ("Monroe, LA number", "Monroe, LA", "Monroe, LA"),
    # "Wash DC"
    ("Wash DC", "Wash DC", "Washington, DC"),
    ("a number in Wash. D.C.", "Wash. D.C", "Washington, DC"),
    ("in Wash, DC", "Wash, DC", "Washington, DC"),
    # a slip in a large city's long name
    ("in Wichta", "Wichta", "Wichita, KS"),
    ("Witchita, KS", "Witchita, KS", "Wichita, KS"),
    ("a Minneaplis number", "Minneaplis", "Minneapolis"),
    ("Minneaplis area code", "Minneaplis", "Minneapolis"),
    ("para Albuquerqe", "Albuquerqe", "Albuquerque, NM"),
    ("un número de Housotn", "Housotn", "Houston"),
    # Kansas City has two
    ("KCK", "KCK", "Kansas City, KS"),
    ("a number in KCMO", "KCMO", "Kansas City, MO"),
    ("kansas city ks or mo", "kansas city ks or mo", "Kansas City"),
    ("Kansas City, KS/MO", "Kansas City, KS/MO", "Kansas City"),
    # a last word that ends nothing else is a state
    ("portland or", "portland or", "Portland, OR"),
    ("a number in portland or", "portland or", "Portland, OR"),
    ("in Tampa OK?", "Tampa", "Tampa"),
    # names with an article
    ("la mesa", "la mesa", "La Mesa"),
    ("a number in las cruces", "las cruces", "Las Cruces, NM"),
    ("D.C. number", "D.C", "Washington, DC"),
    ("Vancouver, WA", "Vancouver, WA", "Vancouver, WA"),
    ("from San Fransisco", "San Fransisco", "San Francisco, CA"),
    ("en Los Angelas", "Los Angelas", "Los Angeles, CA"),
]
DATES = [
    ("2026-12-01", "2026-12-01", "2026-12-01"),
    ("on 12/1/2026", "12/1/2026", "2026-12-01"),
    ("12-01-2026", "12-01-2026", "2026-12-01"),
    ("12/1/26", "12/1/26", "2026-12-01"),
    ("13/1/2027", "13/1/2027", "2027-01-13"),
    ("by 12/15", "12/15", "2026-12-15"),
    ("March 4", "March 4", "2027-03-04"),
    ("Mar. 4th, 2028", "Mar. 4th, 2028", "2028-03-04"),
    ("Friday, March 5", "Friday, March 5", "2027-03-05"),
    ("the bill of 4 March 2026", "4 March 2026", "2026-03-04"),
    ("the 4th of March", "4th of March", "2027-03-04"),
    ("November 23", "November 23", "2026-11-23"),
    ("Feb 29", "Feb 29", "2028-02-29"),
    ("para el 4 de marzo", "4 de marzo", "2027-03-04"),
    ("viernes 5 de marzo del 2027", "viernes 5 de marzo del 2027", "2027-03-05"),
    ("el primero de enero", "primero de enero", "2027-01-01"),
    ("in March", "March", "2027-03-01"),
    ("en marzo", "marzo", "2027-03-01"),
    ("March 2027", "March 2027", "2027-03-01"),
    ("by the 15th", "the 15th", "2026-12-15"),
    ("el día 30", "día 30", "2026-11-30"),
    ("today", "today", "2026-11-23"),
    ("tomorrow", "tomorrow", "2026-11-24"),
    ("tmrw", "tmrw", "2026-11-24"),
    ("mañana por la mañana", "mañana", "2026-11-24"),
    ("pasado mañana", "pasado mañana", "2026-11-25"),
    ("by Friday", "Friday", "2026-11-27"),
    ("this Friday", "this Friday", "2026-11-27"),
    ("next Friday", "next Friday", "2026-12-04"),
    ("by thrusday", "thrusday", "2026-11-26"),
    ("on wendesday", "wendesday", "2026-11-25"),
    ("tomrrow", "tomrrow", "2026-11-24"),
    ("12/15", "12/15", "2026-12-15"),
    ("due 12/15", "12/15", "2026-12-15"),
    ("5-may-2027", "5-may-2027", "2027-05-05"),
    ("may/5/2027", "may/5/2027", "2027-05-05"),
    ("the first of April", "first of April", "2027-04-01"),
    ("el 15", "el 15", "2026-12-15"),
    ("the 30th", "the 30th", "2026-11-30"),
    ("para el 15, por favor", "el 15", "2026-12-15"),
    ("antes del 30.", "30", "2026-11-30"),
    # the last one after words of the past
    ("since 3/15", "3/15", "2026-03-15"),
    ("since March", "March", "2026-03-01"),
    ("since the 15th", "the 15th", "2026-11-15"),
    ("since Friday", "Friday", "2026-11-20"),
    ("since Thanksgiving", "Thanksgiving", "2025-11-27"),
    ("it was ported on 1/15", "1/15", "2026-01-15"),
    ("we sent the form on March 4", "March 4", "2026-03-04"),
    ("will it be ported on 1/15", "1/15", "2027-01-15"),
    ("we want it moved on Friday", "Friday", "2026-11-27"),
    ("I asked to port on 1/15", "1/15", "2027-01-15"),
    # "from" says neither
    ("from 10/15", "10/15", "2026-10-15"),
    ("from 1/15", "1/15", "2027-01-15"),
    ("starting from 10/15", "10/15", "2027-10-15"),
    # too short a way to say a range
    ("send on March 3 to 5 students", "March 3", "2027-03-03"),
    ("last Friday", "last Friday", "2026-11-20"),
    ("next Monday", "next Monday", "2026-11-30"),
    ("on fri", "fri", "2026-11-27"),
    ("el viernes que viene", "viernes que viene", "2026-11-27"),
    ("el próximo viernes", "el próximo viernes", "2026-11-27"),
    ("next week", "next week", "2026-11-30"),
    ("el mes que viene", "el mes que viene", "2026-12-01"),
    ("end of the month", "end of the month", "2026-11-30"),
    ("a fin de mes", "fin de mes", "2026-11-30"),
    ("in two weeks", "in two weeks", "2026-12-07"),
    ("two weeks from now", "two weeks from now", "2026-12-07"),
    ("dentro de 30 días", "dentro de 30 días", "2026-12-23"),
    ("in 10 business days", "in 10 business days", "2026-12-07"),
    ("two weeks ago", "two weeks ago", "2026-11-09"),
    ("hace quince días", "hace quince días", "2026-11-08"),
    ("in three months", "in three months", "2027-02-23"),
    ("in 2 bus. days", "in 2 bus. days", "2026-11-25"),
    ("in 3 biz days", "in 3 biz days", "2026-11-26"),
    ("in a fortnight", "in a fortnight", "2026-12-07"),
    ("in half a year", "in half a year", "2027-05-23"),
    ("in a month and a half", "in a month and a half", "2027-01-07"),
    ("dentro de semana y media", "dentro de semana y media", "2026-12-03"),
    ("hace medio año", "hace medio año", "2026-05-23"),
    ("two and a half years ago", "two and a half years ago", "2024-05-23"),
    ("by Thanksgiving", "Thanksgiving", "2026-11-26"),
    ("Thanksgiving 2027", "Thanksgiving 2027", "2027-11-25"),
    ("antes de Acción de Gracias", "Acción de Gracias", "2026-11-26"),
    ("el día de Acción de Gracias", "día de Acción de Gracias", "2026-11-26"),
    ("last Christmas", "last Christmas", "2025-12-25"),
    ("on Christmas Eve", "Christmas Eve", "2026-12-24"),
    ("para Navidad", "Navidad", "2026-12-25"),
    ("la Navidad pasada", "Navidad pasada", "2025-12-25"),
    ("New Year's Day", "New Year's Day", "2027-01-01"),
    ("before the new year", "the new year", "2027-01-01"),
    ("después de año nuevo", "año nuevo", "2027-01-01"),
    ("New Year's Eve", "New Year's Eve", "2026-12-31"),
]
DURATIONS = [
    ("4 weeks", "4 weeks", "P4W"),
    ("is it really four weeks?", "four weeks", "P4W"),
    ("30 days", "30 days", "P30D"),
    ("a 30-day bill", "30-day", "P30D"),
    ("por tres semanas", "tres semanas", "P3W"),
    ("for a week", "a week", "P1W"),
    ("por un mes", "un mes", "P1M"),
    ("a couple of months", "a couple of months", "P2M"),
    ("48 hours", "48 hours", "PT48H"),
    ("48h", "48h", "PT48H"),
    ("in 90 minutes", "90 minutes", "PT90M"),
    ("12 years", "12 years", "P12Y"),
    ("una quincena o dos semanas", "dos semanas", "P2W"),
    ("10 días hábiles", "10 días hábiles", "P10D"),
    ("2 bus. days", "2 bus. days", "P2D"),
    ("fortnight", "fortnight", "P2W"),
    ("a fortnight's notice", "a fortnight", "P2W"),
    ("una quincena o dos semanas", "una quincena", "P2W"),
    ("a week", "a week", "P1W"),
    ("un mes y medio", "un mes y medio", "P1M15D"),
    ("mes y medio", "mes y medio", "P1M15D"),
    ("por un año y medio", "un año y medio", "P1Y6M"),
    ("a week and a half", "a week and a half", "P10DT12H"),
    ("two and a half hours", "two and a half hours", "PT2H30M"),
    ("2½ years", "2½ years", "P2Y6M"),
    ("1.5 hours", "1.5 hours", "PT1H30M"),
    ("half a year", "half a year", "P6M"),
    ("medio año", "medio año", "P6M"),
    ("media hora", "media hora", "PT30M"),
    ("half an hour", "half an hour", "PT30M"),
    ("tres semanas y media", "tres semanas y media", "P24DT12H"),
    ("1.5 weeks", "1.5 weeks", "P10DT12H"),
]
CARRIERS = [
    ("port from Verizon", "Verizon", "Verizon"),
    ("verison says no", "verison", "Verizon"),
    ("Verizon Wireless", "Verizon Wireless", "Verizon"),
    ("it is with AT&T", "AT&T", "AT&T"),
    ("at and t", "at and t", "AT&T"),
    ("att wireless", "att wireless", "AT&T"),
    ("T-Mobile", "T-Mobile", "T-Mobile"),
    ("tmobile", "tmobile", "T-Mobile"),
    ("t-moblie", "t-moblie", "T-Mobile"),
    ("gvoice", "gvoice", "Google Voice"),
    ("gogle voice", "gogle voice", "Google Voice"),
    ("google voice is unlocked", "google voice", "Google Voice"),
    ("our carrier is Cricket", "Cricket", "Cricket Wireless"),
    ("from spectrum", "spectrum", "Spectrum"),
    ("our Frontier account", "Frontier", "Frontier"),
    ("somos de Claro", "Claro", "Claro"),
    ("Metro by T-Mobile", "Metro by T-Mobile", "Metro by T-Mobile"),
    ("Comcast Business", "Comcast Business", "Comcast"),
    ("A.T.&T.", "A.T.&T", "AT&T"),
    ("A.T. and T", "A.T. and T", "AT&T"),
    ("frontier carrier", "frontier", "Frontier"),
    ("centurylnk", "centurylnk", "CenturyLink"),
    ("ring central", "ring central", "RingCentral"),
]
OFFICES = [
    ("create a number for Financial Aid", "office", "Financial Aid"),
    ("move it to admissions", "office", "admissions"),
    ("financial aid", "office", "financial aid"),
    ("Admissions please", "office", "Admissions"),
    ("the registrar's office", "office", "registrar's office"),
    ("Office of the Registrar", "office", "Office of the Registrar"),
    ("the admissions number", "office", "admissions"),
    ("which numbers does fin aid have", "office", "fin aid"),
    ("what lines do admissions use?", "office", "admissions"),
    ("wich numbers dose admisions hav", "office", "admisions"),
    ("¿qué números tiene admisiones?", "office", "admisiones"),
    ("Can Financial Aid text students?", "office", "Financial Aid"),
    ("admissions wants a number", "office", "admissions"),
    ("transfer the number to ssc please", "office", "ssc"),
    ("transfer 316 to ssc", "office", "ssc"),
    ("a number for SSC", "office", "SSC"),
    ("a number for the Student Success Center", "office", "Student Success Center"),
    ("numbers for the Topeka campus", "office", "Topeka campus"),
    ("the college of nursing texts too", "office", "college of nursing"),
    ("la oficina de admisiones", "office", "oficina de admisiones"),
    ("el número de admisiones", "office", "admisiones"),
    ("pasar el número a vivienda", "office", "vivienda"),
    ("a la oficina de becas y ayuda financiera", "office", "oficina de becas y ayuda financiera"),
    ("a number for finacial aid", "office", "finacial aid"),
    ("the number goes to admisions", "office", "admisions"),
    ("the regsitrar's office", "office", "regsitrar's office"),
    ("a number for student acounts", "office", "student acounts"),
    ("para ayuda finaciera", "office", "ayuda finaciera"),
    (
        "a number for housing & residence life",
        "office",
        "housing & residence life",
    ),
    ("give it to IT", "office", "IT"),
    ("the IT inbox", "inbox", "IT inbox"),
    ("check the fin aid inbox", "inbox", "fin aid inbox"),
    ("send them to the honors college inbox", "inbox", "honors college inbox"),
    ("inbox of admissions", "inbox", "inbox of admissions"),
    ("the recruiters' inbox", "inbox", "recruiters' inbox"),
    ("bandeja de becas", "inbox", "bandeja de becas"),
    ("la bandeja de entrada de la oficina de becas", "inbox", None),
]
NOTHING = [
    # phone numbers
    *("order 5550123", "order #3165550123", "ticket 3165550123", "account number is 3165550123"),
    *("it costs $3,165,550.12", "1700000000", "4111 1111 1111 1111", "SSN 123-45-6789"),
    *("https://x.edu/3165550123", "a3165550123b", "316-555-0123-4567", "case 1234567", "1234567"),
    *("our billing account number, 3165550123", "orders 3165550123,3165550124"),
    *("número de cuenta, 3165550123", "1234,3165550123"),
    *("row 12345678901234567890", "v3.165.5501"),
    *("-1-1-1-1-1-1-1-1", "-1-1-1-1-1-1-1-1-1-1-1", "1 1 1 1 1 1 1 1 1 1 1", "123-456-7890"),
    *("+1 111 222 3333", "911-555-0123", "316-911-0123", "999-555-0123", "call 411-0123"),
    *("316-555-oooo", "lol 555 0123", "code 3165550l23", "316 5o 0123 o 4"),
    *("1-800-numbers", "a 1-800-number", "1800 STUDENTS", "I HAVE 1 800 NUMBERS", "316-BIOLOGY"),
    *("a 250-500-word essay", "a 200-300-page thesis", "316-CHEM101", "order 316-555-ABCD"),
    *("one two three", "one two three four five six seven eight nine ten", "uno o dos o tres"),
    *("my order is three one six five five five oh one two three",),
    *("four one one one one one one one one one one one one one one one",),
    *("nine one one five five five oh one two three", "uno dos tres cuatro cinco seis"),
    # area codes
    *("area code 999", "area code 800", "an 800 number", "we have 316 numbers", "room 316"),
    *("I want 316 students", "with 316 replies", "we have 316"),
    *("316 students replied", "it costs $316", "316 Main St", "100% of 316%", "error 316"),
    # ZIP codes
    *("order 67202", "text 67202 to join", "zip 00000", "67202 messages", "PO 67202"),
    # cities
    *("Reading week", "in Reading week", "in reading", "mobile phone", "a Mobile number"),
    *("Bill is here", "from Bill", "the bill", "in Kansas", "in advance", "PUT IT IN ADVANCE"),
    *("in Miami, OH", "in Miami OH", "in Miami, Ohio please", "New York, OH"),
    *("toronto", "in Toronto", "in Vancouver", "in Campaign", "in Stop", "el portal", "la casa"),
    *("marion or jackson", "reading or mobile", "yes or no", "phone or email"),
    *("in private", "Wichita State University", "in Sedgwick County"),
    *("what goes in loa", "en el portal", "para la casa", "in English", "in Outlook"),
    *("LA", "la number", "en la", "EN LA OFICINA", "QUIERO LA LINE", "in la oficina", "wash me"),
    *("in wash", "car wash in Ohio", "mobile/office", "and/or", "texting/calling"),
    *(
        "wichta",
        "our Wichta friends",
        "Wichta State University",
        "in Wichta State",
        "in Sprngfeild",
    ),
    *(
        "para Alexandra",
        "from Colombia",
        "en el pasto",
        "in settle",
        "a landing number",
        "in topka",
    ),
    # dates and durations
    *("may I ask", "before may I ask", "march forward", "the sun is out", "monday to friday"),
    *("2/30/2026", "Feb 30", "24/7", "version 3.6.21", "class of 2027", "once a week"),
    *("I am 18 years old", "a 60-year-old", "every Friday", "los lunes", "in 9999 years"),
    *("2026", "the year 2026", "3/4 of them", "1/2", "9/10", "9/11", "1/2-3/4", "3/15-3/1"),
    *("2/30-3/1", "para el 15%", "hasta el 15 estudiantes", "monday to firday"),
    *("once a fortnight", "dos veces a la quincena", "every half hour", "two and a half years old"),
    *("medio día", "a las dos y media", "half of them", "gracias", "muchas gracias", "a 2.5"),
    *("happy Thanksgiving", "Merry Christmas and a happy new year", "every Thanksgiving"),
    *("feliz Navidad y próspero año nuevo", "un año nuevo", "new year, new numbers"),
    *("the Christmas party", "Christmas Eve dinner", "la campaña de Navidad", "número nuevo"),
    # carriers
    *("claro", "the last frontier", "visible carrier"),
    *("I like cricket", "claro que sí", "on the spectrum", "visible numbers", "the newest version"),
    *("switch to mobile", "that phone", "spring campaign", "a voyage", "no horizon", "att: Bob"),
    # offices
    *("transfer it to another office", "how do I apply for financial aid", "the office hours"),
    *("do IT", "GIVE IT TO IT", "give it to it", "IT is late"),
    *("send texts to the inbox", "put it in my inbox", "is this the office?", "give it to us"),
    *(
        "help with my financial aid",
        "which office?",
        "for texting",
        "for the record",
        "cambiar a bandeja",
        "the wrong office",
    ),
    *("can a number move to a different school", "pasen la línea para acá"),
    *("move it to mobile", "transfer the number to my cell", "pásalo a celular"),
    *("move the line to a landline",),
]


@pytest.mark.parametrize(("text", "typed", "value"), PHONE_NUMBERS)
def test_phone_numbers_in_any_spelling(text: str, typed: str, value: str, places: Places) -> None:
    """A number is found whole, and its digits are nothing else besides."""
    assert named(text, places) == [("phone_number", typed, value)]


def test_several_numbers_in_one_text(places: Places) -> None:
    """Numbers with nothing but a space between them are told apart."""
    found = named("316 555 0123 316 555 0124, (620) 555-0199 and +34 600 123 456", places)

    assert [value for _, _, value in found] == [
        *("+13165550123", "+13165550124", "+16205550199", "+34600123456")
    ]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("3165550123,3165550124,3165550125", ["3165550123", "3165550124", "3165550125"]),
        ("3165550123/3165550124", ["3165550123", "3165550124"]),
        (
            "numbers: 3165550123,3165550124;6205550199",
            ["3165550123", "3165550124", "6205550199"],
        ),
        ("(316)555-0123,(620)555-0144", ["(316)555-0123", "(620)555-0144"]),
    ],
)
def test_numbers_listed_without_a_space(text: str, typed: list[str], places: Places) -> None:
    """A comma or slash before another whole number ends the one before."""
    found = named(text, places)

    assert [one for _, one, _ in found] == typed
    assert {kind for kind, _, _ in found} == {"phone_number"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("316-555-0123, 0124 and 0125", ["0123", "0124", "0125"]),
        ("316-555-0123/0124", ["0123", "0124"]),
        ("el (316) 555-0123 y 0124 son nuestros", ["0123", "0124"]),
        ("3165550123,0124", ["0123", "0124"]),
        ("316-555-2011, 2012 and 2013", ["2011", "2012", "2013"]),
        ("316-555-0123, 2026", ["0123"]),
        ("316-555-0123 and 2000 others", ["0123"]),
        ("316-555-0123, 1845 Fairmount St", ["0123"]),
        ("316-555-0123 or $2500", ["0123"]),
        ("316-555-0123, 01245", ["0123"]),
    ],
)
def test_lines_that_share_what_comes_before(text: str, lines: list[str], places: Places) -> None:
    """The last four digits are enough for the second number of a list; years are none."""
    found = named(text, places)

    assert [(kind, value[-4:]) for kind, _, value in found] == [
        ("phone_number", line) for line in lines
    ]
    assert len({value[:-4] for _, _, value in found}) == 1


def test_several_numbers_in_words(places: Places) -> None:
    """Two numbers said one after the other are two; a digit too many, and there is none."""
    first = "three one six five five five oh one two three"
    second = "tres uno seis cinco cinco cinco cero uno dos cuatro"

    found = named(f"{first} {second}", places)

    assert [value for _, _, value in found] == ["+13165550123", "+13165550124"]
    assert named(f"{first} four", places) == []


def test_what_is_known_of_a_phone_number(places: Places) -> None:
    """An extension is kept apart; a local number is marked, and gets no area code."""
    assert details("316-555-0123 ext 4", places) == {"extension": "4"}
    assert details("(316)555-0123x22", places) == {"extension": "22"}
    assert details("316-555-0123 int. 45", places) == {"extension": "45"}
    assert details("316-555-0123 #45", places) == {"extension": "45"}
    assert details("316-555-0123, #4521", places) == {}
    assert details("555-0123", places) == {"is_local": True}
    assert details("316-555-0123", places) == {}


@pytest.mark.parametrize(("text", "code"), AREA_CODES)
def test_area_codes(text: str, code: str, places: Places) -> None:
    """Three digits are an area code where the words, or nothing else, say so."""
    assert ("area_code", code, code) in named(text, places)


def test_a_list_of_area_codes(places: Places) -> None:
    """One cue is enough for all of them; only real ones count."""
    found = named("area codes 316, 620 or 999", places)

    assert found == [("area_code", "316", "316"), ("area_code", "620", "620")]


def test_area_codes_come_from_the_numbering_plan(places: Places) -> None:
    """Places' codes of all countries in the plan; no toll-free, premium or personal ones."""
    assert {"316", "787", "416", "340"} <= places.area_codes
    assert not {"800", "888", "900", "500", "555", "211", "999"} & places.area_codes
    assert len(places.area_codes) > 400


@pytest.mark.parametrize(("text", "value"), ZIP_CODES)
def test_zip_codes(text: str, value: str, places: Places) -> None:
    """Five digits are a ZIP code where the words, or nothing else, say so."""
    assert named(text, places) == [("zip_code", value, value)]


def test_an_address_has_its_city_and_its_zip_code(places: Places) -> None:
    """The parts of an address are found side by side."""
    assert named("1845 Fairmount St, Wichita, KS 67260", places) == [
        ("city", "Wichita, KS", "Wichita, KS"),
        ("zip_code", "67260", "67260"),
    ]


@pytest.mark.parametrize(("text", "typed", "value"), CITIES)
def test_cities(text: str, typed: str, value: str, places: Places) -> None:
    """A city is one where the words make it a place; its state belongs to it."""
    assert named(text, places) == [("city", typed, value)]


def test_a_city_has_its_area_codes(places: Places) -> None:
    """Counted by ZIP codes, out of the package's data."""
    (wichita,) = details("in Wichita", places)["candidates"]

    assert wichita["state"] == "KS"
    assert max(wichita["area_codes"], key=wichita["area_codes"].get) == "316"
    assert 0 < wichita["area_codes"]["316"] <= wichita["zip_codes"]


def test_an_ambiguous_city_has_all_its_states(places: Places) -> None:
    """Largest first, for the conversation to settle; a state that is said leaves one."""
    candidates = details("in Springfield", places)["candidates"]
    sizes = [one["zip_codes"] for one in candidates]
    (illinois,) = details("in Springfield, IL", places)["candidates"]

    assert {"IL", "MA", "MO", "OH"} <= {one["state"] for one in candidates}
    assert sizes == sorted(sizes, reverse=True)
    assert "217" in illinois["area_codes"]


def test_a_list_of_cities(places: Places) -> None:
    """What is listed after a city is one by the same cue."""
    found = named("numbers in Wichita, Topeka and Lawrence", places)

    assert [typed for _, typed, _ in found] == ["Wichita", "Topeka", "Lawrence"]


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Kansas City, KS or MO", {"KS", "MO"}),
        ("kansas city ks/mo", {"KS", "MO"}),
        ("in Kansas City, KS", {"KS"}),
        ("IN MIAMI, OK", {"OK"}),
    ],
)
def test_states_that_are_said(text: str, states: set[str], places: Places) -> None:
    """One leaves one; two leave two."""
    assert {one["state"] for one in details(text, places)["candidates"]} == states


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("wichita or topeka", ["Wichita, KS", "Topeka"]),
        ("Wichita, Topeka and Lawrence please", ["Wichita, KS", "Topeka", "Lawrence"]),
        ("Portland, or Salem", ["Portland", "Salem"]),
        ("Kansas City KS or Kansas City MO", ["Kansas City, KS", "Kansas City, MO"]),
        ("Portland, OR or Washington DC", ["Portland, OR", "Washington, DC"]),
        ("in Dallas, New York and Chicago", ["Dallas", "New York, NY", "Chicago, IL"]),
    ],
)
def test_a_list_of_cities_and_nothing_else(text: str, values: list[str], places: Places) -> None:
    """Cities one after the other need no cue; the next one is no state of the one before."""
    assert [value for _, _, value in named(text, places)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("minneapolis/st paul", ["Minneapolis", "Saint Paul"]),
        ("a Minneapolis-St. Paul number", ["Minneapolis", "Saint Paul"]),
        ("Dallas / Ft. Worth", ["Dallas", "Fort Worth, TX"]),
    ],
)
def test_twin_cities(text: str, values: list[str], places: Places) -> None:
    """Two large cities named in one breath need no cue."""
    assert [value for _, _, value in named(text, places)] == values


def test_a_slip_is_allowed_in_large_cities_long_names_only(places: Places) -> None:
    """By the number of ZIP codes; words and what is a slip away from two names are no slips."""
    assert places.cities.misspelt("wichta") == places.cities.find("wichita")
    assert places.cities.misspelt("saint luois") == places.cities.find("saint louis")
    said = ("wichita", "xichita", "topka", "dallaz", "alexandra", "new work", "w", "")

    assert [places.cities.misspelt(name) for name in said] == [None] * len(said)


@pytest.mark.parametrize(("text", "typed", "value"), DATES)
def test_dates(text: str, typed: str, value: str, places: Places) -> None:
    """Days as seen from Monday, 23 November 2026, in both languages."""
    assert named(text, places) == [("date", typed, value)]


def test_what_is_known_of_a_date(places: Places) -> None:
    """How much a date is exact to, and its other reading where there are two."""
    assert details("in March", places) == {"precision": "month"}
    assert details("la semana que viene", places) == {"precision": "week"}
    assert details("next year", places) == {"precision": "year"}
    assert details("next Friday", places) == {"or": "2026-11-27"}
    assert details("on 3/4/2027", places) == {"or": "2027-04-03"}
    assert details("on 3/14/2027", places) == {}


@pytest.mark.parametrize(
    ("text", "typed", "first", "last"),
    [
        ("march 3rd - march 10th", "march 3rd - march 10th", "2027-03-03", "2027-03-10"),
        ("from Nov 20 to Nov 30", "Nov 20 to Nov 30", "2026-11-20", "2026-11-30"),
        ("December 20 to January 5", "December 20 to January 5", "2026-12-20", "2027-01-05"),
        ("March 3-10", "March 3-10", "2027-03-03", "2027-03-10"),
        ("between March 3 and 10", "March 3 and 10", "2027-03-03", "2027-03-10"),
        ("del 3 al 10 de marzo", "3 al 10 de marzo", "2027-03-03", "2027-03-10"),
        (
            "del 28 de marzo al 3 de abril de 2028",
            "28 de marzo al 3 de abril de 2028",
            "2028-03-28",
            "2028-04-03",
        ),
        ("between 3/1 and 3/15", "3/1 and 3/15", "2027-03-01", "2027-03-15"),
        ("3/1-3/15", "3/1-3/15", "2027-03-01", "2027-03-15"),
        ("from 10/1 to 10/15", "10/1 to 10/15", "2026-10-01", "2026-10-15"),
        ("sent between 3/1 and 3/15", "3/1 and 3/15", "2026-03-01", "2026-03-15"),
        ("3/1/2026-3/15/2026", "3/1/2026-3/15/2026", "2026-03-01", "2026-03-15"),
        ("del 1/3 al 15/3", "1/3 al 15/3", "2027-03-01", "2027-03-15"),
    ],
)
def test_a_range_of_dates(text: str, typed: str, first: str, last: str, places: Places) -> None:
    """One mention, whose last day is never before its first."""
    assert named(text, places) == [("date", typed, first)]
    assert details(text, places) == {"up_to": last}


def test_dates_without_a_range_stay_apart(places: Places) -> None:
    """ "And" joins two dates, unless "between" comes before."""
    assert [value for _, _, value in named("March 3 and March 10", places)] == [
        *("2027-03-03", "2027-03-10")
    ]


@pytest.mark.parametrize(("text", "typed", "value"), DURATIONS)
def test_durations(text: str, typed: str, value: str, places: Places) -> None:
    """Lengths of time in ISO 8601."""
    assert ("duration", typed, value) in named(text, places)


def test_what_is_known_of_a_duration(places: Places) -> None:
    """Both ends of a range, and that days are working days."""
    assert details("2-3 weeks", places) == {"up_to": "P3W"}
    assert details("de dos a cuatro semanas", places) == {"up_to": "P4W"}
    assert details("10 business days", places) == {"business_days": True}


@pytest.mark.parametrize(("text", "typed", "value"), CARRIERS)
def test_carriers(text: str, typed: str, value: str, places: Places) -> None:
    """Spellings, short forms and slips of the finger come to one name."""
    assert named(text, places) == [("carrier", typed, value)]


@pytest.mark.parametrize(("text", "kind", "typed"), OFFICES)
def test_offices_and_inboxes(text: str, kind: str, typed: str | None, places: Places) -> None:
    """The stretch that names one is marked as typed; which one it is, the backend knows."""
    (found,) = [one for one in named(text, places) if one[0] in ("office", "inbox")]

    assert found[0] == kind
    assert found[1] == found[2]
    assert typed is None or found[1] == typed


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_named(text: str, places: Places) -> None:
    """Numbers that count something else, words that only look like names: none is marked."""
    assert named(text, places) == []


def test_everything_at_once(places: Places) -> None:
    """Each thing keeps its own stretch of the message."""
    text = (
        "Port (316) 555-0123 and 620 555 0199 from Verison in Wichita, KS 67202 to Financial Aid "
        "by March 4, that's 4 weeks; or a 316 number for the fin aid inbox"
    )

    assert [(kind, value) for kind, _, value in named(text, places)] == [
        ("phone_number", "+13165550123"),
        ("phone_number", "+16205550199"),
        ("carrier", "Verizon"),
        ("city", "Wichita, KS"),
        ("zip_code", "67202"),
        ("office", "Financial Aid"),
        ("date", "2027-03-04"),
        ("duration", "P4W"),
        ("area_code", "316"),
        ("inbox", "fin aid inbox"),
    ]


# What people say to a question of a job, or to take an answer back; and all that it names.
CORRECTIONS = [
    ("620", ["620"]),
    ("make that 620", ["620"]),
    ("Make it 620 please", ["620"]),
    ("no, make that 620", ["620"]),
    ("no, 620 instead", ["620"]),
    ("620 instead", ["620"]),
    ("620, not 316", ["620"]),
    ("620 instead of 316", ["620"]),
    ("not 316, 620", ["620"]),
    ("not 316 but 620", ["620"]),
    ("no, 620", ["620"]),
    ("no, the 620 one", ["620"]),
    ("no, 620 or 785", ["620", "785"]),
    ("yes but 620", ["620"]),
    ("sorry, I meant 620", ["620"]),
    ("actually, make it 785 please", ["785"]),
    ("change it to 620", ["620"]),
    ("change it from 316 to 620", ["620"]),
    ("change the area code to 620", ["620"]),
    ("switch to 620", ["620"]),
    ("let's go with 620", ["620"]),
    ("mejor 620", ["620"]),
    ("mejor el 620", ["620"]),
    ("que sea 620", ["620"]),
    ("quise decir 620", ["620"]),
    ("perdón, 620", ["620"]),
    ("cámbialo a 620", ["620"]),
    ("cámbielo al 620", ["620"]),
    ("no 316 sino 620", ["620"]),
    ("no, Wichita", ["Wichita, KS"]),
    ("make it Wichita", ["Wichita, KS"]),
    ("mejor en Wichita", ["Wichita, KS"]),
    ("make it 67260", ["67260"]),
    ("for Housing", ["Housing"]),
    ("no, for the registrar", ["registrar"]),
    ("no, admissions", ["admissions"]),
    ("I meant housing", ["housing"]),
    ("make it fin aid instead", ["fin aid"]),
    ("change it to admissions", ["admissions"]),
    ("not Housing, Admissions", ["Admissions"]),
    ("make it Admissions, not Housing", ["Admissions"]),
    ("mejor admisiones", ["admisiones"]),
    ("no, para Becas y no para Vivienda", ["Becas"]),
    ("que sea para Becas", ["Becas"]),
    ("make it the front desk inbox", ["front desk inbox"]),
    ("555-0102", ["5550102"]),
    ("555 0102", ["5550102"]),
    ("5550102", ["5550102"]),
    ("no, 555-0102", ["5550102"]),
    # an office and what is said beside it
    ("make it admissions and 620", ["admissions", "620"]),
    ("no, make it admissions and area code 620", ["admissions", "620"]),
    ("Financial Aid and Wichita", ["Financial Aid", "Wichita, KS"]),
    ("no, financial aid and wichita", ["financial aid", "Wichita, KS"]),
    ("Financial Aid and Scholarships, 620", ["Financial Aid and Scholarships", "620"]),
    ("Admissions in Wichita", ["Admissions", "Wichita, KS"]),
    ("admissions and Wichita, KS", ["admissions", "Wichita, KS"]),
    ("no, admissions, 620", ["admissions", "620"]),
    ("620 and admissions", ["620", "admissions"]),
    ("change it to Housing and 316", ["Housing", "316"]),
    ("make it the registrar in 316", ["registrar", "316"]),
    ("make it housing and the inbox", ["housing"]),
    ("make it admissions, not housing, and 620, not 316", ["admissions", "620"]),
    ("Admisiones y 620", ["Admisiones", "620"]),
    ("que sea vivienda y 785", ["vivienda", "785"]),
    ("no, mejor becas en Wichita", ["becas", "Wichita, KS"]),
    ("housing and dining", []),
    ("financial aid and wichita state", []),
    ("I applied to housing and wichita", []),
    # nothing that a finder could know
    ("0102", []),
    ("the one ending in 0102", []),
    ("anywhere", []),
    ("not 316", []),
    ("no, not for Housing", []),
    ("make it 5", []),
    ("make it mobile", []),
    ("make it happy", []),
    ("actually 250 students replied", []),
    ("make that 310 contacts", []),
    ("no, I have 316 students", []),
    ("mejor así", []),
]


@pytest.mark.parametrize(("text", "values"), CORRECTIONS)
def test_answers_to_a_question_and_their_corrections(
    text: str, values: list[str], places: Places
) -> None:
    """What is meant now is found, and not what was meant before."""
    assert [mention.value for mention in find_mentions(text, places, TODAY)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("move 316-555-0101 to Housing and order another number", ["+13165550101", "Housing"]),
        ("pase el 316-555-0101 a Becas y apague el asistente", ["+13165550101", "Becas"]),
        ("move 316-555-0101 to Housing and Dining", ["+13165550101", "Housing and Dining"]),
        ("I want 316 instead of 620", ["316"]),
        ("that is not 316-555-0101", ["+13165550101"]),
    ],
)
def test_a_name_ends_where_something_else_is_said(
    text: str, values: list[str], places: Places
) -> None:
    """A second request is no part of an office's name; a number is named, even to deny it."""
    assert [mention.value for mention in find_mentions(text, places, TODAY)] == values


def test_of_two_on_each_other_the_longer_stays() -> None:
    """An office gives way to whatever is surer, however long it is."""
    long_office = Mention("office", 0, 20, "", "")
    city, area, phone = (
        Mention("city", 3, 10, "", ""),
        Mention("area_code", 12, 15, "", ""),
        Mention("phone_number", 12, 24, "", ""),
    )

    assert without_overlaps([long_office, city, area, phone]) == [city, phone]


STRANGE = {
    "empty": "",
    "blank": " \n\t ",
    "emoji": "🎓👍🏽👨‍👩‍👧‍👦" * 50,
    "right to left": "\u202eמספר ٣١٦ שלום\u202c" * 40,
    "zero width": "\u200b\u200d\ufeff" * 700,
    "controls": "\x00\x01\x1b[31m\x7f\r\n" * 100,
    "surrogate": "\ud83d\udc4d \ud800",
    "mixed scripts": "Wісhita в 316 número 数字 ที่ नंबर" * 40,
    "combining": "e" + "\u0301" * 2000,
    "ligatures": "\ufdfa" * 2000,
    "web address": "https://" + "a.b/" * 2000,
    "almost an address": "a." * 5000 + "@",
    "code": 'for (i=0;i<n;i++){ x["316"] = `${a}-${b}`; } // 0x7e SELECT * FROM t;--' * 100,
    "digits": "3" * 20_000,
    "digits apart": "3 1-6.(5)" * 2500,
    "numbers": "316-555-0123 " * 1600,
    "foreign numbers": "+34 600 123 456 " * 1200,
    "plus signs": "+" * 10_000 + "1" * 10_000,
    "brackets": "(" * 20_000,
    "spaces": "in" + " " * 20_000 + "Wichita",
    "cues": "in for to the a " * 1300,
    "area codes": "area code " + "316, " * 4000,
    "cities": "in Springfield, " * 1300,
    "states": "KS " * 6000,
    "days": "next Friday " * 1700,
    "months": "march " * 3300,
    "counts": "a couple of a couple of 3 to 4 to 5 " * 550,
    "carriers": "verizonn wireles " * 1200,
    "nouns": "office inbox of of the " * 900,
    "long word": "a" * 20_000,
    "hyphens": "-" * 20_000,
    "apostrophes": "registrar's " * 1700,
    "digits in words": "one two double three " * 950,
    "one digit in words": "five " * 4000,
    "letters for digits": "31o-5l5-o123 " * 1500,
    "letters only": "oil" * 6600,
    "vanity": "1-800-FLOWERS-" * 1400,
    "lines": "316-555-0123" + ", 0124" * 3300,
    "halves": "a year and a half and a half " * 690,
    "holidays": "christmas eve thanksgiving day de accion de gracias " * 390,
    "twins": "minneapolis/st paul-dallas/" * 740,
    "slips": "in minneaplis " * 1400,
    "whole numbers": "3165550123," * 1800,
    "ranges": "3/1-" * 5000,
    "ranges of months": "march 3 - " * 2000,
    "the past": "ported on 1/2 since feb 29 " * 740,
    "cities alone": "wichita or topeka and " * 900,
    "two states": "kansas city ks or mo " * 950,
    "ampersands": "housing & residence life " * 800,
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_strange_input_is_read_like_any_other(text: str, places: Places) -> None:
    """No exception; what is found lies where it says, within what is read, on nothing else."""
    end = 0
    for one in find_mentions(text, places, TODAY):
        assert end <= one.start < one.end <= LONGEST_READ
        assert one.text == text[one.start : one.end]
        end = one.end


def test_no_more_than_its_beginning_is_read(places: Places) -> None:
    """A long text costs as much as one of LONGEST_READ characters, and folding adds little."""
    text = "x " * (LONGEST_READ // 2) + "call 316-555-0123"

    assert len(fold(text).original) == LONGEST_READ
    assert len(fold("\ufdfa\u338f" * LONGEST_READ).folded) <= 4 * LONGEST_READ
    assert find_mentions(text, places, TODAY) == []


def test_places_are_in_the_message_as_typed() -> None:
    """Characters that folding drops or unfolds don't shift what comes after them."""
    text = "ﬁn\u200b aid… ½ é — ＡＴ＆Ｔ"
    (found,) = find_carriers(fold(text))

    assert text[found.start : found.end] == found.text == "ＡＴ＆Ｔ"


def test_places_survive_the_disk(places: Places, tmp_path: Path) -> None:
    """What the model keeps is what the packages gave, and small."""
    places.save(tmp_path)

    assert Places.load(tmp_path) == places
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 1_500_000


def test_every_city_is_found_again(places: Places) -> None:
    """Looking a name up by halves finds each, the first and the last line among them."""
    lines = places.cities.lines.splitlines()
    names = [line.partition("|")[0] for line in [*lines[:50], *lines[::97], *lines[-50:]]]

    found = [places.cities.find(name) for name in names]

    assert [city and city.name for city in found] == names
    assert [city and city.line() for city in found[:50]] == lines[:50]
    assert [places.cities.find(name) for name in ("", "aaa", "wichit", "wichitaa", "zzz")] == (
        [None] * 5
    )


def test_messages_without_digits_or_cues_look_nothing_up() -> None:
    """The quick ways out: no digit, no phone number; no place to look for, no city table."""
    text = fold("hello, who has been texting me all day long")

    assert find_phone_numbers(text) == []
    assert find_cities(text, cities=None) == []


@pytest.fixture(scope="module")
def finder(places: Places, tmp_path_factory: pytest.TempPathFactory) -> EntityFinder:
    """The component, on a Monday."""
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("storage"))
    return EntityFinder(storage, Resource("finder"), places, today=lambda: TODAY)


def test_the_component_adds_entities(finder: EntityFinder) -> None:
    """Rasa's fields and ours, beside what the message had already."""
    before = {"entity": "office", "value": "x", "start": 0, "end": 1}
    message = Message({"text": "call 316-555-0123 ext 4 tomorrow", "entities": [before]})
    finder.process([message])

    assert message.as_dict(only_output_properties=True)["entities"] == [
        before,
        {
            "entity": "phone_number",
            "start": 5,
            "end": 23,
            "value": "+13165550123",
            "text": "316-555-0123 ext 4",
            "extractor": "EntityFinder",
            "details": {"extension": "4"},
        },
        {
            "entity": "date",
            "start": 24,
            "end": 32,
            "value": "2026-11-24",
            "text": "tomorrow",
            "extractor": "EntityFinder",
        },
    ]


@pytest.mark.parametrize("text", [None, "", "👍"])
def test_the_component_finds_nothing_in_nothing(finder: EntityFinder, text: str | None) -> None:
    """A message without words has an empty list, not none."""
    message = Message({"text": text})
    finder.process([message])

    assert message.get("entities") == []


def test_the_domain_knows_every_entity() -> None:
    """What the finders may find is in domain.yml, and the finder comes before what reads it."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))

    assert set(domain["entities"]) >= set(KINDS)
    assert [one["name"] for one in config["pipeline"][-2:]] == [
        "bot.nlu.entity_finder.EntityFinder",
        "bot.nlu.two_requests.TwoRequests",
    ]


_MODEL = {
    "config.yml": """
recipe: default.v1
assistant_id: tiny
language: en
pipeline:
  - name: KeywordIntentClassifier
    case_sensitive: false
  - name: bot.nlu.entity_finder.EntityFinder
policies:
  - name: RulePolicy
    core_fallback_threshold: 0.3
    core_fallback_action_name: utter_unsure
""",
    "domain.yml": """
version: "3.1"
intents: [greet, check_quota]
entities: [phone_number, area_code, city, zip_code, date, duration, carrier, office, inbox]
responses:
  utter_greet: [{text: "Hello."}]
  utter_quota: [{text: "The quota."}]
  utter_unsure: [{text: "Not sure."}]
""",
    "data.yml": """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: check_quota
    examples: |
      - quota
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: quota
    steps: [{intent: check_quota}, {action: utter_quota}]
""",
}


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """Rasa with a trained model of two rules, and the finder in its pipeline."""
    import rasa

    folder = tmp_path_factory.mktemp("model")
    for name, content in _MODEL.items():
        (folder / name).write_text(content, encoding="utf-8")
    trained = rasa.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data.yml")],
        output=str(folder),
        force_training=True,
    )
    return Agent.load(trained.model)


@pytest.mark.parametrize(
    ("text", "answer", "kinds"),
    [
        ("hello", "Hello.", set()),
        (
            "hello, 316-555-0123 of Financial Aid in Wichita, KS 67202, from Verizon, by March 4",
            "Hello.",
            {"phone_number", "office", "city", "zip_code", "carrier", "date"},
        ),
        (
            "quota for area code 316 and the fin aid inbox in 4 to 6 weeks",
            "The quota.",
            {"area_code", "inbox", "duration"},
        ),
    ],
)
async def test_rules_fire_whatever_is_named(
    agent: Agent, text: str, answer: str, kinds: set[str]
) -> None:
    """A rule goes by the intent: a trained model answers the same with entities and without."""
    understood = await agent.parse_message(text)
    said = await agent.handle_text(text, sender_id=text)
    again = await agent.handle_text("hello", sender_id=text)

    assert {entity["entity"] for entity in understood["entities"]} == kinds
    assert [one["text"] for one in [*said, *again]] == [answer, "Hello."]


async def test_an_intent_sent_by_a_button_is_left_alone(agent: Agent) -> None:
    """What a button sends is no text: nothing is found in it."""
    understood = await agent.parse_message("/greet")

    assert understood["entities"] == []
