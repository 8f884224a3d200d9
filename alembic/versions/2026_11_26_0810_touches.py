"""Who reads a record may lose or gain sight of it through another: then the log has a `touch` of the record.

A cohort that is opened brings its candidacies into the sight of everyone, and a region's new name stands in all that is
told of the region. For each table that others lean on, a trigger writes a touch of whatever leans on the changed rows.
"""

from collections.abc import Mapping
from typing import NamedTuple

from alembic import op

revision = "20261126a2"
down_revision = "20261126a1"
branch_labels = None
depends_on = None

# To what a row belongs: its column, and the table whose id that is.
OWNER = {
    "assessments": ("candidacy_id", "candidacies"),
    "commitments": ("candidacy_id", "candidacies"),
    "master_plans": ("candidacy_id", "candidacies"),
    "memoranda": ("candidacy_id", "candidacies"),
    "mentorships": ("candidacy_id", "candidacies"),
    "quick_wins": ("candidacy_id", "candidacies"),
    "result_letters": ("candidacy_id", "candidacies"),
    "conflict_overrides": ("assessment_id", "assessments"),
    "moderations": ("assessment_id", "assessments"),
    "objections": ("assessment_id", "assessments"),
    "panel_members": ("assessment_id", "assessments"),
    "reviews": ("assessment_id", "assessments"),
    "scorecards": ("assessment_id", "assessments"),
    "initiatives": ("plan_id", "master_plans"),
    "plan_comments": ("plan_id", "master_plans"),
    "plan_versions": ("plan_id", "master_plans"),
    "plan_reviews": ("version_id", "plan_versions"),
    "progress_reports": ("quick_win_id", "quick_wins"),
    "workshops": ("mentorship_id", "mentorships"),
    "workshop_sessions": ("workshop_id", "workshops"),
    "selection_results": ("run_id", "selection_runs"),
}
RESOURCES = {"workshop_sessions": "sessions"}
KEYS = {"expert_contacts": "expert_id"}

OF_AN_ASSESSMENT = tuple(table for table, (_, owner) in OWNER.items() if owner == "assessments")
OF_THE_MENTORED = (
    "commitments", "initiatives", "master_plans", "plan_comments", "plan_reviews", "plan_versions", "progress_reports",
    "quick_wins", "workshops", "workshop_sessions",
)  # fmt: skip
OF_A_CANDIDACY = ("candidacies", "assessments", "memoranda", "mentorships", "result_letters", *OF_THE_MENTORED)


class Source(NamedTuple):
    """A table that others lean on.

    `watched`: the columns whose change they notice. `key`: by which column of it. `leaning`: for each column, with
    its table, that holds this key, the tables whose rows belong to such a row, or are one.
    """

    watched: tuple[str, ...]
    key: str
    kind: str
    leaning: Mapping[str, tuple[str, ...]]
    comes_and_goes: bool = False


