"""Word lists, written as they read best: as text."""


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def names_of(text: str) -> frozenset[str]:
    """The expressions of a text that has commas between them."""
    return frozenset(" ".join(text.split()).split(", "))


def numbered(text: str, first: int) -> dict[str, int]:
    """The words of a text, counted from ``first``."""
    return {word: number for number, word in enumerate(text.split(), first)}
