"""Human pages: Swagger UI at `/docs`, served from here, so that no request leaves the reader's network."""

from pathlib import Path

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from app.kernel.queries import check_query

_OWN = Path(__file__).with_name("docs_assets")
_PAGE = (_OWN / "page.html").read_text(encoding="utf-8")

router = APIRouter(include_in_schema=False, dependencies=[Depends(check_query)])
# Swagger UI itself is in the package; the few lines that start it are ours, since a script inside the page is not run.
router.mount("/docs/assets", StaticFiles(directory=_OWN, packages=[("fastapi_swagger", "resources")]))


@router.get("/docs", response_class=HTMLResponse)
async def docs() -> HTMLResponse:
    """Show every operation, and let the reader try it."""
    return HTMLResponse(_PAGE)
