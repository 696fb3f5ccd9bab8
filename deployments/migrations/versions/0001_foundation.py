"""Create the tables."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from deployments.migrations.foundation import foundation_mark

revision = "0001"
down_revision = None

# 128 random bits in hex digits.
_SALTS = {
    "sqlite": sa.text("(lower(hex(randomblob(16))))"),
    "postgresql": sa.text("replace(gen_random_uuid()::text, '-', '')"),
}
_SORT_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply the change."""
    # A database that was made before the first release has the hash of another such file.
    foundation = op.create_table(
        "foundation",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("admits", sa.String(), nullable=False),
        sa.Column("database_id", sa.String(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("key_mark", sa.String(), nullable=True),
        sa.Column("documents_mark", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_foundation"),
    )
    made_as = {"database_id": str(uuid4()), "is_sample": False}
    op.bulk_insert(foundation, [{"sha256": foundation_mark(), "admits": revision, **made_as}])
    op.create_table(
        "day_round",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on", name="pk_day_round"),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("registration_number", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("administration", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("key", name="uq_organisation_key"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("department", sa.String(), server_default="", nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("departed_on", sa.Date(), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("salt", sa.String(), server_default=_SALTS[op.get_bind().dialect.name], nullable=True),
        sa.CheckConstraint("access IN ('own', 'reader', 'controller')", name=op.f("ck_person_access_known")),
        sa.CheckConstraint("deputy_id IS NULL OR deputy_id <> id", name=op.f("ck_person_not_own_deputy")),
        sa.CheckConstraint("manager_id IS NULL OR manager_id <> id", name=op.f("ck_person_not_own_manager")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name="fk_person_deputy_id_person"),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name="fk_person_manager_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email", name="uq_person_email"),
    )
    op.create_index(
        "ix_person_gone",
        "person",
        ["id"],
        unique=False,
        sqlite_where=sa.text("departed_on IS NOT NULL OR bounced_at IS NOT NULL"),
        postgresql_where=sa.text("departed_on IS NOT NULL OR bounced_at IS NOT NULL"),
    )
    op.create_index("ix_person_manager_id", "person", ["manager_id"], unique=False)

    op.create_table(
        "programme_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_version"),
        sa.UniqueConstraint("key", "sha256", name="uq_programme_version_key_sha256"),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("from_directory", sa.Boolean(), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_absence_ordered")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_absence_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.UniqueConstraint("person_id", "from_on", name="uq_absence_person_id_from_on"),
    )
    op.create_index("ix_absence_to_on", "absence", ["to_on"], unique=False)

    op.create_table(
        "grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("funder_reference", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("funder_id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("applied_for_minor", sa.BigInteger(), nullable=True),
        sa.Column("award_minor", sa.BigInteger(), nullable=True),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("period_start_on", sa.Date(), nullable=True),
        sa.Column("period_end_on", sa.Date(), nullable=True),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("figures_file", sa.String(), nullable=True),
        sa.Column("small_numbers", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.Column("next_phase", sa.String(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("ball_with", sa.String(), nullable=True),
        sa.Column("at_risk_minor", sa.BigInteger(), nullable=False),
        sa.Column("undated", sa.JSON(), nullable=False),
        sa.Column("reference_key", _SORT_KEY, nullable=False),
        sa.Column("search_key", _SORT_KEY, nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("late_confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'closed', 'refused', 'withdrawn')", name=op.f("ck_grant_status_known")
        ),
        sa.CheckConstraint(
            "applied_for_minor IS NULL OR applied_for_minor >= 0", name=op.f("ck_grant_applied_for_positive")
        ),
        sa.CheckConstraint("award_minor IS NULL OR award_minor >= 0", name=op.f("ck_grant_award_positive")),
        sa.CheckConstraint(
            "period_start_on IS NULL OR period_end_on IS NULL OR period_start_on <= period_end_on",
            name=op.f("ck_grant_period_ordered"),
        ),
        sa.ForeignKeyConstraint(["funder_id"], ["organisation.id"], name="fk_grant_funder_id_organisation"),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme_version.id"], name="fk_grant_programme_id_programme_version"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["organisation.id"], name="fk_grant_recipient_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_grant"),
        sa.UniqueConstraint("reference", name="uq_grant_reference"),
    )
    op.create_index(
        "ix_grant_standing",
        "grant",
        ["status", "next_due_on", "reference_key", "reference", "currency", "ball_with", "at_risk_minor"],
        unique=False,
    )
    op.create_index("ix_grant_ending", "grant", ["status", "period_end_on"], unique=False)

    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("letter_on", sa.Date(), nullable=False),
        sa.Column("link_key", sa.String(), nullable=False),
        sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("render_failures", sa.Integer(), nullable=False),
        sa.Column("claim_key", sa.String(), nullable=True),
        sa.Column("lease_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'handing_over') = (handed_at IS NOT NULL)", name=op.f("ck_letter_handed_since")
        ),
        sa.CheckConstraint(
            "(status IN ('claimed', 'handing_over')) = (claim_key IS NOT NULL)",
            name=op.f("ck_letter_claimed_by_someone"),
        ),
        sa.CheckConstraint(
            "kind IN ('tasks', 'decision', 'money', 'confirmation', 'login', 'link')",
            name=op.f("ck_letter_kind_known"),
        ),
        sa.CheckConstraint(
            "repeat_at IS NULL OR status IN ('unconfirmed', 'claimed', 'handing_over')",
            name=op.f("ck_letter_repeats_the_unconfirmed"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'claimed', 'handing_over', 'accepted', 'captured', 'bounced', 'unconfirmed', 'poisoned', 'cancelled')",
            name=op.f("ck_letter_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('handing_over', 'accepted', 'captured') OR content IS NOT NULL",
            name=op.f("ck_letter_has_bytes"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_letter_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("key", name="uq_letter_key"),
        sa.UniqueConstraint("link_key", name="uq_letter_link_key"),
        sa.UniqueConstraint("message_id", name="uq_letter_message_id"),
    )
    op.create_index(
        "ix_letter_leased",
        "letter",
        ["lease_until_at"],
        unique=False,
        sqlite_where=sa.text("status IN ('claimed', 'handing_over')"),
        postgresql_where=sa.text("status IN ('claimed', 'handing_over')"),
    )
    op.create_index(
        "ix_letter_failed",
        "letter",
        ["id"],
        unique=False,
        sqlite_where=sa.text("failure_told_at IS NULL AND status IN ('bounced', 'poisoned')"),
        postgresql_where=sa.text("failure_told_at IS NULL AND status IN ('bounced', 'poisoned')"),
    )
    op.create_index(
        "ix_letter_captured",
        "letter",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status = 'captured'"),
        postgresql_where=sa.text("status = 'captured'"),
    )
    op.create_index("ix_letter_person", "letter", ["person_id", "letter_on"], unique=False)
    op.create_index(
        "ix_letter_repeat",
        "letter",
        ["repeat_at"],
        unique=False,
        sqlite_where=sa.text("repeat_at IS NOT NULL"),
        postgresql_where=sa.text("repeat_at IS NOT NULL"),
    )
    op.create_index(
        "ix_letter_waiting",
        "letter",
        ["next_attempt_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'queued'"),
        postgresql_where=sa.text("status = 'queued'"),
    )

    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agenda_on", sa.Date(), nullable=True),
        sa.Column("documents_on", sa.Date(), nullable=True),
        sa.Column("minutes_days", sa.Integer(), nullable=True),
        sa.Column("moved_from_on", sa.Date(), nullable=True),
        sa.Column("choice", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minutes_days >= 0", name=op.f("ck_meeting_minutes_days_positive")),
        sa.CheckConstraint(
            "agenda_on IS NULL OR agenda_on <= held_on", name=op.f("ck_meeting_agenda_before_meeting")
        ),
        sa.CheckConstraint(
            "documents_on IS NULL OR documents_on <= held_on",
            name=op.f("ck_meeting_documents_before_meeting"),
        ),
        sa.CheckConstraint("kind IN ('ordinary', 'extra')", name=op.f("ck_meeting_kind_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_meeting_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
        sa.UniqueConstraint("organisation_id", "held_on", name="uq_meeting_organisation_id_held_on"),
    )
    op.create_table(
        "organisation_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_organisation_name_organisation_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_name"),
        sa.UniqueConstraint(
            "organisation_id", "valid_from_on", name="uq_organisation_name_organisation_id_valid_from_on"
        ),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("instalments", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("annulled", sa.Boolean(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('award', 'supplement', 'amendment', 'refusal', 'withdrawal')",
            name=op.f("ck_decision_kind_known"),
        ),
        sa.CheckConstraint(
            "amount_minor IS NULL OR total_minor IS NULL", name=op.f("ck_decision_amount_or_total")
        ),
        sa.CheckConstraint(
            "total_minor IS NULL OR total_minor >= 0", name=op.f("ck_decision_total_positive")
        ),
        sa.ForeignKeyConstraint(["corrects_id"], ["decision.id"], name="fk_decision_corrects_id_decision"),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_decision_grant_id_grant"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_decision_recorded_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.UniqueConstraint("corrects_id", name="uq_decision_corrects_id"),
    )
    op.create_index("ix_decision_grant_id", "decision", ["grant_id"], unique=False)

    op.create_table(
        "mail_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("away_until_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_mail_reply_letter_id_letter"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mail_reply_person_id_person"),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name="fk_mail_reply_settled_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_reply"),
        sa.UniqueConstraint("letter_id", "sha256", name="uq_mail_reply_letter_id_sha256"),
    )
    op.create_index("ix_mail_reply_person", "mail_reply", ["person_id"], unique=False)
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reply", sa.String(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'deferred', 'bounced', 'unconfirmed', 'captured')",
            name=op.f("ck_delivery_attempt_outcome_known"),
        ),
        sa.CheckConstraint("stage IN ('mail', 'rcpt', 'data')", name=op.f("ck_delivery_attempt_stage_known")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_delivery_attempt_letter_id_letter"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempt"),
        sa.UniqueConstraint("letter_id", "number", name="uq_delivery_attempt_letter_id_number"),
    )
    op.create_table(
        "grant_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "role IN ('coordinator', 'unit_manager', 'head_of_department', 'head_of_administration', 'committee', 'controller', 'admin')",
            name=op.f("ck_grant_role_role_known"),
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_grant_role_grant_id_grant"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_grant_role_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_grant_role"),
        sa.UniqueConstraint("grant_id", "role", name="uq_grant_role_grant_id_role"),
    )
    op.create_index("ix_grant_role_person_id", "grant_role", ["person_id"], unique=False)

    op.create_table(
        "instalment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(), nullable=False),
        sa.Column("rule", sa.Integer(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("conditional", sa.Boolean(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("kept_minor", sa.BigInteger(), nullable=True),
        sa.Column("claimed_minor", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("no_more_why", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'paid') = (paid_on IS NOT NULL AND paid_minor IS NOT NULL)",
            name=op.f("ck_instalment_paid_is_dated"),
        ),
        sa.CheckConstraint(
            "no_more_why IS NULL OR status = 'paid' AND paid_minor < amount_minor",
            name=op.f("ck_instalment_no_more_of_a_part"),
        ),
        sa.CheckConstraint(
            "NOT conditional OR status NOT IN ('released', 'claimed', 'paid') OR (requested_by_id IS NOT NULL AND confirmed_by_id IS NOT NULL AND requested_by_id <> confirmed_by_id)",
            name=op.f("ck_instalment_four_eyes"),
        ),
        sa.CheckConstraint(
            "conditional OR status NOT IN ('withheld', 'releasable')",
            name=op.f("ck_instalment_withheld_for_a_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'withheld', 'releasable', 'released', 'claimed', 'paid')",
            name=op.f("ck_instalment_status_known"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('released', 'claimed', 'paid') OR released_on IS NOT NULL",
            name=op.f("ck_instalment_release_is_dated"),
        ),
        sa.CheckConstraint(
            "amount_minor IS NULL OR amount_minor >= 0", name=op.f("ck_instalment_amount_positive")
        ),
        sa.CheckConstraint("kept_minor IS NULL OR kept_minor >= 0", name=op.f("ck_instalment_kept_positive")),
        sa.CheckConstraint(
            "claimed_minor IS NULL OR claimed_minor >= 0", name=op.f("ck_instalment_claimed_positive")
        ),
        sa.CheckConstraint(
            "status NOT IN ('released', 'claimed', 'paid') OR amount_minor IS NOT NULL",
            name=op.f("ck_instalment_released_with_a_sum"),
        ),
        sa.CheckConstraint(
            "paid_minor IS NULL OR paid_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_instalment_paid_within_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name="fk_instalment_confirmed_by_id_person"
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_instalment_grant_id_grant"),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["person.id"], name="fk_instalment_requested_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instalment"),
        sa.UniqueConstraint("grant_id", "number", name="uq_instalment_grant_id_number"),
    )
    op.create_index(
        "ix_instalment_releasable",
        "instalment",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status = 'releasable'"),
        postgresql_where=sa.text("status = 'releasable'"),
    )

    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("with_funder", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("template_key", sa.String(), nullable=False),
        sa.Column("instalment", sa.Integer(), nullable=True),
        sa.Column("repays_minor", sa.BigInteger(), nullable=True),
        sa.Column("period", sa.String(), nullable=True),
        sa.Column("period_start_on", sa.Date(), nullable=True),
        sa.Column("period_end_on", sa.Date(), nullable=True),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("fixed_due_on", sa.Date(), nullable=True),
        sa.Column("fixed_due_source", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("was_due_on", sa.Date(), nullable=True),
        sa.Column("said_due_on", sa.Date(), nullable=True),
        sa.Column("said_due_source", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("confirmed_due_on", sa.Date(), nullable=True),
        sa.Column("confirmed_due_source", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("undecided_on", sa.Date(), nullable=True),
        sa.Column("fell_on", sa.Date(), nullable=True),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_since_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_action_on", sa.Date(), nullable=True),
        sa.Column("gather_on", sa.Date(), nullable=True),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("two_readings_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("returned_count", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind <> 'report' OR status <> 'approved'", name=op.f("ck_step_reports_are_done")),
        sa.CheckConstraint(
            "kind IN ('report', 'approval', 'claim', 'payment', 'funder', 'repayment', 'recovery')",
            name=op.f("ck_step_kind_known"),
        ),
        sa.CheckConstraint(
            "phase IN ('application', 'decision', 'follow-up', 'final-report', 'release')",
            name=op.f("ck_step_phase_known"),
        ),
        sa.CheckConstraint(
            "status <> 'approved' OR done_by_id IS NOT NULL", name=op.f("ck_step_approved_by_someone")
        ),
        sa.CheckConstraint("status <> 'done' OR done_on IS NOT NULL", name=op.f("ck_step_done_on_a_day")),
        sa.CheckConstraint(
            "status IN ('waiting', 'open', 'done', 'approved', 'skipped', 'cancelled')",
            name=op.f("ck_step_status_known"),
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name="fk_step_done_by_id_person"),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_step_grant_id_grant"),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name="fk_step_owner_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_step"),
        sa.UniqueConstraint("grant_id", "key", name="uq_step_grant_id_key"),
    )
    op.create_index(
        "ix_step_open_approval",
        "step",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("kind = 'approval' AND done_on IS NULL"),
        postgresql_where=sa.text("kind = 'approval' AND done_on IS NULL"),
    )
    op.create_index(
        "ix_step_two_readings",
        "step",
        ["two_readings_on"],
        unique=False,
        sqlite_where=sa.text("two_readings_on IS NOT NULL"),
        postgresql_where=sa.text("two_readings_on IS NOT NULL"),
    )
    op.create_index(
        "ix_step_approved_on",
        "step",
        ["done_on"],
        unique=False,
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_index(
        "ix_step_due_action",
        "step",
        ["phase", "next_action_on", "id"],
        unique=False,
        sqlite_where=sa.text("next_action_on IS NOT NULL"),
        postgresql_where=sa.text("next_action_on IS NOT NULL"),
    )
    op.create_index(
        "ix_step_gather",
        "step",
        ["phase", "gather_on", "id"],
        unique=False,
        sqlite_where=sa.text("gather_on IS NOT NULL"),
        postgresql_where=sa.text("gather_on IS NOT NULL"),
    )
    # With the grant in it: whose grants are seen is read from it alone, also above thousands of steps.
    op.create_index("ix_step_owner_unsettled", "step", ["owner_id", "status", "grant_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("step_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("colleague_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('done', 'nothing', 'not_yet', 'not_me', 'not_needed', 'approved', 'returned', 'withdrawn')",
            name=op.f("ck_answer_kind_known"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_answer_by_id_person"),
        sa.ForeignKeyConstraint(["colleague_id"], ["person.id"], name="fk_answer_colleague_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_answer_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
    )
    op.create_index("ix_answer_step", "answer", ["step_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence_on", sa.Date(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_document_size_positive")),
        sa.CheckConstraint(
            "answer_id IS NULL OR evidence_on IS NULL", name=op.f("ck_document_came_in_one_way")
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name="fk_document_added_by_id_person"),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="fk_document_answer_id_answer"),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_document_grant_id_grant"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_document_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
        sa.UniqueConstraint("stored_as", name="uq_document_stored_as"),
    )
    op.create_index(
        "ix_document_in_draft",
        "document",
        ["id"],
        unique=False,
        sqlite_where=sa.text("answer_id IS NULL AND evidence_on IS NULL"),
        postgresql_where=sa.text("answer_id IS NULL AND evidence_on IS NULL"),
    )
    op.create_index("ix_document_step", "document", ["step_id"], unique=False)

    op.create_table(
        "made_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("small_numbers", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_made_document_size_positive")),
        sa.CheckConstraint("version > 0", name=op.f("ck_made_document_version_positive")),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_made_document_grant_id_grant"),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_made_document_made_by_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_made_document_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_made_document"),
        sa.UniqueConstraint("grant_id", "name", name="uq_made_document_grant_id_name"),
        sa.UniqueConstraint("stored_as", name="uq_made_document_stored_as"),
    )

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_draft_person_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_draft_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
        sa.UniqueConstraint("step_id", "person_id", "act", name="uq_draft_step_id_person_id_act"),
    )

    op.create_table(
        "budget_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_budget_line_amount_positive")),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_budget_line_grant_id_grant"),
        sa.PrimaryKeyConstraint("id", name="pk_budget_line"),
        sa.UniqueConstraint("grant_id", "account", "period", name="uq_budget_line_grant_id_account_period"),
    )
    op.create_table(
        "figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_figure_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_figure"),
        sa.UniqueConstraint("step_id", "question", "source", name="uq_figure_step_id_question_source"),
    )
    op.create_table(
        "instalment_condition",
        sa.Column("instalment_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalment.id"], name="fk_instalment_condition_instalment_id_instalment"
        ),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_instalment_condition_step_id_step"),
        sa.PrimaryKeyConstraint("instalment_id", "step_id", name="pk_instalment_condition"),
    )
    op.create_index("ix_instalment_condition_step_id", "instalment_condition", ["step_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instalment_id", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_amount_positive")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_payment_by_id_person"),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalment.id"], name="fk_payment_instalment_id_instalment"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment"),
    )
    op.create_index("ix_payment_instalment_id", "payment", ["instalment_id"], unique=False)
    op.create_table(
        "journal_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.Column("step_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=True),
        sa.Column("previous_sha256", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_journal_event_grant_id_grant"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_journal_event_person_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_journal_event_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_journal_event"),
    )
    op.create_index("ix_journal_event_grant", "journal_event", ["grant_id", "id"], unique=False)
    op.create_index(
        "ix_journal_event_directory",
        "journal_event",
        ["id"],
        unique=False,
        sqlite_where=sa.text("grant_id IS NULL AND rows IS NOT NULL"),
        postgresql_where=sa.text("grant_id IS NULL AND rows IS NOT NULL"),
    )

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("step_version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("instead_of_id", sa.Integer(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('reminder', 'escalation', 'stand_in', 'handed_over', 'returned', 'bounced', 'approved', 'decided', 'moved', 'extended', 'no_meeting', 'date_missing', 'put_off', 'confirm_release', 'release_declined', 'released', 'new_account', 'paid', 'withdrawn', 'source_changed', 'unspent', 'replied')",
            name=op.f("ck_notice_kind_known"),
        ),
        sa.ForeignKeyConstraint(["instead_of_id"], ["person.id"], name="fk_notice_instead_of_id_person"),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_notice_letter_id_letter"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_person_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_notice_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index(
        "uq_notice_step_id_due_on_rung_person_id",
        "notice",
        ["step_id", "due_on", "rung", "person_id"],
        unique=True,
        sqlite_where=sa.text("kept_on IS NULL"),
        postgresql_where=sa.text("kept_on IS NULL"),
    )
    op.create_index("ix_notice_letter", "notice", ["letter_id"], unique=False)
    op.create_index("ix_notice_step", "notice", ["step_id", "due_on"], unique=False)

    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("step_version", sa.Integer(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name="fk_confirmation_letter_id_letter"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_confirmation_person_id_person"),
        sa.ForeignKeyConstraint(["step_id"], ["step.id"], name="fk_confirmation_step_id_step"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation"),
        sa.UniqueConstraint("letter_id", name="uq_confirmation_letter_id"),
    )
    op.create_index("ix_confirmation_step_id", "confirmation", ["step_id"], unique=False)
    op.create_table(
        "taken_form",
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("undo", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_taken_form_person_id_person"),
        sa.PrimaryKeyConstraint("form_key", name="pk_taken_form"),
    )
    op.create_index("ix_taken_form_person_id", "taken_form", ["person_id"], unique=False)
    op.create_table(
        "login_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_key", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leads_to", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["journal_event.id"], name="fk_login_link_event_id_journal_event"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_login_link"),
        sa.UniqueConstraint("link_key", name="uq_login_link_link_key"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["journal_event.id"], name="fk_login_session_event_id_journal_event"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("sha256", name="uq_login_session_sha256"),
    )
    op.create_table(
        "saved_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_list_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_list"),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_list_person_id_name"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_key", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_calendar_feed_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("feed_key", name="uq_calendar_feed_feed_key"),
    )
    op.create_index(
        "ix_calendar_feed_alive",
        "calendar_feed",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
