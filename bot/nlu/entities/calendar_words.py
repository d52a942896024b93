"""The calendar's words, in English and Spanish, folded: months, weekdays, counts, units, holidays.

Each table says what its words stand for; usual misspellings are among them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from bot.nlu.entities.calendar_days import each_year, thanksgiving
from bot.nlu.entities.wordlists import numbered

MONTHS = {
    **numbered(
        "january february march april may june july august september october november december", 1
    ),
    **numbered(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        1,
    ),
    "setiembre": 9,
    "febuary": 2,
    "feburary": 2,
    "setember": 9,
    "ocotber": 10,
}
SHORT_MONTHS = {
    **numbered("jan feb mar apr", 1),
    **numbered("jun jul aug sep oct nov dec", 6),
    "sept": 9,
    "ene": 1,
    "abr": 4,
    "ago": 8,
    "dic": 12,
}
ALL_MONTHS = MONTHS | SHORT_MONTHS
WEEKDAYS = {
    **numbered("monday tuesday wednesday thursday friday saturday sunday", 0),
    **numbered("lunes martes miercoles jueves viernes sabado domingo", 0),
    "wensday": 2,
    "wednsday": 2,
    "wendsday": 2,
    "thursaday": 3,
    "teusday": 1,
    "tusday": 1,
    "tuseday": 1,
    "wedensday": 2,
    "wendesday": 2,
    "thrusday": 3,
    "thurday": 3,
    "thusday": 3,
    "firday": 4,
    "saterday": 5,
    "staurday": 5,
}
# Too short to be a day without a word before them: "sun", "sat", "wed".
SHORT_WEEKDAYS = {
    **numbered("mon tue wed thu fri sat sun", 0),
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
ALL_WEEKDAYS = WEEKDAYS | SHORT_WEEKDAYS
ORDINALS = numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
    1,
)
COUNTS = {
    **numbered("one two three four five six seven eight nine ten eleven twelve", 1),
    **numbered("un dos tres cuatro cinco seis siete ocho nueve diez once doce", 1),
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "sixty": 60,
    "ninety": 90,
    "quince": 15,
    "veinte": 20,
    "treinta": 30,
    "cuarenta": 40,
    "sesenta": 60,
    "noventa": 90,
    "a": 1,
    "an": 1,
    "una": 1,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "un par de": 2,
}
# "A week", "una semana": a length only after a word that asks for one, else as in "once a week".
ONES = frozenset({"a", "an", "un", "una"})
UNITS = {
    **dict.fromkeys(("minute", "minutes", "min", "mins", "minuto", "minutos"), "M"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h", "hora", "horas"), "H"),
    **dict.fromkeys(("day", "days", "dia", "dias"), "D"),
    **dict.fromkeys(("week", "weeks", "wk", "wks", "semana", "semanas"), "W"),
    **dict.fromkeys(("month", "months", "mes", "meses"), "MONTH"),
    **dict.fromkeys(("year", "years", "yr", "yrs", "ano", "anos"), "Y"),
    **dict.fromkeys(("fortnight", "fortnights", "quincena", "quincenas"), "2W"),
}
PERIODS = frozenset({"week", "month", "year", "semana", "mes", "ano"})
RELATIVE_DAYS = {
    **dict.fromkeys(("today", "2day", "tonight", "hoy"), 0),
    **dict.fromkeys(("tomorrow", "tmrw", "tmr", "manana"), 1),
    **dict.fromkeys(("tommorow", "tomorow", "tommorrow", "tomrrow", "tomorrw", "tommorw"), 1),
    **dict.fromkeys(("day after tomorrow", "pasado manana"), 2),
    **dict.fromkeys(("yesterday", "ayer"), -1),
    **dict.fromkeys(("anteayer", "antier"), -2),
}
# The day of each in a year.
HOLIDAYS: dict[str, Callable[[int], date]] = {
    **dict.fromkeys(("thanksgiving", "thanksgiving day", "accion de gracias"), thanksgiving),
    **dict.fromkeys(("christmas eve", "xmas eve", "nochebuena"), each_year(12, 24)),
    **dict.fromkeys(("christmas", "christmas day", "xmas", "navidad"), each_year(12, 25)),
    **dict.fromkeys(("new year's eve", "new years eve", "nochevieja"), each_year(12, 31)),
    **dict.fromkeys(("new year's day", "new years day", "new year's"), each_year(1, 1)),
    **dict.fromkeys(("new year", "new years", "ano nuevo"), each_year(1, 1)),
}
