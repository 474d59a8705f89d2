"""Submissions that are made, published, taken back and rejected while the service is killed.

One story is told over and over: submit what is wrong, submit it right, approve it, take it back,
submit another, reject it; by turns as Turtle and by a sheet that was given out. At random moments
of its acts processes die. What was answered must be there when the service is back; the act that
was not answered is done whole or not at all.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from faults.harness import BASE, PATIENCE, POLL, Kind, Plan, Service, served
from faults.killing import VICTIMS
from faults.load import EXPLAINED, RELEASE, code_of, now
from faults.sheets import TEMPLATE, filled
from faults.submitted import Known, changes, contents, differences, uncounted
from faults.truth import commits_in, difference
from jalon.exchange.sheets.formats import XLSX
from jalon.ledger.commits import Commit
from jalon.ledger.ledger import PLACE, Ledger
from jalon.ledger.submissions import State, Submission
from jalon.services.rights import Rights, Scope

ALL, HTTP = "all at once", "the HTTP process"
TURNS = (ALL, HTTP, ALL, HTTP, "the writer process", ALL, HTTP, ALL, HTTP, "what reads uploads")
"""Who dies, in turn: mostly the service."""

ACTS = ("submit wrong", "submit right", "approve", "revert", "submit another", "reject")
COMES_TO: dict[str, State] = {"approve": "approved", "revert": "reverted", "reject": "rejected"}
"""The state that an act takes a submission to."""

BY_SHEET = ("submit wrong", "submit right")
"""The acts that send a sheet every other time."""

PUBLISHING = ("approve", "revert")
"""The acts that make a release."""

FIRST_GUESS = 1.0
"""Seconds that an act is taken to last before one was seen."""

MORE_THAN_ONE = 2**62
PREFIXES = f"""PREFIX ap: <https://w3id.org/jalon/def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX measure: <{BASE}id/measure/> PREFIX period: <{BASE}id/period/>
"""
RIGHT = """
measure:lend-tools rdfs:label "Lend tools, {number}"@en , "Prêter des outils, {number}"@fr .
period:library-{number} a ap:Period ;
    ap:startYear "2030"^^xsd:gYear ; ap:endYear "2031"^^xsd:gYear .
