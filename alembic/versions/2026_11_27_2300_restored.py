"""Each start of the service is noted, so that it is known when the database was restored (kernel/restored.py)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "20261127r1"
down_revision = "20261127l1"
branch_labels = None
depends_on = None


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id, as it is when this runs."""

    def get_col_spec(self, **_options: object) -> str:
        """Name the type in DDL."""
        return "xid8"


def upgrade() -> None:
    """Make the table; this very start is noted when it is there."""
    op.create_table(
        "service_starts",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("next_xid", Xid8(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_service_starts")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("service_starts")
