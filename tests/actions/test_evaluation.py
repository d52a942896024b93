"""The pure parts of `make evaluate`, on hand-made cases."""

import json
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from bot.evaluation import keeping
from bot.evaluation.banking77 import labelled
from bot.evaluation.confusions import Confusion
from bot.evaluation.exam import read_exam
from bot.evaluation.examination import examined
from bot.evaluation.examples import read_settings
from bot.evaluation.faults import Unreadable
from bot.evaluation.figures import Figures, Noisy, Timing, from_json, to_json, to_keep
from bot.evaluation.judgement import (
    Threshold,
    Value,
    failures,
    not_judged,
    read_thresholds,
    values_of,
)
from bot.evaluation.languages import Told, told_languages
from bot.evaluation.latency import spread
from bot.evaluation.noise import with_noise
from bot.evaluation.page import page
from bot.evaluation.phrases import Phrase, group_of
from bot.evaluation.pictures import pictures
from bot.evaluation.reliability import bins_of, calibration_error
from bot.evaluation.report import report
from bot.evaluation.scores import Score, in_scope, interval, out_of_scope, total
from bot.evaluation.sharpness import Quick, Sharpness, measured_sharpness
from bot.nlu.certainty import Bands
from bot.nlu.understanding import Reading
from bot.settings import ROOT

BANDS = Bands(sure=0.5, unsure=0.25, choice=0.1)
INTENTS = {"greet", "check_quota", "faq_req_csr", "out_of_scope"}
SENTENCE = "where can I find the quota of our office, and who may see it? "


def phrase(intent: str, language: str = "en", text: str = "whatever") -> Phrase:
    """A phrase of an intent, in the intent's own group."""
    return Phrase(text, intent, language, group_of(intent))


def reading(*ranking: tuple[str, float]) -> Reading:
    """A reading with these intents, likeliest first."""
    return Reading(ranking, "whatever")


def exam_folder(folder: Path, **files: str) -> Path:
    """A folder with the files, named without their .tsv."""
    for name, content in files.items():
        (folder / f"{name}.tsv").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def figures() -> Figures:
    """Two phrases in scope, one right and one wrong, and two out of scope, turned away."""
    phrases = [phrase("greet"), phrase("check_quota", "es"), phrase("out_of_scope")]
    readings = [
        reading(("greet", 0.9), ("thanks", 0.1)),
        reading(("list_numbers", 0.8), ("check_quota", 0.1)),
        reading(("out_of_scope", 0.7), ("greet", 0.2)),
    ]
    seen = examined([*phrases, phrase("out_of_scope")], [*readings, Reading((), "🙂")], BANDS)
    return Figures(
        examples={"en": 20, "es": 8},
        intents=3,
        bands={"sure": 0.5, "unsure": 0.25, "choice": 0.1},
        exam=seen,
        new=seen.cells[:1],
        noise=(Noisy(0.1, 3, seen),),
        cross_validation=seen,
        sharpness=Sharpness(1.0, 0.5, 1.2, 0.4),
        quick=Quick(76.5, Sharpness(1.7, 0.6, 1.8, 0.5)),
        languages=(Told("en", 30, 28, 2, 0), Told("es", 10, 8, 1, 1)),
        banking77=(87.0, 88.0, 89.0),
        latency=(Timing("whole", 12.34, 20.0),),
    )


def test_languages_are_counted_by_their_own() -> None:
    """Told rightly, not told, told wrongly: of each language's own phrases."""
    says = {"the": "en", "ok": None, "qué": "es"}
    phrases = [phrase("a", "en", text) for text in says] + [phrase("a", "es", "qué")]

    assert told_languages(phrases, says.get) == (Told("en", 3, 1, 1, 1), Told("es", 1, 1, 0, 0))


