"""Who sees which plan templates: a draft is seen by ministry staff and auditors only.

Nobody writes to a template that may yet change.
"""

from app.kernel.editions import edition_projection
from app.models.plan_templates import PlanTemplate
from app.schemas.plan_templates import PlanTemplateRead

PLAN_TEMPLATES = edition_projection("plan-templates", PlanTemplateRead, PlanTemplate.__table__)
