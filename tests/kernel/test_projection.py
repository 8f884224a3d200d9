"""What is seen of a record may depend on whom the reader speaks for, and every door says the same."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import or_, select

from app.domain.permissions import GRANTS, Role
from app.domain.principals import PUBLIC, Principal
from app.kernel import rendering
from app.kernel.auth import Identity
from app.kernel.db import Database
from app.kernel.problems import InvalidCursor, NotFound
from app.kernel.projection import READER_EXPERT
from app.kernel.writing import Writing, new_id
from app.models.experts import Expert
from app.projections.experts import EXPERTS
from app.schemas.experts import ExpertQuery
from tests.conftest import EXPERT, INSTITUTION, As

_experts = Expert.__table__
_same = _experts.alias()
# Experts see those of their own institution.
COLLEAGUES = replace(
    EXPERTS,
    name="colleagues",
    visible=lambda _reader: or_(
        _experts.c.id == READER_EXPERT,
        _experts.c.institution_id
        == select(_same.c.institution_id).where(_same.c.id == READER_EXPERT).scalar_subquery(),
    ),
)


def assessor(expert: UUID) -> Principal:
    return Principal("key:1", "someone", Role.ASSESSOR, GRANTS[Role.ASSESSOR], expert=expert)


async def test_an_expert_sees_what_is_the_experts(database: Database) -> None:
    colleague = new_id()
    async with database.write() as session:
        session.add(Expert(id=colleague, name="Zulaikha", institution_id=INSTITUTION, roles=["assessor"]))
    query = ExpertQuery(limit=1, count=True)
    async with database.read() as connection:
        page = await rendering.page(connection, COLLEAGUES, Identity(assessor(EXPERT)), query, b"secret")
        assert json.loads(page.body)["total"] == 2
        following = query.model_copy(update={"cursor": page.next_cursor})
        page = await rendering.page(connection, COLLEAGUES, Identity(assessor(EXPERT)), following, b"secret")
        assert [row["id"] for row in json.loads(page.body)["items"]] == [str(colleague)]
        assert await rendering.one(connection, COLLEAGUES, Identity(assessor(EXPERT)), id=colleague)
        with pytest.raises(InvalidCursor):  # the position of one reader tells another nothing
            await rendering.page(connection, COLLEAGUES, Identity(assessor(colleague)), following, b"secret")


@pytest.mark.parametrize("reader", [PUBLIC, assessor(new_id())])
async def test_nobody_else_does(database: Database, reader: Principal) -> None:
    async with database.read() as connection:
        page = await rendering.page(connection, COLLEAGUES, Identity(reader), ExpertQuery(count=True), b"secret")
        assert json.loads(page.body) == {"items": [], "next_cursor": None, "total": 0}
        assert await rendering.one(connection, COLLEAGUES, Identity(reader), id=EXPERT) is None
    async with database.write() as session:
        with pytest.raises(NotFound):
            await Writing(reader, session, None).fetch(Expert, COLLEAGUES, id=EXPERT)
        mine = await Writing(assessor(EXPERT), session, None).fetch(Expert, COLLEAGUES, id=EXPERT)
        assert mine.id == EXPERT


async def test_the_position_of_one_institution_tells_another_nothing(database: Database) -> None:
    one, other = (Principal("key:1", "m", Role.MENTOR, GRANTS[Role.MENTOR], institution=new_id()) for _ in range(2))
    async with database.write() as session:
        session.add(Expert(id=new_id(), name="Zulaikha", institution_id=INSTITUTION, roles=["mentor"]))
    query = ExpertQuery(limit=1)
    async with database.read() as connection:
        page = await rendering.page(connection, EXPERTS, Identity(one), query, b"secret")
        following = query.model_copy(update={"cursor": page.next_cursor})
        assert (await rendering.page(connection, EXPERTS, Identity(one), following, b"secret")).body
        with pytest.raises(InvalidCursor):
            await rendering.page(connection, EXPERTS, Identity(other), following, b"secret")


async def test_other_fields_need_no_other_statement_compiled(as_: As) -> None:
    """Which are asked for is anybody's choice; compiling a long statement holds everybody up."""
    public = as_("public")
    await public.get("/v1/regions?fields=code")
    compiled = rendering._rows.cache_info().misses
    answer = await public.get("/v1/regions?fields=name,kind&limit=1")
    assert answer.json()["items"] == [{"name": "Aceh", "kind": "province"}]
    assert rendering._rows.cache_info().misses == compiled
