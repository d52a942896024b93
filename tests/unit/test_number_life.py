"""Numbers' lives in any order of events: what the FAQ promises holds after every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)

from backend.domain.conversations import Responder, who_answers
from backend.domain.errors import Conflict, OverQuota
from backend.domain.provisioned_numbers import (
    PROVISIONED,
    FirstUse,
    NumberKind,
    NumberState,
    ProvisionedNumber,
    Use,
    archived,
    bought,
    ordered,
    registered,
    released,
    require_unsolicited,
    started,
    transferred,
    used,
    why_held,
    why_never,
)
from backend.domain.quotas import Quota, require_numbers

LIMIT = 4
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OFFICES = st.sampled_from([1, 2])
GONE = (NumberState.RELEASING, NumberState.RELEASED)


@dataclass
class Life:
    """A number and what has been seen of it: the campaigns it served, and how it was at points
    that it must not go back on.
    """

    number: ProvisionedNumber
    ordered_by: int
    served: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)
    first: ProvisionedNumber | None = None
    has_been_released: bool = False

    def step(self, move: Callable[[ProvisionedNumber], ProvisionedNumber]) -> bool:
        """Move on if the rules allow; whether they did."""
        try:
            self.number = move(self.number)
        except Conflict:
            return False
        if self.first is None and self.number.first_use is not None:
            self.first = self.number
        self.has_been_released |= self.number.state is NumberState.RELEASED
        return True


class NumberLives(RuleBasedStateMachine):
    """Two offices order, use, move and give back numbers of both kinds, of which their contract
    covers four at a time.
    """

    numbers = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.lives: list[Life] = []
        self.events = 0

    @rule(target=numbers, kind=st.sampled_from(NumberKind), office=OFFICES)
    def order(self, kind: NumberKind, office: int) -> Life | MultipleResults[Life]:
        """An office orders a number, if the contract still covers it."""
        quota = self._quota()
        try:
            require_numbers(quota, 1, tell=True)
        except OverQuota:
            assert quota.numbers_used + quota.numbers_reserved == LIMIT
            return multiple()
        life = Life(ordered(kind, office), office)
        self.lives.append(life)
        return life

    @rule(life=numbers)
    def buy(self, life: Life) -> None:
        """The carrier hands it over."""
        life.step(bought)

    @rule(life=numbers)
    def register(self, life: Life) -> None:
        """The mobile carriers clear it."""
        life.step(registered)

    @rule(life=numbers, how=st.sampled_from([Use.RECEIVED_TEXT, Use.SENT_TEXT]))
    def text(self, life: Life, how: Use) -> None:
        """A text comes in or goes out."""
        use = self._use(how)
        life.step(lambda number: used(number, use))

    @rule(life=numbers, office=OFFICES)
    def transfer(self, life: Life, office: int) -> None:
        """Somebody moves it to an office."""
        before = life.number
        moved = life.step(lambda number: transferred(number, office))
        may_move = before.first_use is None or before.office == office
        in_service = before.state in (NumberState.REGISTERING, NumberState.ACTIVE)

        assert moved is (before.kind is NumberKind.REUSABLE and in_service and may_move)

    @rule(life=numbers)
    def start_campaign(self, life: Life) -> None:
        """A campaign starts on it."""
        use = self._use(Use.CAMPAIGN)
        before = life.number
        if life.step(lambda number: started(number, use.reference, use)):
            life.served.append(use.reference)

            assert before.campaign is None and before.state not in GONE

    @rule(life=numbers)
    def archive_campaign(self, life: Life) -> None:
        """Its campaign, or the draft it was bought for, is archived."""
        campaign, before = life.number.campaign, life.number
        if campaign is None and before.kind is NumberKind.REUSABLE:
            return
        assert life.step(archived)
        if campaign is not None:
            life.archived.append(campaign)
        if before.kind is NumberKind.SINGLE_USE:
            assert life.number.state in GONE
        else:
            assert life.number == replace(before, campaign=None)

    @rule(life=numbers)
    def give_back(self, life: Life) -> None:
        """The carrier takes it back."""
        before = life.number

        assert life.step(released) is (before.state is NumberState.RELEASING)

    @invariant()
    def what_is_released_stays_so(self) -> None:
        """A released number never serves again."""
        for life in self.lives:
            if life.has_been_released:
                assert life.number.state is NumberState.RELEASED
                assert life.number.campaign is None
                assert why_never(life.number.state) and not why_held(life.number.state)

    @invariant()
    def single_use_serves_one_campaign(self) -> None:
        """A single-use number serves one campaign at most, and goes when that is archived."""
        for life in self.lives:
            if life.number.kind is NumberKind.SINGLE_USE:
                assert len(life.served) <= 1
                assert not life.archived or life.number.state in GONE

    @invariant()
    def reusable_is_never_given_back(self) -> None:
        """A reusable number stays ours, whatever is archived."""
        for life in self.lives:
            if life.number.kind is NumberKind.REUSABLE:
                assert life.number.state not in GONE

    @invariant()
    def one_campaign_at_a_time(self) -> None:
        """Of the campaigns that a number served, all are archived but the one that is active."""
        for life in self.lives:
            active = [name for name in life.served if name not in life.archived]

            assert active == ([life.number.campaign] if life.number.campaign else [])

    @invariant()
    def first_use_is_for_good(self) -> None:
        """Once used, a number keeps that first use and its office."""
        for life in self.lives:
            if life.first is not None:
                assert life.number.first_use == life.first.first_use
                assert life.number.office == life.first.office

    @invariant()
    def it_counts_for_who_ordered_it(self) -> None:
        """A number counts for the office that ordered it, wherever it goes."""
        for life in self.lives:
            assert life.number.counts_for == life.ordered_by

    @invariant()
    def the_contract_is_kept(self) -> None:
        """Orders and provisioned numbers together never pass the limit."""
        quota = self._quota()

        assert quota.numbers_used + quota.numbers_reserved <= LIMIT

    @invariant()
    def the_campaign_wins_while_it_is_active(self) -> None:
        """Archived, the number's own setting is back."""
        for life in self.lives:
            active = Responder.INBOX if life.number.campaign else None
            answerer = who_answers(
                opted_out=False,
                with_a_person=False,
                has_words=True,
                campaign=active,
                unsolicited=Responder.ASSISTANT,
            )

            assert answerer.responder is (active or Responder.ASSISTANT)

    @invariant()
    def only_reusable_numbers_in_service_have_a_setting(self) -> None:
        """Unsolicited texts have a setting on reusable numbers in service, campaign or not."""
        for life in self.lives:
            number = life.number
            in_service = number.state in (NumberState.REGISTERING, NumberState.ACTIVE)
            try:
                require_unsolicited(number)
                has_setting = True
            except Conflict:
                has_setting = False

            assert has_setting is (number.kind is NumberKind.REUSABLE and in_service)

    def _quota(self) -> Quota:
        states = [life.number.state for life in self.lives]
        return Quota(
            starts_on=date(2026, 7, 1),
            ends_on=date(2027, 6, 30),
            contacts_limit=0,
            contacts_used=0,
            numbers_limit=LIMIT,
            numbers_used=sum(state in PROVISIONED for state in states),
            numbers_reserved=states.count(NumberState.ORDERING),
            by_office=(),
        )

    def _use(self, how: Use) -> FirstUse:
        self.events += 1
        return FirstUse(how, NOON, f"{how}_{self.events}")


NumberLives.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestNumberLives = NumberLives.TestCase