def test_noise_is_the_same_in_every_run() -> None:
    """What is spoilt depends on text, share and draw alone; another draw spoils otherwise."""
    assert with_noise(SENTENCE, 0.1) == with_noise(SENTENCE, 0.1)
    assert with_noise(SENTENCE, 0.1, draw=1) != with_noise(SENTENCE, 0.1, draw=2)
    assert with_noise(SENTENCE, 0.0) == SENTENCE


def test_noise_spoils_about_the_asked_share() -> None:
    """A tenth of the letters is one edit away; as many are lost as are doubled."""
    pairs = [(SENTENCE, with_noise(SENTENCE, 0.1, draw)) for draw in range(400)]
    letters = sum(map(str.isalpha, SENTENCE)) * len(pairs)
    edits = sum(OSA.distance(text, spoilt) for text, spoilt in pairs)
    longer = sum(len(spoilt) - len(text) for text, spoilt in pairs)

    assert 0.09 < edits / letters < 0.11
    assert abs(longer) / letters < 0.01


def test_noise_leaves_digits_and_marks() -> None:
    """Only letters are spoilt: a number stays the number that was asked about."""
    assert with_noise("316-555-0123?!", 1.0) == "316-555-0123?!"


def test_a_lone_letter_is_spoilt_in_every_way() -> None:
    """Deleted, doubled, replaced or, without a next one to swap with, left as it is."""
    spoilt = {letter: with_noise(letter, 1.0) for letter in ascii_lowercase}
    left = {letter for letter, text in spoilt.items() if text == letter}
    doubled = {letter for letter, text in spoilt.items() if text == 2 * letter}
    others = [text for letter, text in spoilt.items() if letter not in left | doubled]

    assert left and doubled
    assert {len(text) for text in others} == {0, 1}


@pytest.mark.parametrize(
    ("intent", "ranking", "score"),
    [
        ("greet", [("greet", 0.5), ("thanks", 0.3)], Score(1, right=1)),
        ("greet", [("thanks", 0.5), ("greet", 0.3)], Score(1, wrong=1)),
        (
            "check_quota",
            [("list_numbers", 0.4), ("check_quota", 0.3)],
            Score(1, asked=1, offered=1),
        ),
        ("check_quota", [("list_numbers", 0.4), ("faq_port_time", 0.3)], Score(1, asked=1)),
        ("greet", [("greet", 0.2), ("deny", 0.1)], Score(1, turned_away=1)),
        ("greet", [("out_of_scope", 0.6), ("greet", 0.3)], Score(1, turned_away=1)),
        ("greet", [], Score(1, turned_away=1)),
        ("out_of_scope", [("out_of_scope", 0.6), ("greet", 0.3)], Score(1, turned_away=1)),
        ("out_of_scope", [("out_of_scope", 0.4), ("check_quota", 0.3)], Score(1, asked=1)),
        ("out_of_scope", [("greet", 0.6), ("out_of_scope", 0.3)], Score(1, wrong=1)),
    ],
)
def test_each_phrase_is_scored_by_what_would_be_done(
    intent: str, ranking: list[tuple[str, float]], score: Score
) -> None:
    """Right, asked back, turned away or wrong: one of them, by decision and true intent."""
    seen = examined([phrase(intent)], [reading(*ranking)], BANDS)

    assert total(seen.cells) == score


def test_scores_are_summed_by_scope_and_language(figures: Figures) -> None:
    """English and Spanish, in and out of scope are told apart and add up to all."""
    cells = figures.exam.cells

    assert in_scope(cells, ["en"]) == Score(1, right=1)
    assert in_scope(cells, ["es"]) == Score(1, wrong=1)
    assert out_of_scope(cells) == Score(2, turned_away=2)
    assert out_of_scope(cells).rejected == 2
    assert total(cells) == in_scope(cells) + out_of_scope(cells)


