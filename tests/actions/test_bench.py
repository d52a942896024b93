"""The benchmark's arithmetic, texts and tables; nothing here looks at a clock."""

import json
import random
from itertools import islice
from pathlib import Path

import pytest
import yaml

from bot import markdown
from bot.bench.__main__ import _parser, plan_of
from bot.bench.document import About, document
from bot.bench.doors import BackendDoor, RestDoor
from bot.bench.figures import Spread, percentile, ratios
from bot.bench.measure import Round, Size, Turn
from bot.bench.models import Note, project_hash, read_note, told, write_note
from bot.bench.processes import Failed
from bot.bench.projects import copy_ours, examples_of, make_stock, uttered_intents
from bot.bench.report import CACHE, MEASURES, Measure, alone, comparison, gathered, rows
from bot.bench.summary import EDGE, Unusable, summarise
from bot.bench.texts import as_cached, mistype, never_repeating

PHRASES = ["how long does porting take", "¿cuánto tarda?", "what is a CSR", "who are you"]


def a_round(milliseconds: float, answered: bool = True) -> Round:
    """A round in which every turn took as long."""
    turns = [Turn(milliseconds / 1000, answered)] * 100
    return Round(3.0, list(turns), 0.4, 400.0, turns, 2.0, list(turns), turns, turns)


