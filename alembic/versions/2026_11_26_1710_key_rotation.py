"""Keys have address ranges, a secret before the present one, and a last use; no secret comes back once it was used."""

import sqlalchemy as sa
from alembic import op

revision = "20261126k1"
down_revision = "20261126z2"
branch_labels = None
depends_on = None

# What each holds.
COLUMNS = {
    "address_ranges": "text[] CONSTRAINT ck_api_keys_address_ranges "
    "CHECK (cardinality(address_ranges) BETWEEN 1 AND 20)",
    "previous_digest": "bytea CONSTRAINT ck_api_keys_previous_digest CHECK (octet_length(previous_digest) = 32)",
    "previous_until": "timestamptz CONSTRAINT ck_api_keys_previous_until "
    "CHECK ((previous_digest IS NULL) = (previous_until IS NULL))",
    "rotated_at": "timestamptz",
}
WATCHING = ("touch", "log_insert", "log_update", "log_delete", "refuse_truncate")
KEEP_DIGEST = """
CREATE FUNCTION keep_api_key_digest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.digest <> OLD.digest THEN
        INSERT INTO api_key_digests (digest) VALUES (NEW.digest);
    END IF;
    RETURN NULL;
END $$
"""


def watch_again(*hidden: str) -> None:
    """Watch the keys, and keep these columns out of the log."""
    for trigger in WATCHING:
        op.execute(f"DROP TRIGGER {trigger} ON api_keys")
    arguments = ", ".join(f"'{name}'" for name in ("api_keys", "api-keys", "id", *hidden))
    op.execute(f"CALL watch({arguments})")


def upgrade() -> None:
    """Add the columns, and the two tables beside."""
    for name, holds in COLUMNS.items():
        op.execute(f"ALTER TABLE api_keys ADD COLUMN {name} {holds}")
    watch_again("digest", "previous_digest", "previous_until")
    op.create_table(
        "api_key_digests",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_api_key_digests_digest")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_api_key_digests")),
    )
    op.execute(KEEP_DIGEST)
    op.execute(
        "CREATE TRIGGER keep_digest AFTER INSERT OR UPDATE OF digest ON api_keys "
        "FOR EACH ROW EXECUTE FUNCTION keep_api_key_digest()"
    )
    op.execute("INSERT INTO api_key_digests (digest) SELECT digest FROM api_keys")
    op.create_table(
        "api_key_uses",
        sa.Column("api_key_id", sa.UUID(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_api_key_uses_api_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_key_id", name=op.f("pk_api_key_uses")),
    )


def downgrade() -> None:
    """Take it back: what was refused elsewhere is good everywhere, and the older secrets end."""
    op.drop_table("api_key_uses")
    op.execute("DROP TRIGGER keep_digest ON api_keys")
    op.execute("DROP FUNCTION keep_api_key_digest")
    op.drop_table("api_key_digests")
    watch_again("digest")
    for name in reversed(COLUMNS):
        op.drop_column("api_keys", name)
