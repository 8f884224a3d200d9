"""Records of the mentoring for the contract's trial, in every state, and webhooks; without them it would meet only 404.

They are put there past all rules. The region's own key may write all that its region may: there is one plan in the
making per cohort, so there are many cohorts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.lifecycles import MENTORED
from app.domain.permissions import Role
from app.domain.principals import SYSTEM
from app.domain.workshops import DOCUMENTS
from app.kernel.db import Database
from app.kernel.engines import create_engine
from app.kernel.writing import act_as, new_id
from app.models.api_keys import ApiKey
from app.models.candidacies import Candidacy
from app.models.cohorts import Cohort
from app.models.commitments import Commitment
from app.models.experts import Expert, ExpertContact
from app.models.initiatives import Initiative
from app.models.institutions import Institution
from app.models.master_plans import MasterPlan
from app.models.mentorships import Mentorship
from app.models.plan_reviews import PlanComment, PlanReview
from app.models.plan_templates import PlanTemplate
from app.models.quick_wins import ProgressReport, QuickWin
from app.models.webhooks import Webhook, WebhookDelivery, WebhookProgress
from app.models.workshops import Session, Workshop
from app.schemas.api_keys import ApiKeyCreate
from app.services.api_keys import issue
from app.services.plan_versions import freeze

REGION = "32.73"
SIGNED = ("32.71", "32.72", REGION, "32.74", "32.75", "32.76", "32.77")
NOW = datetime.now(UTC)
TODAY = NOW.date()
STARTS, ENDS = TODAY - timedelta(days=200), TODAY + timedelta(days=160)
LINK = {"url": "https://bandung.go.id/document.pdf", "title": "Document", "sha256": "0" * 64}
BENEFIT: dict[str, Any] = {
    "benefit": "Nobody waits half a day for a permit.",
    "beneficiaries": "All who need a permit.",
    "technology": "An app that gives out numbers",
    "dimension": "governance",
}
HORIZON = {"first_year": 2027, "last_year": 2035}
MEASURE = {"unit": "minutes", "baseline": 120, "target": 30}


class Stage(NamedTuple):
    """How far a region is: how many workshops are closed, and the states of the others of its records."""

    candidacy: str
    mentorship: str
    closed: int
    plan: str | None


# One cohort each. A plan can be begun where there is none, written where it is open, reviewed where it is submitted,
# enacted where it is accepted. None is in force yet: that would leave nothing but to revise it.
STAGES = (
    Stage("mentoring", "active", 0, None),
    Stage("mentoring", "active", 1, None),
    Stage("mentoring", "active", 1, None),
    Stage("mentoring", "active", 4, None),
    Stage("mentoring", "active", 2, "draft"),
    Stage("mentoring", "active", 3, "draft"),
    Stage("mentoring", "active", 4, "draft"),
    Stage("mentoring", "active", 4, "returned"),
    Stage("plan_submitted", "active", 4, "submitted"),
    Stage("plan_submitted", "completed", 4, "submitted"),
    Stage("plan_accepted", "completed", 4, "accepted"),
    Stage("enacted", "completed", 4, "superseded"),
    Stage("mou_signed", "assigned", 0, None),
)


class Records:
    """Adds records to one session, and remembers their ids by kind."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.ids: dict[str, list[str]] = defaultdict(list)

    async def add(self, kind: str, model: type[Any], /, **fields: Any) -> UUID:
        """Add one record of a kind and return its id."""
        id_ = new_id()
        self.session.add(model(id=id_, **fields))
        await self.session.flush()
        self.ids[kind].append(str(id_))
        return id_