SOURCES = {
    "regions": Source(
        ("name", "kind", "island_group"),
        "code",
        "text",
        {
            "candidacies.region_code": (*OF_A_CANDIDACY, *OF_AN_ASSESSMENT),
            "selection_results.region_code": ("selection_results",),
            "conflict_declarations.region_code": ("conflict_declarations",),
        },
    ),
    "cohorts": Source(
        ("state",),
        "code",
        "text",
        {
            "candidacies.cohort_code": OF_A_CANDIDACY,
            "selection_runs.cohort_code": ("selection_runs", "selection_results"),
        },
    ),
    "selection_runs": Source(("state",), "id", "uuid", {"selection_results.run_id": ("selection_results",)}),
    "assessments": Source(("revealed_at",), "id", "uuid", {"assessments.id": ("moderations", "reviews")}),
    "panel_members": Source(
        ("state",),
        "assessment_id",
        "uuid",
        {"assessments.id": ("assessments", "moderations", "panel_members", "reviews", "scorecards")},
        comes_and_goes=True,
    ),
    "result_letters": Source((), "candidacy_id", "uuid", {"candidacies.id": ("scorecards",)}, comes_and_goes=True),
    "institutions": Source(
        ("name",),
        "id",
        "uuid",
        {
            "experts.institution_id": ("experts", "panel_members"),
            "mentorships.institution_id": ("mentorships",),
        },
    ),
    "experts": Source(
        ("name", "institution_id"),
        "id",
        "uuid",
        {
            "expert_contacts.expert_id": ("expert_contacts",),
            "panel_members.expert_id": ("panel_members",),
            "reviews.expert_id": ("reviews",),
            "conflict_declarations.expert_id": ("conflict_declarations",),
            "conflict_overrides.expert_id": ("conflict_overrides",),
        },
    ),
    "mentorships": Source(
        ("state", "institution_id"),
        "candidacy_id",
        "uuid",
        {"candidacies.id": OF_THE_MENTORED},
        comes_and_goes=True,
    ),
    "master_plans": Source(("state", "accepted_at"), "id", "uuid", {"master_plans.id": ("initiatives",)}),
    "quick_wins": Source(("published_at",), "id", "uuid", {"quick_wins.id": ("progress_reports",)}),
    "workshops": Source(("number",), "id", "uuid", {"workshops.id": ("workshop_sessions",)}),
}


def path(table: str, column: str) -> str:
    """Return SQL for (resource, key) of the rows of `table` that belong to a row whose `column` is the source's key."""
    top, joined, joins = column.partition(".")[0], table, ""
    if (table, top) == ("panel_members", "experts"):
        joins, joined = " JOIN experts ON experts.id = panel_members.expert_id", "experts"
    while joined != top:
        link, owner = OWNER[joined]
        joins += f" JOIN {owner} ON {owner}.id = {joined}.{link}"
        joined = owner
    resource, key = RESOURCES.get(table, table.replace("_", "-")), KEYS.get(table, "id")
    return f"SELECT '{resource}', {table}.{key}::text FROM {table}{joins} WHERE {column} = source.key"  # noqa: S608 - our own names


def function_of(table: str, source: Source) -> str:
    """Return the trigger function of a source."""
    own_key = "code" if source.key == "code" else "id"
    leaning = "\n        UNION ALL ".join(
        path(other, column) for column, tables in source.leaning.items() for other in tables
    )
    changed = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in source.watched) or "false"
    return f"""
CREATE FUNCTION touch_by_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed {source.kind}[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        changed := ARRAY(SELECT n.{source.key} FROM new_rows n JOIN old_rows o USING ({own_key}) WHERE {changed});
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT {source.key} FROM new_rows);
    ELSE
        changed := ARRAY(SELECT {source.key} FROM old_rows);
    END IF;
    INSERT INTO changes (resource, key, operation)
    SELECT DISTINCT leaning.resource, leaning.key, 'touch'
    FROM (SELECT DISTINCT key FROM unnest(changed) AS key) AS source, LATERAL (
        {leaning}
    ) AS leaning (resource, key);
    RETURN NULL;
END $$
"""  # noqa: S608 - our own names


OPERATIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def operations_of(source: Source) -> list[str]:
    """Return the operations on a source that its leaners notice."""
    return [name for name in OPERATIONS if (source.watched if name == "UPDATE" else source.comes_and_goes)]


def upgrade() -> None:
    """Make the functions and their triggers."""
    for table, source in SOURCES.items():
        op.execute(function_of(table, source))
        for operation in operations_of(source):
            # By their names they come after `log_...`: first what happened, then what that means for others.
            op.execute(
                f"CREATE TRIGGER touch_on_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {OPERATIONS[operation]} FOR EACH STATEMENT EXECUTE FUNCTION touch_by_{table}()"
            )


def downgrade() -> None:
    """Remove them."""
    for table, source in SOURCES.items():
        for operation in operations_of(source):
            op.execute(f"DROP TRIGGER touch_on_{operation.lower()} ON {table}")
        op.execute(f"DROP FUNCTION touch_by_{table}")
