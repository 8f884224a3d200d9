"""Reviews of an assessment, and what they come to: moderations and scorecards."""

from dataclasses import dataclass

from app.kernel.db import Database
from tests.access.records import OTHER_REGION, REHEARSAL, id_of
from tests.access.requests import NOWHERE, STEP, Request, Requests
from tests.conftest import As
from tests.routers.reviews import FAR, FIRST, LEVELS, SECOND, finish, make_panel, save, send_letter, submit

MODERATION = {
    "decisions": {code: {"level": None, "reason": "The mean stands (example)."} for code in ("vision", "rules")},
    "minutes": "The panel met and talked (example).",
}


@dataclass(frozen=True)
class Reviews:
    """An assessment, and what others came to."""

    assessment: str = NOWHERE
    contested: str = NOWHERE  # an assessment that awaits moderation
    review: str = NOWHERE  # one that its whole panel sees
    draft: str = NOWHERE  # the assessor's own, complete
    moderation: str = NOWHERE
    scorecard: str = NOWHERE

    def requests(self) -> Requests:
        """Return a request for every operation of the topic."""
        assessment, scorecard = f"/v1/assessments/{self.assessment}", f"/v1/scorecards/{self.scorecard}"
        review, draft = f"/v1/reviews/{self.review}", f"/v1/reviews/{self.draft}"
        return {
            "list_assessment_reviews": Request(f"{assessment}/reviews"),
            "list_reviews": Request("/v1/reviews"),
            "get_review": Request(review),
            "update_review": Request(draft, {"comment": "Good answers, thin evidence (example)."}),
            "get_review_transitions": Request(f"{review}/transitions"),
            "move_review": Request(f"{draft}/transitions", STEP | {"to": "submitted"}),
            "list_assessment_moderations": Request(f"{assessment}/moderations"),
            "create_moderation": Request(f"/v1/assessments/{self.contested}/moderations", MODERATION),
            "get_moderation": Request(f"/v1/moderations/{self.moderation}"),
            "list_assessment_scorecards": Request(f"{assessment}/scorecards"),
            "list_scorecards": Request("/v1/scorecards"),
            "get_scorecard": Request(scorecard),
            "get_scorecard_inputs": Request(f"{scorecard}/inputs"),
        }


async def make(as_: As, database: Database, assessment: str, run: str) -> Reviews:
    """Make panels of the assessor: one that still judges, one that disagrees, and one that has come to a scorecard."""
    officer, assessor = as_("officer"), as_(FIRST)
    apart, over = [await make_panel(officer, database, cohort=cohort, **REHEARSAL) for cohort in ("apart", "over")]
    # Elsewhere, because in the own region of the editor the assessor has a conflict of interest.
    judging = await make_panel(officer, database, cohort="judging", region=OTHER_REGION, **REHEARSAL)
    await save(assessor, judging.reviews[FIRST], levels=LEVELS)
    for panel in (apart, over):
        await submit(assessor, panel.reviews[FIRST], LEVELS)
        await submit(as_(SECOND), panel.reviews[SECOND], FAR)
    moderated = await officer.post(f"{over.assessment}/moderations", json=MODERATION)
    scorecard = await finish(officer, over)
    await send_letter(database, over, run, scorecard)
    return Reviews(
        assessment,
        contested=str(apart.id),
        review=id_of(apart.reviews[SECOND]),
        draft=id_of(judging.reviews[FIRST]),
        moderation=moderated.json()["id"],
        scorecard=id_of(scorecard),
    )