@pytest.mark.parametrize(
    ("intent", "group"),
    [
        ("faq_port_time", "FAQ"),
        ("faq_req_csr", "requirements"),
        ("faq_reject_mismatch", "rejections"),
        ("check_quota", "actions"),
        ("office_fafsa_code", "students"),
        ("greet", "talk"),
    ],
)
def test_intents_have_the_groups_of_their_document(intent: str, group: str) -> None:
    """The groups are docs/intents.md's sections."""
    assert group_of(intent) == group


def test_confusions_name_intents_and_counts(figures: Figures) -> None:
    """A right reading is no confusion; a text without letters is taken for nothing."""
    assert figures.exam.confusions == (Confusion("check_quota", "list_numbers", 1, 1),)


def test_calibrated_answers_have_no_error() -> None:
    """Of 10 answers with confidence 0.8, 8 right: error 0; all of them right: 20 %."""
    calibrated = bins_of([(0.8, at < 8) for at in range(10)])
    modest = bins_of([(0.8, True)] * 10)

    assert calibration_error(calibrated) == pytest.approx(0)
    assert calibration_error(modest) == pytest.approx(20)


def test_bins_hold_what_they_say() -> None:
    """A confidence of 1 is in the last of ten bins, 0.1 in the second."""
    bins = bins_of([(1.0, True), (0.1, False), (0.0, False)])

    assert [each.answers for each in bins] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert bins[-1].right == 1


def test_the_sharpness_of_made_up_answers_is_found() -> None:
    """Shares flattened to their square root are best with twice the exponent."""
    chance = np.random.default_rng(0)
    honest = chance.dirichlet([0.3] * 5, size=4000)
    true = np.array([chance.choice(5, p=row / row.sum()) for row in honest])
    flat = np.sqrt(honest) / np.sqrt(honest).sum(axis=1, keepdims=True)

    found = measured_sharpness(flat.astype(np.float32), true, configured=1.0)

    assert found.best == pytest.approx(2.0, abs=0.15)
    assert found.best_log_loss < found.log_loss


def test_an_interval_holds_its_share() -> None:
    """Wilson's interval of 97 of 100 is known; at none and all it stays within 0 and 100."""
    assert interval(97, 100) == pytest.approx((91.55, 98.97), abs=0.05)
    assert interval(0, 10)[0] == 0 and interval(10, 10)[1] == 100


def test_an_exam_is_read_with_its_groups(tmp_path: Path) -> None:
    """Three files; out of scope with a language or, in English, without."""
    folder = exam_folder(
        tmp_path,
        english="greet\thello there\n\ncheck_quota\tquota?\n",
        spanish="greet\thola\n",
        out_of_scope="out_of_scope\ta joke\n# near\n# for a reason\n"
        "out_of_scope\tes\t¿y el fax?\n# student life\nout_of_scope\ten\tmy grades\n",
    )

    read = read_exam(folder, INTENTS)

    assert [(one.intent, one.language, one.group, one.text) for one in read] == [
        ("greet", "en", "talk", "hello there"),
        ("check_quota", "en", "actions", "quota?"),
        ("greet", "es", "talk", "hola"),
        ("out_of_scope", "en", "not grouped", "a joke"),
        ("out_of_scope", "es", "near", "¿y el fax?"),
        ("out_of_scope", "en", "student life", "my grades"),
    ]


def test_a_faulty_exam_names_every_line(tmp_path: Path) -> None:
    """Each fault with its file and line, all in one go, and never the phrase."""
    folder = exam_folder(
        tmp_path,
        english="greet hello\ncheck_quota\tquota?\ngreeet\thello\nout_of_scope\tfax\n",
        out_of_scope="out_of_scope\tfr\tbonjour\ngreet\thello\nout_of_scope\ten\ta\tb\n",
    )

    with pytest.raises(Unreadable) as told:
        read_exam(folder, INTENTS)

    assert str(told.value).splitlines() == [
        "english.tsv, line 1: expected label, text, with one tab between two.",
        "english.tsv, line 3: 'greeet' is not a label here.",
        "english.tsv, line 4: 'out_of_scope' is not a label here.",
        "out_of_scope.tsv, line 1: the language is en or es, not 'fr'.",
        "out_of_scope.tsv, line 2: 'greet' is not a label here.",
        "out_of_scope.tsv, line 3: expected label, language, text, with one tab between two.",
    ]