async def put(database_url: str, region_key: str) -> Mapping[str, Sequence[str]]:
    """Put the records there, and a key of the region; return the ids by kind, and days that fit them."""
    engine = create_engine(database_url)
    async with Database(engine).write() as session:
        await act_as(session, SYSTEM)
        speaks = ApiKeyCreate(
            name="region", role=Role.REGION_EDITOR, expires_at=NOW + timedelta(days=1), region_code=REGION
        )
        await issue(session, SYSTEM, speaks, secret=region_key)
        records = Records(session)
        institution = await records.add("institutions", Institution, name="Universitas Kontrak", kind="university")
        for name, role in (("Dewi", "mentor"), ("Eko", "mentor"), ("Fitri", "facilitator"), ("Gede", "facilitator")):
            for kind in (f"{role}s", "experts-to-go"):
                who = {"name": name, "institution_id": institution, "roles": [role]}
                session.add(ExpertContact(expert_id=await records.add(kind, Expert, **who)))
        template = (await session.scalars(select(PlanTemplate).limit(1))).one()
        for number, stage in enumerate(STAGES, start=1):
            cohort = await _cohort(records, f"mentored-{number}", "mentoring", template)
            await _mentored(records, cohort, stage, template)
        await _webhooks(records)
        for kind in ["api-keys"] * 3 + ["api-keys-to-go"] * 10:
            asked = ApiKeyCreate(name=kind, role=Role.AUDITOR, expires_at=NOW + timedelta(days=1))
            key, _ = await issue(session, SYSTEM, asked)
            records.ids[kind].append(str(key.id))
        decided = await _cohort(records, "signed", "decided", template)
        for region in SIGNED:
            named = {"cohort_code": decided, "region_code": region, "state": "mou_signed"}
            await records.add("signed-candidacies", Candidacy, **named)
    await engine.dispose()
    first, last = ([str(TODAY + timedelta(days=way * days)) for days in (0, 30, 150)] for way in (-1, 1))
    return records.ids | {"decided-cohorts": [decided], "first-days": first, "last-days": last}


async def _cohort(records: Records, code: str, state: str, template: PlanTemplate) -> str:
    named = {"year": TODAY.year, "phase": 4, "title": "Contract", "quota": 5, "candidate_quota": 10}
    chosen = {"plan_template_code": template.code, "plan_template_edition": template.edition}
    records.session.add(Cohort(code=code, state=state, **named | chosen))
    await records.session.flush()
    records.ids["cohorts"].append(code)
    return code


async def _mentored(records: Records, cohort: str, stage: Stage, template: PlanTemplate) -> None:
    standing = {"cohort_code": cohort, "region_code": REGION, "state": stage.candidacy}
    candidacy = await records.add("candidacies", Candidacy, **standing)
    mentorship = await records.add(
        "mentorships",
        Mentorship,
        candidacy_id=candidacy,
        institution_id=UUID(records.ids["institutions"][0]),
        lead_mentor_id=UUID(records.ids["mentors"][0]),
        starts_on=STARTS,
        ends_on=ENDS,
        state=stage.mentorship,
    )
    for number in range(1, 5):
        state = "closed" if number <= stage.closed else "open" if number == stage.closed + 1 else "planned"
        workshop = await records.add(
            "workshops",
            Workshop,
            mentorship_id=mentorship,
            number=number,
            state=state,
            outputs=dict.fromkeys(DOCUMENTS[number] if state != "planned" else (), LINK),
        )
        for day in range(2 if state != "planned" else 0):
            held = {"date": TODAY - timedelta(days=day), "mode": "online", "hours": 4}
            await records.add("sessions", Session, workshop_id=workshop, **held)
    if stage.closed > 0:
        await _commitments(records, candidacy)
    if stage.candidacy in MENTORED:
        await _quick_wins(records, candidacy)
    if stage.plan is not None:
        await _plan(records, candidacy, stage.plan, template)
    elif stage.candidacy in MENTORED:
        records.ids["unplanned-candidacies"].append(str(candidacy))


async def _commitments(records: Records, candidacy: UUID) -> None:
    signed = {"signed_on": TODAY, "document": LINK}
    for agency, state in ((None, "drafted"), ("Dinas Sosial", "drafted"), ("Dinas Perhubungan", "signed")):
        await records.add(
            "commitments",
            Commitment,
            candidacy_id=candidacy,
            signatory="region_head" if agency is None else "agency",
            agency=agency,
            statement="The plan is law within a year.",
            state=state,
            published_at=NOW if state == "signed" else None,
            **signed,
        )


