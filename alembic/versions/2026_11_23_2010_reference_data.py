"""Regions, catalogues, indicators and the imports that fill them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123b2"
down_revision = "20261123a1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "regions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("island_group", sa.Text(), nullable=False),
        sa.Column("capital", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Numeric(precision=8, scale=5), nullable=False),
        sa.Column("longitude", sa.Numeric(precision=8, scale=5), nullable=False),
        sa.Column("population", sa.BigInteger(), nullable=False),
        sa.Column("population_year", sa.SmallInteger(), nullable=False),
        sa.Column("area_km2", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("own_budget", sa.Boolean(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(kind = 'province') = (province_code IS NULL)", name=op.f("ck_regions_province")),
        sa.CheckConstraint("code ~ '^[0-9]{2}([.][0-9]{2})?$'", name=op.f("ck_regions_code")),
        sa.CheckConstraint("kind IN ('province', 'regency', 'city')", name=op.f("ck_regions_kind")),
        sa.CheckConstraint("area_km2 > 0", name=op.f("ck_regions_area")),
        sa.CheckConstraint("population >= 0", name=op.f("ck_regions_population")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_regions_validity")),
        sa.ForeignKeyConstraint(["province_code"], ["regions.code"], name=op.f("fk_regions_province_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_index("ix_regions_name_code", "regions", ["name", "code"], unique=False)
    op.create_index("ix_regions_population_code", "regions", ["population", "code"], unique=False)
    op.create_index("ix_regions_province_code_code", "regions", ["province_code", "code"], unique=False)
    op.create_table(
        "region_profiles",
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "potentials", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_region_profiles_region_code")),
        sa.PrimaryKeyConstraint("region_code", name=op.f("pk_region_profiles")),
    )
    op.create_table(
        "catalogues",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogues")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_catalogues_code_edition")),
    )
    op.create_index("uq_catalogues_in_force", "catalogues", ["code"], unique=True, postgresql_where=sa.text("in_force"))
    op.create_table(
        "indicators",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("scale_min", sa.Numeric(), nullable=True),
        sa.Column("scale_max", sa.Numeric(), nullable=True),
        sa.Column("levels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("note_en", sa.Text(), nullable=True),
        sa.Column("note_id", sa.Text(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z][a-z0-9_]*$'", name=op.f("ck_indicators_code")),
        sa.CheckConstraint("direction IN ('higher', 'lower')", name=op.f("ck_indicators_direction")),
        sa.CheckConstraint("scale_min < scale_max", name=op.f("ck_indicators_scale")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_indicators")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "dataset IN ('regions', 'indicator-values', 'candidacies')", name=op.f("ck_imports_dataset")
        ),
        sa.CheckConstraint("received = created + updated + unchanged", name=op.f("ck_imports_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_created_at_id", "imports", ["created_at", "id"], unique=False)
    op.create_table(
        "indicator_values",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=True),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("import_id", sa.UUID(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("quality IN ('official', 'derived', 'synthetic')", name=op.f("ck_indicator_values_quality")),
        sa.CheckConstraint("value > '-Infinity' AND value < 'Infinity'", name=op.f("ck_indicator_values_value")),
        sa.CheckConstraint("year BETWEEN 1945 AND 2100", name=op.f("ck_indicator_values_year")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_indicator_values_import_id")),
        sa.ForeignKeyConstraint(
            ["indicator_code"], ["indicators.code"], name=op.f("fk_indicator_values_indicator_code")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name=op.f("fk_indicator_values_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_values")),
        sa.UniqueConstraint(
            "indicator_code", "region_code", "year", name=op.f("uq_indicator_values_indicator_code_region_code_year")
        ),
    )
    op.create_index("ix_indicator_values_import_id", "indicator_values", ["import_id"], unique=False)
    op.create_index(
        "ix_indicator_values_indicator_code_value_id",
        "indicator_values",
        ["indicator_code", "value", "id"],
        unique=False,
    )
    op.create_index(
        "ix_indicator_values_indicator_code_year_id", "indicator_values", ["indicator_code", "year", "id"], unique=False
    )
    op.create_index("ix_indicator_values_region_code_id", "indicator_values", ["region_code", "id"], unique=False)
    op.execute("CALL watch('regions', 'regions', 'code')")
    op.execute("CALL watch('region_profiles', 'region-profiles', 'region_code')")
    op.execute("CALL watch('catalogues', 'catalogues', 'id')")
    op.execute("CALL watch('indicators', 'indicators', 'code')")
    op.execute("CALL watch('imports', 'imports', 'id')")
    op.execute("CALL watch('indicator_values', 'indicator-values', 'id')")


def downgrade() -> None:
    """Remove them."""
    op.drop_table("indicator_values")
    op.drop_table("imports")
    op.drop_table("indicators")
    op.drop_table("catalogues")
    op.drop_table("region_profiles")
    op.drop_table("regions")
