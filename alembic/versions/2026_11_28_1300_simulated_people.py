"""Institutions say whether they are made up for rehearsals, and their experts with them.

As a cohort does, an institution stays what it began as; and an expert stays among its kind, because panels and
mentorships took the expert for what the institution was.
"""

from alembic import op

revision = "20261128p1"
down_revision = "20261128r1"
branch_labels = None
depends_on = None

STAYS = """
CREATE FUNCTION refuse_other_institution_simulation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an institution stays simulated, or real: %', OLD.id USING ERRCODE = 'restrict_violation';
END $$
"""
AMONG_ITS_KIND = """
CREATE FUNCTION refuse_other_expert_simulation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT simulation FROM institutions WHERE id = OLD.institution_id)
        <> (SELECT simulation FROM institutions WHERE id = NEW.institution_id) THEN
        RAISE EXCEPTION 'an expert stays simulated, or real: %', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'experts_other_simulation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Make it so. Whoever is there already counts as real."""
    op.execute("ALTER TABLE institutions ADD COLUMN simulation boolean NOT NULL DEFAULT false")
    op.execute(STAYS)
    op.execute(
        "CREATE TRIGGER refuse_other_simulation BEFORE UPDATE OF simulation ON institutions "
        "FOR EACH ROW WHEN (OLD.simulation <> NEW.simulation) EXECUTE FUNCTION refuse_other_institution_simulation()"
    )
    op.execute(AMONG_ITS_KIND)
    op.execute(
        "CREATE TRIGGER refuse_other_simulation BEFORE UPDATE OF institution_id ON experts "
        "FOR EACH ROW WHEN (OLD.institution_id <> NEW.institution_id) EXECUTE FUNCTION refuse_other_expert_simulation()"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("DROP TRIGGER refuse_other_simulation ON experts")
    op.execute("DROP FUNCTION refuse_other_expert_simulation")
    op.execute("DROP TRIGGER refuse_other_simulation ON institutions")
    op.execute("DROP FUNCTION refuse_other_institution_simulation")
    op.drop_column("institutions", "simulation")