async def _quick_wins(records: Records, candidacy: UUID) -> None:
    for state in ("proposed", "approved", "running", "completed", "cancelled"):
        done = {"closed_on": TODAY, "measured_value": 29, "evidence": [LINK]} if state == "completed" else {}
        quick_win = await records.add(
            "quick-wins",
            QuickWin,
            candidacy_id=candidacy,
            title="Shorter queues",
            starts_on=STARTS,
            ends_on=ENDS,
            state=state,
            published_at=None if state in ("proposed", "cancelled") else NOW,
            measure=MEASURE,
            **BENEFIT | done,
        )
        for number in (1, 2) if state == "running" else ():
            said = {"number": number, "percent": 20 * number, "reported_on": STARTS + timedelta(days=30 * number)}
            await records.add("progress-reports", ProgressReport, quick_win_id=quick_win, **said)


async def _plan(records: Records, candidacy: UUID, state: str, template: PlanTemplate) -> None:
    regulation = {"kind": "mayor_regulation", "number": "12", "year": 2025, "date": date(2025, 5, 8)}
    plan = await records.add(
        "master-plans",
        MasterPlan,
        candidacy_id=candidacy,
        region_code=REGION,
        title="Kota Bandung",
        vision="Everyone arrives.",
        objectives=["Move"],
        **HORIZON,
        template_code=template.code,
        template_edition=template.edition,
        parts=dict.fromkeys(_texts(template), "Written."),
        state=state,
        submitted_at=None if state == "draft" else NOW,
        accepted_at=NOW if state in ("accepted", "superseded") else None,
        **{f"regulation_{name}": value for name, value in regulation.items() if state == "superseded"},
    )
    costs = [{"year": HORIZON["first_year"], "source": "apbd", "amount": 1_000_000}]
    offered = {"title": "Numbers", "owner_agency": "Dinas Kominfo", "budget": costs}
    measured = {"measure": MEASURE | {"year": HORIZON["last_year"]}}
    for _ in range(3):
        await records.add("initiatives", Initiative, plan_id=plan, **BENEFIT | HORIZON | measured | offered)
    said = {"plan_id": plan, "anchor": "/vision", "text": "Who is everyone?", "author": SYSTEM.id}
    for side in ("mentor", "ministry"):
        await records.add("plan-comments", PlanComment, side=side, **said)
    if state == "draft":
        return
    row = await records.session.get_one(MasterPlan, plan)
    for verdict in ("returned", "returned" if state == "returned" else "accepted"):
        version = await freeze(records.session, row, reason="contract", actor=SYSTEM.id)
        given = {"version_id": version.id, "side": "mentor", "reviewed_by": SYSTEM.id}
        await records.add("plan-reviews", PlanReview, verdict=verdict, reason="contract", **given)


async def _webhooks(records: Records) -> None:
    key = (await records.session.scalars(select(ApiKey.id).where(ApiKey.name == "region"))).one()
    told = {"api_key_id": key, "url": "https://hook.example.org/", "events": ["*"]}
    for kind, state in (("webhooks", "active"), ("webhooks", "paused"), *[("webhooks-to-go", "active")] * 10):
        webhook = await records.add(kind, Webhook, state=state, **told)
        records.session.add(WebhookProgress(webhook_id=webhook, position="", moved_at=NOW))
        for outcome in ("delivered", "failed", "pending") if kind == "webhooks" else ():
            left = {"state": outcome, "next_attempt_at": NOW if outcome == "pending" else null()}
            sent = {"webhook_id": webhook, "type": "ping", "payload": b"{}"}
            await records.add("deliveries", WebhookDelivery, **sent | left)


def _texts(template: PlanTemplate) -> Iterator[str]:
    for book in template.books:
        for chapter in book["chapters"]:
            yield from (part["code"] for part in chapter["parts"] if part["filled_by"] == "text")