def test_a_folder_without_an_exam_is_refused(tmp_path: Path) -> None:
    """A mistyped folder is no exam with perfect marks."""
    with pytest.raises(Unreadable, match="holds no exam"):
        read_exam(tmp_path / "nowhere", INTENTS)


def test_every_figure_below_its_threshold_is_named(figures: Figures) -> None:
    """Too low and too high are both told, with what was asked; what is kept is not."""
    asked = [
        Threshold("exam_right_en", least=97),
        Threshold("exam_right_es", least=93),
        Threshold("exam_wrong", most=2),
        Threshold("banking77", least=87),
    ]

    assert failures(values_of(figures), asked) == [
        "exam_right_es (in scope, Spanish: right) is 0.00 %, asked ≥ 93",
        "exam_wrong (wrong, of all) is 25.00 %, asked ≤ 2",
    ]


def test_a_threshold_just_kept_is_kept() -> None:
    """At the bound is good enough, on either side."""
    values = {"exam_right_en": Value(97.0), "exam_wrong": Value(2.0)}

    assert (
        failures(values, [Threshold("exam_right_en", least=97), Threshold("exam_wrong", most=2)])
        == []
    )


def test_what_was_not_measured_is_not_judged(figures: Figures) -> None:
    """A run without BANKING77's data says so instead of failing."""
    without = values_of(replace(figures, banking77=()))
    asked = [Threshold("banking77", least=87)]

    assert failures(without, asked) == []
    assert not_judged(without, asked) == ["banking77"]


def test_the_thresholds_file_is_sound(figures: Figures) -> None:
    """Every figure that it names is measured, and what the product promises is in it."""
    thresholds = read_thresholds()

    assert not_judged(values_of(figures), thresholds) == []
    assert {"exam_right_en", "exam_right_es", "exam_rejected", "exam_wrong"} <= {
        each.figure for each in thresholds
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("at_least: {exam_rihgt: 97}\nat_most: {}", "no figure 'exam_rihgt'"),
        ("at_least: {exam_right_en: high}\nat_most: {}", "must be a number"),
        ("at_least: {exam_right_en: 97}", "must hold at_least and at_most"),
    ],
)
def test_a_faulty_thresholds_file_is_refused(tmp_path: Path, content: str, told: str) -> None:
    """A mistyped name must not mean that nothing is asked."""
    file = tmp_path / "thresholds.yml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(Unreadable, match=told):
        read_thresholds(file)


def test_figures_are_read_back_as_they_were(figures: Figures) -> None:
    """The kept file holds all that the page is made of."""
    assert from_json(to_json(figures)) == figures


def test_a_run_without_banking77_keeps_its_line(figures: Figures) -> None:
    """Its last figures stay on the page, other figures change."""
    measured = replace(figures, banking77=(), intents=7)

    assert to_keep(measured, figures) == replace(measured, banking77=figures.banking77)


def test_a_change_of_latency_alone_changes_nothing(figures: Figures) -> None:
    """A run on another machine leaves the tree as it was."""
    slower = replace(figures, latency=(Timing("whole", 99.0, 200.0),))

    assert to_keep(slower, figures) == figures
    assert to_keep(replace(slower, intents=7), figures).latency == slower.latency


def test_a_component_timed_anew_is_shown(figures: Figures) -> None:
    """Another list of components is a change of the program, not of the machine."""
    more = replace(figures, latency=(*figures.latency, Timing("entities", 0.2, 0.4)))

    assert to_keep(more, figures) == more