def values_of(ours: list[float], stock: list[float]) -> dict[str, dict[str, list[float]]]:
    """Every measure of both sides and the deployed one, alike."""
    keys = [measure.key for measure in (*MEASURES, *CACHE)]
    return {
        "ours": dict.fromkeys(keys, ours),
        "stock": dict.fromkeys(keys, stock),
        "deployed": dict.fromkeys(keys, ours),
    }


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1), (0.001, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    """Nearest rank, whatever the order: never a number between two timings."""
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_no_values_have_no_figures() -> None:
    """An empty measurement is a fault, not a zero."""
    with pytest.raises(ValueError, match="no percentile"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="no spread"):
        Spread.of([])


def test_a_spread_is_the_median_and_the_extremes() -> None:
    """One slow round moves the highest and not the median."""
    assert Spread.of([5, 4, 90]) == Spread(5, 4, 90)


def test_ratios_are_taken_round_by_round() -> None:
    """Each round stands against the same round; what was measured once against them all."""
    assert ratios([30, 20], [10, 5]) == [3, 4]
    assert ratios([30], [10, 5]) == [3, 6]
    with pytest.raises(ValueError, match="longer"):
        ratios([1, 2], [1, 2, 3])


def test_texts_never_repeat() -> None:
    """Not even for a cache that ignores case, spaces and punctuation, and none is an example."""
    texts = list(islice(never_repeating(PHRASES, seed=1), 3000))
    seen = {as_cached(text) for text in texts}

    assert len(seen) == len(texts)
    assert seen.isdisjoint(as_cached(phrase) for phrase in PHRASES)


def test_the_same_seed_makes_the_same_texts() -> None:
    """A run can be made again; another seed asks something else."""
    first, same, other = (list(islice(never_repeating(PHRASES, seed), 50)) for seed in (1, 1, 2))

    assert first == same
    assert first != other


def test_a_mistyped_text_differs_by_one_slip() -> None:
    """Swapped, dropped or doubled: at most one letter more or less; no letters, no slip."""
    slips = {mistype("porting", random.Random(seed)) for seed in range(200)} - {"porting"}

    assert {len(slip) for slip in slips} == {6, 7, 8}
    assert mistype("4 5", random.Random(1)) == "4 5"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project of ours."""
    root = tmp_path / "root"
    (root / "data" / "nlu").mkdir(parents=True)
    (root / "config.yml").write_text("pipeline: ours")
    (root / "domain.yml").write_text("intents: [ask, quota]")
    content = {
        "nlu": [
            {"intent": "ask", "examples": "- one [CSR](record)\n- two\n- three\n"},
            {"intent": "quota", "examples": "- quota\n"},
            {"synonym": "CSR", "examples": "- record\n- service record\n- data\n"},
        ],
        "rules": [
            {"rule": "ask", "steps": [{"intent": "ask"}, {"action": "utter_ask"}]},
            {"rule": "quota", "steps": [{"intent": "quota"}, {"action": "action_quota"}]},
        ],
        "responses": {"utter_ask": [{"text": "Ask {office_name}."}]},
    }
    (root / "data" / "nlu" / "all.yml").write_text(yaml.safe_dump(content))
    return root


@pytest.fixture
def stock_packages(tmp_path: Path) -> Path:
    """Where stock Rasa would be installed, with its default configuration."""
    folder = tmp_path / "packages" / "rasa" / "engine" / "recipes" / "config_files"
    folder.mkdir(parents=True)
    (folder / "default_config.yml").write_text("pipeline: stock")
    return tmp_path / "packages"


def test_a_thinned_copy_keeps_the_first_examples(root: Path, tmp_path: Path) -> None:
    """So many of each intent's block; other blocks and the original stay whole."""
    thin = copy_ours(root, tmp_path / "thin", examples=2)

    assert examples_of(thin) == {"ask": ["one CSR", "two"], "quota": ["quota"]}
    assert len(examples_of(root)["ask"]) == 3
    assert uttered_intents(thin) == {"ask"}


def test_stock_gets_its_config_and_our_data(
    root: Path, tmp_path: Path, stock_packages: Path
) -> None:
    """Rasa's own configuration; our examples, rules and answers, the latter without gaps."""
    ours = copy_ours(root, tmp_path / "ours", examples=None)
    stock = make_stock(ours, tmp_path / "stock", stock_packages)
    content = yaml.safe_load((stock / "data" / "nlu" / "all.yml").read_text())

    assert (stock / "config.yml").read_text() == "pipeline: stock"
    assert examples_of(stock) == examples_of(root)
    assert content["responses"]["utter_ask"][0]["text"] == "Ask Financial Aid."
    assert [story["steps"] for story in content["stories"]] == [
        rule["steps"] for rule in content["rules"]
    ]


def test_stock_can_be_left_without_stories(
    root: Path, tmp_path: Path, stock_packages: Path
) -> None:
    """With our rules alone, as they are."""
    stock = make_stock(root, tmp_path / "stock", stock_packages, stories=False)

    assert "stories" not in (stock / "data" / "nlu" / "all.yml").read_text()


def test_a_kept_model_tells_what_it_was_trained_on(root: Path, tmp_path: Path) -> None:
    """A reused model says so, and on how many examples when the data has changed since."""
    model = tmp_path / "stock-1.tar.gz"
    model.touch()
    write_note(model, Note(3600.0, project_hash(root), 4))

    assert read_note(model) == Note(3600.0, project_hash(root), 4)
    assert told(read_note(model), 4).endswith("of an earlier run, on 4 examples.")
    assert "on 4 examples instead of 5, so training is not" in told(read_note(model), 5)


def test_what_training_leaves_in_a_project_changes_nothing(root: Path) -> None:
    """Rasa puts its cache beside what it was trained from."""
    before = project_hash(root)
    (root / ".rasa").mkdir()
    (root / ".rasa" / "cache.db").touch()

    assert project_hash(root) == before


def test_a_model_without_its_note_is_refused(tmp_path: Path) -> None:
    """Nobody could say how long its training took."""
    model = tmp_path / "stock-1.tar.gz"
    model.touch()

    with pytest.raises(Failed, match=r"stock-1\.json"):
        read_note(model)


def test_a_turn_unanswered_by_one_side_counts_for_none() -> None:
    """A slow failure of stock Rasa must not make us look faster, nor a fast one slower."""
    slow = a_round(20)
    slow.sequential[7] = Turn(9.0, answered=False)
    figures = summarise({"ours": a_round(5), "stock": slow})

    assert figures["stock"]["turn_p99_ms"] == pytest.approx(20)
    assert figures["stock"]["unanswered"] == pytest.approx(0.01)
    assert figures["ours"]["unanswered"] == 0


def test_a_round_becomes_figures() -> None:
    """Milliseconds of turns, turns a second, and how the end of a conversation compares."""
    one = a_round(5)
    one.long[:] = [Turn(0.005, True)] * (100 - EDGE) + [Turn(0.01, True)] * EDGE
    figures = summarise({"ours": one})["ours"]

    assert figures["turn_p50_ms"] == pytest.approx(5)
    assert figures["turn_cpu_ms"] == pytest.approx(4)
    assert figures["busy_turns_per_s"] == pytest.approx(50)
    assert figures["long_growth"] == pytest.approx(2)
    assert set(figures) >= {measure.key for measure in (*MEASURES, *CACHE)} - {"training_s"}


def test_a_side_that_does_not_answer_spoils_the_run() -> None:
    """When most turns get no reply (a mute bot is fast), there are no figures at all."""
    with pytest.raises(Unusable, match="ours left 100%"):
        summarise({"ours": a_round(1, answered=False)})


def test_rounds_are_turned_around() -> None:
    """From a list of rounds to a list for each measure of each side."""
    assert gathered([{"ours": {"x": 1}}, {"ours": {"x": 2}}]) == {"ours": {"x": [1, 2]}}


def test_a_bound_is_kept_or_not() -> None:
    """The median of the ratios decides, not the best round."""
    faster = Measure("x", "turn", 1, "stock / ours", at_least=3)
    smaller = Measure("x", "memory", 0, "ours / stock", at_most=0.4)
    values = {"ours": {"x": [10, 10, 10]}, "stock": {"x": [20, 25, 90]}}
    cells = [row.cells() for row in rows([faster, smaller], values)]

    assert cells[0][1:] == [
        "10.0",
        "25.0 (20.0–90.0)",
        "2.50 (2.00–9.00) stock / ours",
        "≥ 3",
        "no",
    ]
    assert cells[1][4:] == ["≤ 0.4", "yes"]


def test_a_side_alone_is_judged_by_what_was_asked_of_it_alone() -> None:
    """A ratio to stock Rasa is nothing that the deployed side, measured apart, can keep."""
    faster = Measure("x", "turn", 1, "stock / ours", at_least=3)
    fair = Measure("y", "p99 over p50", 1, "ours", at_most=4)
    lines = alone([faster, fair], {"x": [5.0], "y": [6.0]}).splitlines()

    assert lines[2].split("|")[2:5] == [" 5.0              ", " –     ", " –   "]
    assert lines[3].split("|")[3:5] == [" ≤ 4   ", " no  "]


def test_what_one_side_lacks_is_not_compared() -> None:
    """Such as the training of a stock model that was trained on other data."""
    values = values_of([10.0], [40.0])
    values["stock"].pop("training_s")
    compared = {row.measure.key for row in rows(MEASURES, values)}

    assert compared == {measure.key for measure in MEASURES} - {"training_s"}


def test_a_table_lines_up() -> None:
    """Every line is as wide as the widest cells: names to the left, numbers to the right."""
    cells = [["turn", "1"], ["a longer one", "22.5"]]
    names, numbers = (markdown.table(["", "ours"], cells, left).splitlines() for left in (2, 1))

    assert len({len(line) for line in names + numbers}) == 1
    assert names[1:3] == ["| ------------ | ---- |", "| turn         | 1    |"]
    assert numbers[1:3] == ["| ------------ | ---: |", "| turn         |    1 |"]


def test_the_page_names_no_machine_and_no_day() -> None:
    """Cores and memory, no paths; the reused model is owned up to."""
    about = About(
        "2 cores, 8 GB", 0.3, 9000, 55, 3, True, "Stock Rasa's model is of an earlier run."
    )
    page = document(about, Size(), values_of([10.0], [40.0]))

    assert "Machine: 2 cores, 8 GB; its load" in page
    assert "earlier run" in page
    assert "| 4.00 stock / ours " in page
    assert str(Path.home()) not in page
    assert max(len(line) for line in page.splitlines() if not line.startswith("|")) <= 100
    assert comparison(CACHE, values_of([10.0], [40.0])) in page


def test_both_doors_say_who_asks() -> None:
    """Our answers need an audience: through REST's metadata, or as our channel's fields."""
    rest = RestDoor().body("c", "hello")
    own = BackendDoor("secret")
    first, second = own.body("c", "hello"), own.body("c", "hello")

    assert rest["metadata"]["audience"] == first["audience"] == "staff"
    assert first["message_id"] != second["message_id"]
    assert json.dumps(rest)


def test_replies_are_found_in_both_doors_answers() -> None:
    """No text, no answer: what a failed action leaves behind."""
    assert RestDoor().said([{"text": "Hi."}, {"image": "x"}]) == ["Hi."]
    assert RestDoor().said([]) == []
    assert BackendDoor("secret").said({"replies": [{"text": "Hi."}]}) == ["Hi."]


def test_a_quick_run_is_small() -> None:
    """One round on few examples; with a model that is there already, all examples stay."""
    quick = plan_of(_parser().parse_args(["--quick"]))
    reusing = plan_of(_parser().parse_args(["--quick", "--skip-training-stock", "m.tar.gz"]))
    whole = plan_of(_parser().parse_args([]))

    assert (quick.rounds, quick.examples) == (1, 5)
    assert reusing.examples is None and reusing.stock_model == Path("m.tar.gz").resolve()
    assert (whole.rounds, whole.size, whole.examples) == (3, Size(), None)
    assert plan_of(_parser().parse_args(["--rounds", "5", "--rules-only"])).rounds == 5
