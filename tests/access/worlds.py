"""Three worlds of records: what is published, what is not, and what is not at all."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property

import httpx

from app.config import Settings
from app.kernel.db import Database
from app.main import create_app
from tests.access import (
    assessments,
    audit,
    directory,
    editions,
    keys,
    memoranda,
    mentoring,
    outcomes,
    panels,
    plans,
    quick_wins,
    reference,
    reviews,
    selection,
    webhooks,
    workshops,
)
from tests.access.assessments import Assessments
from tests.access.audit import Audit
from tests.access.directory import Directory
from tests.access.editions import Editions
from tests.access.exports import Exports
from tests.access.health import Health
from tests.access.keys import KeyClients, Keys
from tests.access.memoranda import Memoranda
from tests.access.mentoring import Mentoring
from tests.access.outcomes import Outcomes
from tests.access.panels import Panels
from tests.access.plans import Plans
from tests.access.quick_wins import QuickWins
from tests.access.reference import Reference
from tests.access.requests import Requests, Topic
from tests.access.reviews import Reviews
from tests.access.selection import Selection
from tests.access.tables import LETTERS
from tests.access.webhooks import Webhooks
from tests.access.workshops import Workshops
from tests.conftest import UNLIMITED, As, clients_of, committing

CONTACT = "mailto:security@seratus.example"


@dataclass(frozen=True)
class World:
    """The records that the requests are about, by topic; by default, none that is there."""

    reference: Reference = field(default_factory=Reference)
    editions: Editions = field(default_factory=Editions)
    directory: Directory = field(default_factory=Directory)
    selection: Selection = field(default_factory=Selection)
    memoranda: Memoranda = field(default_factory=Memoranda)
    assessments: Assessments = field(default_factory=Assessments)
    panels: Panels = field(default_factory=Panels)
    reviews: Reviews = field(default_factory=Reviews)
    outcomes: Outcomes = field(default_factory=Outcomes)
    mentoring: Mentoring = field(default_factory=Mentoring)
    workshops: Workshops = field(default_factory=Workshops)
    plans: Plans = field(default_factory=Plans)
    quick_wins: QuickWins = field(default_factory=QuickWins)
    exports: Exports = field(default_factory=Exports)
    audit: Audit = field(default_factory=Audit)
    webhooks: Webhooks = field(default_factory=Webhooks)
    keys: Keys = field(default_factory=Keys)
    health: Health = field(default_factory=Health)

    @cached_property
    def requests(self) -> Requests:
        """A request for every operation."""
        topics: list[Topic] = [getattr(self, one.name) for one in fields(self)]
        pairs = [pair for topic in topics for pair in topic.requests().items()]
        assert len(dict(pairs)) == len(pairs), "an operation is of one topic"
        return dict(pairs)


@dataclass(frozen=True)
class Worlds:
    """The three worlds; with a client for each person and each key.

    Before anything of this was made it was `begun`, and `beginnings` were the people's places in the changes.
    """

    published: World
    hidden: World
    absent: World
    as_: As
    keys: KeyClients
    database: Database
    begun: datetime
    beginnings: Mapping[str, str]
    told_of_absent: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)
    _read: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    async def read(self, person: str, target: str) -> httpx.Response:
        """Return what a person reads there: asked once, because nothing changes it, for all tests that compare it."""
        if (person, target) not in self._read:
            self._read[person, target] = await self.as_(person).get(target)
        return self._read[person, target]

    async def exported(self, person: str, dataset: str) -> httpx.Response:
        """Return what is exported to a person, in JSON and counted."""
        return await self.read(person, f"/v1/exports/{dataset}?format=json&count=true")


@asynccontextmanager
async def made_worlds() -> AsyncIterator[Worlds]:
    """Make the records once; every write of these tests is rehearsed, so nothing changes them."""
    settings = Settings(security_contact=CONTACT, **UNLIMITED)
    async with committing(create_app(settings), "access") as app, clients_of(app) as as_:
        begun = datetime.now(UTC)
        beginnings = {
            person: (await as_(person).get("/v1/changes")).json()["next_cursor"] for person in LETTERS.values()
        }
        exports = Exports(beginnings["administrator"])
        published = replace(await make_published(as_, app.state.database), exports=exports)
        hidden = await make_hidden(as_, app.state.database, published)
        async with keys.clients_by_permission(app, as_) as by_permission:
            yield Worlds(published, hidden, World(), as_, by_permission, app.state.database, begun, beginnings)


async def make_published(as_: As, database: Database) -> World:
    """Make what everyone sees, or at least those whom it concerns."""
    selected = await selection.make(as_, database)
    assessed = await assessments.make(as_, database)
    return World(
        reference=await reference.make(as_),
        editions=await editions.make(as_, database),
        directory=directory.make(),
        selection=selected,
        memoranda=await memoranda.make(as_, database, selected.cohort),
        assessments=assessed,
        # Before the panels, where the assessor comes to have a conflict of interest.
        reviews=await reviews.make(as_, database, assessed.assessment, selected.run),
        panels=await panels.make(as_, assessed.cohort, assessed.assessment),
        outcomes=await outcomes.make(as_, database),
        mentoring=await mentoring.make(as_, database),
        workshops=await workshops.make(as_, database),
        plans=await plans.make(as_, database),
        quick_wins=await quick_wins.make(as_, database),
        audit=await audit.make(as_),
        webhooks=await webhooks.make(as_),
        keys=await keys.make(as_),
    )


async def make_hidden(as_: As, database: Database, published: World) -> World:
    """Make what hangs on a draft cohort or on an unpublished run; what is always published stays as it is."""
    selected = await selection.make_hidden(as_, published.selection.recorded)
    cohort, candidacy = selected.cohort, selected.candidacy
    assessed = await assessments.make_hidden(database, cohort, candidacy)
    return replace(
        published,
        editions=editions.make_hidden(),
        selection=selected,
        memoranda=await memoranda.make_hidden(as_, database, cohort),
        assessments=assessed,
        panels=Panels(cohort, assessed.assessment),
        reviews=Reviews(assessed.assessment),
        outcomes=await outcomes.make_hidden(database, cohort, candidacy, selected.run, assessed.assessment),
        mentoring=await mentoring.make_hidden(as_, database, cohort, candidacy),
        workshops=await workshops.make_hidden(as_, database, cohort),
        plans=await plans.make_hidden(database, candidacy),
        quick_wins=await quick_wins.make_hidden(database, cohort, candidacy),
    )
