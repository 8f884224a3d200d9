"""Human documentation: Swagger UI at `/docs`, served from here, so that no request leaves the reader's network."""

from pathlib import Path

from fastapi import Request, Response
from starlette.staticfiles import StaticFiles

from app.kernel.pages import PageQuery, page
from app.kernel.queries import read_query
from app.kernel.rooms import Room

_OWN = Path(__file__).with_name("docs_assets")

router = Room(include_in_schema=False)
# Swagger UI itself is in the package; the few lines that start it are ours, since a script inside the page is not run.
router.mount("/docs/assets", StaticFiles(directory=_OWN, packages=[("fastapi_swagger", "resources")]))


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Show every operation, and let the reader try it."""
    read_query(request, PageQuery)
    return page(request, "docs.html", policy=None)