def test_figures_of_another_version_are_not_dropped_unsaid(
    figures: Figures, tmp_path: Path
) -> None:
    """Without its data, BANKING77's line would leave the page: the command says so."""
    without = replace(figures, banking77=())
    assert not keeping.loses_banking77(without, tmp_path)

    (tmp_path / "evaluation.json").write_text('{"of": "another version"}', encoding="utf-8")
    assert keeping.loses_banking77(without, tmp_path)
    assert not keeping.loses_banking77(figures, tmp_path)

    keeping.write(figures, read_thresholds(), tmp_path)
    assert not keeping.loses_banking77(without, tmp_path)


def test_writing_again_changes_no_file(figures: Figures, tmp_path: Path) -> None:
    """Page and pictures are the same to the byte when the figures are."""
    first = keeping.write(figures, read_thresholds(), tmp_path)
    second = keeping.write(figures, read_thresholds(), tmp_path)

    assert {path.name for path in first} >= {"evaluation.json", "evaluation.md"}
    assert second == []
    assert keeping.page_is_current(read_thresholds(), tmp_path)


def test_a_page_edited_by_hand_is_not_current(figures: Figures, tmp_path: Path) -> None:
    """The page says what was measured, or the check fails."""
    keeping.write(figures, read_thresholds(), tmp_path)
    file = tmp_path / "evaluation.md"
    file.write_text(file.read_text(encoding="utf-8").replace("88.0", "98.0"), encoding="utf-8")

    assert not keeping.page_is_current(read_thresholds(), tmp_path)


def test_what_the_page_says_otherwise_is_named(figures: Figures, tmp_path: Path) -> None:
    """A check tells which figures have moved since the page was made."""
    keeping.write(figures, read_thresholds(), tmp_path)
    moved = replace(figures, banking77=(90.0, 90.0, 90.0))

    assert keeping.differences(moved, tmp_path) == ["banking77: 88.00 on the page, 90.00 measured"]


def test_the_page_shows_every_picture(figures: Figures) -> None:
    """No picture is drawn for nothing, none is missing."""
    written = page(figures, read_thresholds())

    assert all(f"(pictures/{name})" in written for name in pictures(figures))


def test_pictures_tell_no_date(figures: Figures) -> None:
    """A picture changes with its figures only."""
    assert all(b"<dc:date>" not in svg for svg in pictures(figures).values())


def test_page_and_report_do_without_what_an_exam_lacks(figures: Figures) -> None:
    """An exam of English greetings alone is an exam."""
    seen = examined([phrase("greet")], [reading(("greet", 0.9))], BANDS)
    small = replace(figures, exam=seen, noise=(Noisy(0.1, 3, seen),), banking77=())

    assert "Not measured yet" in page(small, read_thresholds())
    assert "The exam, out of scope" not in report(small, read_thresholds())


def test_timed_texts_are_taken_from_everywhere() -> None:
    """Where there are more texts than are timed, every part of them is."""
    assert spread([str(at) for at in range(10)], 5) == ["0", "2", "4", "6", "8"]
    assert spread(["a", "b"], 5) == ["a", "b"]


def test_labels_of_banking77_are_compared_in_small_letters(tmp_path: Path) -> None:
    """Its files write one label in two ways."""
    file = tmp_path / "draw.json"
    file.write_text(json.dumps([["where is it", "Card_Arrival"]]), encoding="utf-8")

    assert labelled(file) == [("where is it", "card_arrival")]


def test_a_file_that_is_not_banking77_is_named(tmp_path: Path) -> None:
    """A wrong folder is told as such."""
    with pytest.raises(Unreadable, match="b77_eval"):
        labelled(tmp_path / "b77_eval.json")


def test_settings_are_those_that_rasa_reads() -> None:
    """The model under evaluation has config.yml's bands, in their order."""
    bands = read_settings(ROOT / "config.yml").bands

    assert bands.sure >= bands.unsure >= bands.choice > 0
