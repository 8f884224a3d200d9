"""Who sees which rubrics: a draft is seen by ministry staff and auditors only.

Before its first use a rubric would show some regions questions that may never be asked, and let them prepare while
others wait.
"""

from app.kernel.editions import edition_projection
from app.models.rubrics import Rubric
from app.schemas.rubrics import RubricRead

RUBRICS = edition_projection("rubrics", RubricRead, Rubric.__table__)