measure:lend-tools ap:period [ a ap:Period ; ap:startYear "{year}"^^xsd:gYear ] .
"""
WRONG = "period:library-{number} a ap:Period ; ap:startYear 2030 ."
ANOTHER = 'period:library-other-{number} a ap:Period ; ap:startYear "2032"^^xsd:gYear .'


@dataclass(slots=True)
class Stories:
    """What came of it: how many moments of which kind and in which act, and what went wrong.

    ``answered`` are acts that were, ``kept`` those that were not and are done all the same.
    """

    moments: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    undone: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """How far the story is told, with all that was answered.

    ``number`` tells one telling from the next, ``place`` is the act that comes next; ``sent`` is
    what was submitted last, answered or not.
    """

    number: int = 1
    place: int = 0
    sent: bytes = b""
    known: dict[int, Known] = field(default_factory=dict)

    @property
    def act(self) -> str:
        """The act that comes next."""
        return ACTS[self.place]

    @property
    def last(self) -> int:
        """The submission that the story is about now."""
        return max(self.known, default=0)

    @property
    def is_by_sheet(self) -> bool:
        """Whether the act that comes next sends a sheet."""
        return self.number % 2 == 0 and self.act in BY_SHEET

    @property
    def text(self) -> bytes:
        """What the act that comes next submits as Turtle."""
        text = {"submit wrong": WRONG, "submit right": RIGHT, "submit another": ANOTHER}[self.act]
        said = text.replace("{number}", str(self.number)).replace("{year}", str(1000 + self.number))
        return (PREFIXES + said).encode()

    @property
    def comes_to(self) -> State:
        """The state of the submission after the act that comes next."""
        return COMES_TO.get(self.act) or ("invalid" if self.act == "submit wrong" else "ready")

    def done(self, number: int, release: int | None) -> None:
        """The act that came next is done, to a submission, by the commit of a release."""
        if self.act in COMES_TO:
            self.known[number].states.append(self.comes_to)
        else:
            if self.act == "submit right":
                self.known[self.last].states.append("superseded")
            self.known[number] = Known(self.sent, [self.comes_to])
        if release is not None:
            self.known[number].releases.append(release)
        self.place += 1
        if self.place == len(ACTS):
            self.number, self.place = self.number + 1, 0


def stories(plan: Plan, moments: int, chance: random.Random, first: int = 1) -> Stories:
    """Kills at so many moments of the story; after each, everything is looked at.

    The ``first`` telling is of this number: those of even numbers are by sheets.
    """
    found = Stories()
    telling = Telling(plan, chance, found, first)
    victims = cycle(TURNS)
    with ExitStack() as stack:
        service = telling.start(stack)
        while found.moments.total() < moments:
            name = next(victims)
            found.moments[name] += 1
            asyncio.run(telling.tell_and_kill(service, VICTIMS[name]))
            if not service.alive:
                service = telling.start(stack)
            telling.look(service, f"moment {found.moments.total()}, {name}")
        if service.stop() != 0 or service.left_over():
            found.wrong.append("the service did not end as it should")
    return found


class Telling:
    """Tells the story to one data folder."""

    def __init__(self, plan: Plan, chance: random.Random, found: Stories, first: int) -> None:
        self._plan = plan
        self._chance = chance
        self._found = found
        self._story = Story(first)
        self._lasts: dict[str, float] = {}
        self._waiting = False
        self._tokens: tuple[str, str] = ("", "")

    def start(self, stack: ExitStack) -> Service:
        """The service, once it is ready."""
        service = stack.enter_context(served(self._plan))
        self._found.starts.append(service.seconds)
        if not self._tokens[0]:
            with closing(Ledger.open(self._plan.folder / PLACE, now)) as ledger:
                rights = Rights(ledger, now)
                steward, _ = rights.create("Ana", [Scope.SUBMIT], organisations=["library"])
                reviewer, _ = rights.create("Eva", [Scope.REVIEW])
            self._tokens = (steward, reviewer)
        return service

    async def tell_and_kill(self, service: Service, kinds: tuple[Kind, ...]) -> None:
        """Goes through an act or none, and kills at a moment of the one that comes then."""
        async with httpx.AsyncClient(base_url=service.url, timeout=2 * PATIENCE) as client:
            # The story goes on from moment to moment: each act has its turn.
            if self._chance.random() < 0.5 and not await self._tell(client):
                return
            act = self._story.act
            self._found.acts[act] += 1
            running = asyncio.create_task(self._tell(client))
            longest = self._lasts.get(act, FIRST_GUESS) * 1.1
            await asyncio.wait([running], timeout=self._chance.uniform(0, longest))
            self._found.killed += service.kill(kinds)
            await running
        if "http" in kinds:
            service.wait()

    async def _tell(self, client: httpx.AsyncClient) -> bool:
        """One act; whether it was answered as it must be."""
        story, began = self._story, time.monotonic()
        act = story.act
        self._waiting = True
        try:
            response = await self._asked(client)
        except httpx.TransportError:
            return False
        if not response.is_success:
            code = code_of(response)
            self._found.refused[code] += 1
            if code not in EXPLAINED | {"validation-failed"}:
                self._found.wrong.append(f"{act}: {response.status_code} {response.text[:300]}")
            return False
        told = response.json()
        if told["state"] != story.comes_to:
            self._found.wrong.append(f"{act} came to {told['state']}: {response.text[:1000]}")
        self._lasts[act] = time.monotonic() - began
        self._found.answered[act] += 1
        release = response.headers.get(RELEASE) if act in PUBLISHING else None
        story.done(told["id"], None if release is None else int(release))
        self._waiting = False
        return True

    async def _asked(self, client: httpx.AsyncClient) -> httpx.Response:
        steward, reviewer = self._tokens
        story = self._story
        if story.act not in COMES_TO:
            media_type, story.sent = "text/turtle", story.text
            if story.is_by_sheet:
                given_out = await client.get(TEMPLATE)
                if not given_out.is_success:
                    return given_out
                wrong = story.act == "submit wrong"
                media_type, story.sent = XLSX, filled(given_out.content, story.number, wrong=wrong)
            headers = {"Authorization": f"Bearer {steward}", "Content-Type": media_type}
            return await client.post("/submissions", content=story.sent, headers=headers)
        headers = {"Authorization": f"Bearer {reviewer}", "Jalon-Message": "decided"}
        return await client.post(f"/submissions/{story.last}/{story.act}", headers=headers)

    def look(self, service: Service, when: str) -> None:
        """Holds what is there against what was answered; goes on from what is there."""
        with closing(Ledger.open(self._plan.folder / PLACE, now, read_only=True)) as ledger:
            commits = commits_in(self._plan.folder)
            every = ledger.submissions.page(MORE_THAN_ONE, MORE_THAN_ONE)
            held = {each.id: each for each in every}
            self._adopt(held)
            known = self._story.known
            told = [
                *(differences(number, each, held) for number, each in known.items()),
                *(f"submission {number} was never sent" for number in held.keys() - known),
                *(contents(ledger, each, known) for each in every),
                *(changes(ledger, each, commits) for each in every),
                uncounted(commits, every),
            ]  # fmt: skip
        told += [_until_told(service, commits), *self._answers(service, commits)]
        self._found.wrong += [f"{when}: {each}" for each in told if each]

    def _adopt(self, held: dict[int, Submission]) -> None:
        """The act that was not answered may be done: whole, which is looked at like all others."""
        story = self._story
        if not self._waiting:
            return
        self._waiting = False
        is_step = story.act in COMES_TO
        submission = held.get(story.last if is_step else max(held, default=0))
        is_there = submission is not None and (is_step or submission.id not in story.known)
        if submission is None or not is_there or submission.state != story.comes_to:
            self._found.undone[story.act] += 1
            return
        self._found.kept[story.act] += 1
        release = submission.steps[-1].release if story.act in PUBLISHING else None
        story.done(submission.id, release)

    def _answers(self, service: Service, commits: list[Commit]) -> list[str]:
        """What is wrong with what the service tells of the last submissions and their releases."""
        told = []
        headers = {"Authorization": f"Bearer {self._tokens[1]}"}
        for number in sorted(self._story.known)[-3:]:
            known = self._story.known[number]
            response = httpx.get(
                f"{service.url}/submissions/{number}", headers=headers, timeout=PATIENCE
            )
            states = [step["state"] for step in response.json().get("steps", [])]
            if states != known.states:
                told.append(f"submission {number} is told as {states}, not {known.states}")
            told += [difference(service, commits[:release], release) for release in known.releases]
        return told


def _until_told(service: Service, commits: list[Commit]) -> str:
    """How the newest release differs from the ledger, once it is the newest that is told."""
    began, release = time.monotonic(), 0
    while release < len(commits):
        if time.monotonic() - began > PATIENCE:
            return f"release {release} is told for ever"
        ready = httpx.get(f"{service.url}/health/ready", timeout=PATIENCE)
        release = ready.json().get("release", 0) if ready.is_success else 0
        time.sleep(POLL)
    return difference(service, commits)
