"""Mentions of an office or of an inbox: where in the message one stands, not which one it is.

An institution's names are the backend's to know (``backend/domain/office_names.py`` resolves a
mention among the asker's own); the value is the text as it was typed. A name is found

- by a noun it belongs to: "the honors office", "oficina de becas", "fin aid inbox";
- by what universities call their offices, in both languages, where the words around it point at an
  office and not at the matter: "for Financial Aid", not "apply for financial aid";
- by a move: whatever a number is moved "to" is an office, even an unheard-of one.

The kind is ``inbox`` where the noun is an inbox. "The office" and "another office" name none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Kind, Mention
from bot.nlu.entities.office_words import NO_NAME, NO_SLIPS, OFFICE_NAMES
from bot.nlu.entities.request_words import ORDERS
from bot.nlu.entities.wordlists import words_of


def _names_by_first_word() -> dict[str, list[tuple[str, ...]]]:
    """The offices' names, those of most words first."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for name in sorted(OFFICE_NAMES, key=lambda name: -name.count(" ")):
        words = tuple(name.split())
        found[words[0]].append(words)
    return dict(found)


def _by_letter(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        found[word[0]].append(word)
    return dict(found)


_BY_FIRST = _names_by_first_word()
_BY_LETTER = _by_letter(_BY_FIRST)
_KNOWN_WORDS = frozenset(word for name in OFFICE_NAMES for word in name.split())
# Words of these lengths may have one slip of the finger, or two.
_ONE_SLIP, _TWO_SLIPS = 6, 9

# Nouns that make an inbox or an office of the words before or after them.
_INBOX_NOUNS = frozenset({"inbox", "inboxes", "mailbox", "bandeja", "buzon"})
_NOUNS_AFTER = _INBOX_NOUNS | {"office", "dept", "department", "center", "centre", "campus", "desk"}
_NOUNS_BEFORE = _INBOX_NOUNS | {
    *("office", "dept", "department", "division", "college", "school", "faculty", "center"),
    *("oficina", "departamento", "facultad", "decanato", "escuela"),
}
_OF = frozenset({"of", "for", "de", "del"})
_ARTICLES = frozenset({"the", "our", "my", "your", "la", "el", "los", "las", "nuestra", "nuestro"})
# Between two words of one name: "student life and housing", "becas y ayuda financiera".
_CONNECTING = frozenset({"and", "y", "e", "of", "de", "del", "la", "las", "los", "the"})
_AND = frozenset({"and", "y", "e"})
_LONGEST_NAME, _CONNECTED = 4, 3
# "Student life", "first-year", "recruiters' inbox".
_WITHIN_A_NAME = frozenset({" ", "-", "' "})

# What points at an office when its name comes next.
_POINTING = words_of(
    """
    for to from in by at under call contact ask tell email visit text via para a al en desde
    contactar llamar contacte llame hacia
    """
)
# The office is "IT"; the pronoun is stressed too, so that fewer words are enough for the office.
_IT = "it"
_POINTING_AT_IT = frozenset({"to", "for", "from", "contact", "ask", "para", "a"})
# "De" points after these: "el número de admisiones", "somos de becas".
_BEFORE_DE = words_of(
    """
    numero numeros linea lineas telefono equipo personal gente mensajes correo director
    directora campana horario horarios somos soy trabajo encargada encargado
    """
)
# After one of these a name is the matter, not the office: "apply for housing", "get financial aid".
_MATTER = words_of(
    """
    apply applied applying application applications eligible eligibility qualify qualified pay
    paying paid payment register registered sign signed deadline deadlines looking interested
    enrolled enroll involved live living lived money get got getting receive received lose lost
    aplicar aplico aplique solicitar solicite solicitud elegible califico calificar pagar pago
    interesado interesada inscribirme dinero recibir recibi perder buscando
    """
)
_MATTER_WITHIN = 3
# What an office has or does.
_OF_AN_OFFICE = words_of(
    """
    number numbers line lines team staff campaign campaigns phone people folks wants want needs
    uses asked quiere necesita pide usa
    """
)
# "Which numbers does Housing have?", "¿Qué números tiene Vivienda?"
# Their misspellings are people's commonest.
_DOES = frozenset({"does", "do", "did", "dose", "dos", "doe"})
_HAVE = frozenset({"have", "own", "use", "got", "run", "hav", "hve", "haev", "ahve", "has"})
_HAS = frozenset({"tiene", "tienen", "usa", "usan"})
_DETERMINERS = _ARTICLES | {"a", "an", "another", "this", "that", "each"}

_MOVING = {
    "to": words_of(
        """
        move moved moving transfer transferred transferring reassign reassigned assign assigned
        """
    ),
    "a": words_of(
        """
        mover mueve mueva muevan transferir transfiere transfiera transfieran pasar pasa pase pasen
        asignar asigna asigne reasignar reasigna reasigne
        """
    ),
}
# What is moved; Spanish may say it within the verb.
_MOVED = words_of(
    """
    number numbers line lines it this that them these those one ones numero numeros linea lineas
    este esta estos esto ese esa
    """
)
_MOVING_IT = words_of(
    """
    muevelo muevela muevanlo moverlo moverla transfierelo transfieranlo transferirlo
    transferirla pasalo pasala pasenlo pasarlo pasarla asignalo asignarlo asignarla reasignalo
    reasignarlo
    """
)
_MOVED_WITHIN = 10
# "Move it to mobile": a kind of phone, not an office.
_KINDS_OF_PHONE = words_of(
    """
    mobile mobiles cell cellphone cellular landline landlines wireless voip smartphone desktop
    movil moviles celular celulares fijo inalambrico
    """
)
_TO = {"to": "to", "a": "a", "al": "a", "para": "a"}
_NOT_THAT = re.compile(
    r"\W{0,3}(?:no,?\s)?not?\s[^,;.!?]{2,40}(?:[,;.]\s|\s(?=but|sino))"
    r"(?:(?:but|sino|it's|for|the|para|la|el|a|es)\s){0,3}"
)
_NUMBER_WORDS = frozenset(
    {"number", "numbers", "line", "lines", "numero", "numeros", "linea", "lineas", "one"}
)


def _is_meant(said: str, word: str) -> bool:
    """Whether a word is another, or that other with a slip of the finger and no word itself."""
    if said == word:
        return True
    if len(word) < _ONE_SLIP or said[0] != word[0] or said in _KNOWN_WORDS or said in NO_SLIPS:
        return False
    slips = 2 if len(word) >= _TWO_SLIPS else 1
    return OSA.distance(said, word, score_cutoff=slips) <= slips


def find_offices(text: FoldedText) -> list[Mention]:
    """Every mention of an office or an inbox; some lie on each other."""
    return list(_Search(text).run())


@dataclass(frozen=True)
class _Search:
    text: FoldedText

    def run(self) -> Iterator[Mention]:
        words = self.text.words
        has_moving = any(
            not verbs.isdisjoint(self.text.vocabulary) for verbs in (*_MOVING.values(), _MOVING_IT)
        )
        has_number = not _NUMBER_WORDS.isdisjoint(self.text.vocabulary)
        for at, word in enumerate(words):
            last = self._known_name(at)
            if last is not None:
                yield from self._known(at, last)
            if word.text == _IT:
                yield from self._information_technology(at)
            if word.text in _NOUNS_AFTER:
                yield from self._before_noun(at)
            if word.text in _NOUNS_BEFORE:
                yield from self._after_noun(at)
            if has_moving and word.text in _TO:
                yield from self._moved_to(at)
            if has_number and word.text in ("for", "to", "para"):
                yield from self._number_for(at)

    # --- names that universities have ---

    def _known_name(self, first: int) -> int | None:
        """The last word of the name that begins at a word, spelt right or with slips."""
        word = self._word(first)
        for name in _BY_FIRST.get(word, ()):
            if (last := self._reads(first, name)) is not None:
                return last
        if word in NO_NAME and word not in _BY_FIRST:
            return None
        for meant in (word,) if word in _BY_FIRST else _BY_LETTER.get(word[0], ()):
            if _is_meant(word, meant):
                for name in _BY_FIRST[meant]:
                    if (last := self._reads(first, name, with_slips=True)) is not None:
                        return last
        return None

    def _reads(self, first: int, name: tuple[str, ...], *, with_slips: bool = False) -> int | None:
        """The last word of a name where it is what begins at a word; "&" is its "and"."""
        at = first
        for part in name:
            if part in _AND and at > first and self._has_ampersand(at - 1):
                continue
            word = self._word(at)
            if word != part and not (with_slips and word and _is_meant(word, part)):
                return None
            at += 1
        return at - 1

    def _has_ampersand(self, at: int) -> bool:
        """Whether "&" joins a word to the next one."""
        return at + 1 < len(self.text.words) and self.text.gap(at).strip() == "&"

    def _known(self, first: int, last: int) -> Iterator[Mention]:
        start, noun_before = self._noun_of(first)
        end, noun_after = self._noun_after(last)
        if noun_before or noun_after:
            is_inbox = bool({noun_before, noun_after} & _INBOX_NOUNS)
            yield self._mention(start, end, "inbox" if is_inbox else "office")
        elif self._is_pointed_at(first, last):
            yield self._mention(first, last, "office")

    def _information_technology(self, at: int) -> Iterator[Mention]:
        """ "IT" in capitals of its own, where the words point at an office or make it one."""
        word = self.text.words[at]
        if not self.text.typed(word.start, word.end).isupper() or self.text.original.isupper():
            return
        last, noun = self._noun_after(at)
        if noun:
            yield self._mention(at, last, "inbox" if noun in _INBOX_NOUNS else "office")
        elif self._word(self._before_articles(at)) in _POINTING_AT_IT:
            yield self._mention(at, at, "office")

    def _noun_of(self, first: int) -> tuple[int, str]:
        """Where "oficina de la", "bandeja de entrada de" before a name begins; the noun."""
        at = self._before_articles(first)
        if at < 1 or self._word(at) not in _OF:
            return first, ""
        if self._word(at - 1) == "entrada" and self._word(at - 2) == "de":
            at -= 2
        noun = self._word(at - 1)
        return (at - 1, noun) if noun in _NOUNS_BEFORE else (first, "")

    def _noun_after(self, last: int) -> tuple[int, str]:
        """The last of "'s office", "office inbox" after a name; the noun that says what it is."""
        noun = ""
        if self._word(last + 1) == "s" and self.text.gap(last) == "'":
            last += 1
        while self._follows_closely(last) and self._word(last + 1) in _NOUNS_AFTER:
            last += 1
            noun = self._word(last)
        return last, noun

    def _is_pointed_at(self, first: int, last: int) -> bool:
        """Whether the words around a known name point at the office, and not at the matter."""
        at = self._before_articles(first)
        before = [word.text for word in self.text.words[max(0, at - _MATTER_WITHIN) : at + 1]]
        if self.text.is_alone(first, last) or self._replaces_another(first):
            return True
        if not _MATTER.isdisjoint(before):
            return False
        following = self._word(last + 1) if self._follows_closely(last) else ""
        if following in _OF_AN_OFFICE and (at < 0 or at < first - 1 or self._is_determined(first)):
            return True
        if before and before[-1] in _POINTING:
            return True
        if len(before) > 1 and before[-1] in ("de", "del") and before[-2] in _BEFORE_DE:
            return True
        if before and self._has_numbers(before[-1], following):
            return True
        return self._is_proper(first, last)

    def _has_numbers(self, before: str, following: str) -> bool:
        """Whether it is asked which numbers the name between two words has."""
        if _NUMBER_WORDS.isdisjoint(self.text.vocabulary):
            return False
        return before in _HAS or (before in _DOES and following in _HAVE)

    def _replaces_another(self, first: int) -> bool:
        """Whether all that is said before a name turns down another: "not Housing, Admissions"."""
        return _NOT_THAT.fullmatch(self.text.folded, 0, self.text.words[first].start) is not None

    def _is_determined(self, first: int) -> bool:
        return self._word(first - 1) in _DETERMINERS

    def _is_proper(self, first: int, last: int) -> bool:
        """Whether a name stands out by capitals: all its words', or one within a sentence."""
        if self.text.original.isupper() or not self._are_capital(first, last):
            return False
        if last > first:
            return True
        return first > 0 and self.text.gap(first - 1) == " " and not self._is_capital(first - 1)

    # --- names nobody knows here ---

    def _before_noun(self, noun: int) -> Iterator[Mention]:
        """The words before a noun: "honors college inbox", "Student Success Center office"."""
        first = noun
        while first and noun - first < _LONGEST_NAME:
            gap = self.text.gap(first - 1)
            word = self._word(first - 1)
            if (
                (gap == "'" and word != "s" and self._word(first) == "s")
                or (gap == " " and word == "s" and first > 1 and self.text.gap(first - 2) == "'")
                or (gap in _WITHIN_A_NAME and self._is_name(first - 1))
            ):
                first -= 1
            else:
                break
        if first < noun and self._word(first) not in ("s", "school"):
            kind: Kind = "inbox" if self._word(noun) in _INBOX_NOUNS else "office"
            yield self._mention(first, noun, kind)

    def _after_noun(self, noun: int) -> Iterator[Mention]:
        """The words after "office of", "bandeja de entrada de la oficina de"."""
        at = noun + 1
        if self._word(at) == "de" and self._word(at + 1) == "entrada":
            at += 2
        is_inbox = self._word(noun) in _INBOX_NOUNS
        if self._word(at) not in _OF - (frozenset() if is_inbox else {"for"}):
            return
        if not self._follows_closely(noun):
            return
        first = self._after_articles(at)
        if self._word(first) in _NOUNS_BEFORE and self._word(first + 1) in _OF:
            first = self._after_articles(first + 1)
        last = self._name_from(first)
        # "The office of Welcome Line": that is a number's name.
        if last is not None and self._word(last + 1) not in _NUMBER_WORDS:
            yield self._mention(noun, last, "inbox" if is_inbox else "office")

    def _moved_to(self, to: int) -> Iterator[Mention]:
        """What stands after "move it to"."""
        said = {word.text for word in self.text.words[max(0, to - _MOVED_WITHIN) : to]}
        is_said = said & _MOVED or any(word.isdigit() for word in said)
        if not said & _MOVING_IT and not (is_said and said & _MOVING[_TO[self._word(to)]]):
            return
        first = self._after_articles(to)
        last = self._name_from(first)
        is_phone = last == first and self._word(first) in _KINDS_OF_PHONE
        if last is not None and not is_phone:
            yield self._mention(first, last, "office")

    def _number_for(self, preposition: int) -> Iterator[Mention]:
        """Capitals after "a number for": "Student Success", "SSC"."""
        near = {word.text for word in self.text.words[max(0, preposition - 2) : preposition]}
        if _NUMBER_WORDS.isdisjoint(near) or self.text.original.isupper():
            return
        first = last = self._after_articles(preposition)
        if not self._is_name(first) or not self._is_capital(first):
            return
        while (
            self._is_name(last + 1) and self._is_capital(last + 1) and self._follows_closely(last)
        ):
            last += 1
        word = self.text.words[first]
        is_acronym = len(word.text) > 1 and self.text.typed(word.start, word.end).isupper()
        if last > first or is_acronym:
            yield self._mention(first, last, "office")

    def _name_from(self, first: int) -> int | None:
        """The last word of what may be a name and begins at a word."""
        if not self._is_name(first):
            return None
        last = first
        while last - first < _LONGEST_NAME:
            step = 1
            while step < _CONNECTED and self._word(last + step) in _CONNECTING:
                step += 1
            is_close = all(self._follows_closely(last + one) for one in range(step))
            if not is_close or not self._is_name(last + step):
                break
            # "Move it to Housing and order another": that is a second request.
            if step > 1 and self._word(last + step) in ORDERS:
                break
            last += step
        is_noun = last == first and self._word(first) in _NOUNS_AFTER | _NOUNS_BEFORE
        return None if is_noun else last

    # --- words and gaps ---

    def _is_name(self, at: int) -> bool:
        """Whether a word could be part of an office's name."""
        word = self._word(at)
        return len(word) > 1 and not word[0].isdigit() and word not in NO_NAME

    def _word(self, at: int) -> str:
        words = self.text.words
        return words[at].text if 0 <= at < len(words) else ""

    def _follows_closely(self, at: int) -> bool:
        """Whether nothing that ends a name is between a word and the next one."""
        return at + 1 < len(self.text.words) and self.text.gap(at) in _WITHIN_A_NAME

    def _before_articles(self, first: int) -> int:
        """The last word before a name and its article; -1 where there is none."""
        at = first - 1
        while at >= 0 and self._word(at) in _ARTICLES:
            at -= 1
        return at

    def _after_articles(self, at: int) -> int:
        at += 1
        while self._word(at) in _ARTICLES:
            at += 1
        return at

    def _is_capital(self, at: int) -> bool:
        return self.text.is_capital(self.text.words[at].start)

    def _are_capital(self, first: int, last: int) -> bool:
        return all(self._is_capital(at) for at in range(first, last + 1))

    def _mention(self, first: int, last: int, kind: Kind) -> Mention:
        words = self.text.words
        start, end = words[first].start, words[last].end
        return self.text.mention(kind, start, end, self.text.typed(start, end))
