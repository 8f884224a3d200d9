"""Where programs and people look first: which APIs are here (RFC 9727), and to whom a weakness is told (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from app.kernel.messages import Text
from app.kernel.problem import Problem
from app.kernel.problem_docs import problems
from app.kernel.queries import check_query
from app.kernel.rooms import Room
from app.services import calendars

# What is said holds as long as the service runs with this setting; a copy should be looked up anew after so long.
_GOOD_FOR = timedelta(days=30)
_CATALOG = "/.well-known/api-catalog"
_PROFILE = "https://www.rfc-editor.org/info/rfc9727"

router = Room(prefix="/.well-known", tags=["discovery"], dependencies=[Depends(check_query)])


class Link(BaseModel):
    """Where a link leads; relative to this service."""

    href: str
    type: Annotated[str, Field(description="the media type found there")]


class ApiLinks(BaseModel):
    """Links of one API."""

    anchor: Annotated[str, Field(description="below which its resources are")]
    service_desc: Annotated[list[Link], Field(alias="service-desc", description="for programs")]
    service_doc: Annotated[list[Link], Field(alias="service-doc", description="for people")]
    status: list[Link]


class ApiCatalog(BaseModel):
    """The APIs of this service, as a set of links (RFC 9264)."""

    linkset: list[ApiLinks]


class LinksetResponse(JSONResponse):
    """A set of links that is a catalogue of APIs."""

    media_type = "application/linkset+json"


class NoSecurityContact(Problem):
    """Whoever runs the service names nobody to whom a weakness could be told."""

    code, status = "no_security_contact", 404
    title = Text(en="No security contact", id="Tidak ada kontak keamanan")
    help = Text(
        en="Whoever runs this service has named no contact for security. Ask the ministry's office.",
        id="Pengelola layanan ini belum menetapkan kontak keamanan. Hubungi kantor kementerian.",
    )


_APIS = ApiCatalog(
    linkset=[
        ApiLinks.model_validate(
            {
                "anchor": "/v1",
                "service-desc": [Link(href="/openapi.json", type="application/json")],
                "service-doc": [Link(href="/docs", type="text/html"), Link(href="/problems", type="text/html")],
                "status": [Link(href="/health/ready", type="application/json")],
            }
        )
    ]
)


@router.get(
    "/api-catalog",
    response_model=ApiCatalog,
    response_class=LinksetResponse,
    summary="Find the API and what tells of it",
)
async def get_api_catalog() -> Response:
    """Name the API, with its contract, its documentation and its state of health (RFC 9727)."""
    headers = {
        "Content-Type": f'{LinksetResponse.media_type}; profile="{_PROFILE}"',
        "Link": f'<{_CATALOG}>; rel="api-catalog"',
    }
    return LinksetResponse(_APIS.model_dump(by_alias=True), headers=headers)


@router.get(
    "/security.txt",
    response_class=PlainTextResponse,
    summary="Find out whom to tell of a weakness",
    responses=problems(NoSecurityContact),
)
async def get_security_text(request: Request) -> Response:
    """Name the contact for security (RFC 9116), and until when to rely on it: for 30 days from today."""
    contact = request.app.state.security_contact
    if contact is None:
        raise NoSecurityContact
    expires = datetime.combine(calendars.now() + _GOOD_FOR, time(), UTC)
    lines = (f"Contact: {contact}", f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: id, en")
    return PlainTextResponse("\n".join(lines) + "\n")
