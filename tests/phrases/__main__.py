"""Print how well the lists do on their phrases: `python -m tests.phrases`."""

from __future__ import annotations

from tests.phrases.figures import figures, phrases, share_noticed
from tests.phrases.readers import READERS, consent


def main() -> None:
    """One line for each list, label, set and language."""
    print(
        f"{'list':8} {'label':8} {'set':9} {'lang':5} {'phrases':>7} {'precision':>9} {'recall':>7}"
    )
    for name, (labels, read) in READERS.items():
        for label in labels:
            for of_set in ("tuned", "held_out"):
                for language in ("en", "es"):
                    of = [one for one in phrases(name, of_set) if one.language == language]
                    found = figures(of, label, read)
                    print(
                        f"{name:8} {label:8} {of_set:9} {language:5} {len(of):7} "
                        f"{found.precision:9.3f} {found.recall:7.3f}"
                    )
    for of_set in ("tuned", "held_out"):
        of = phrases("consent", of_set)
        noticed = share_noticed(of, "stop", consent, as_any_of=("stop", "unclear"))
        bothered = share_noticed(of, "none", consent, as_any_of=("unclear",))
        print(f"consent  stop     {of_set:9} taken or asked about: {noticed:.3f}")
        print(f"consent  none     {of_set:9} asked about in vain:  {bothered:.3f}")


main()
