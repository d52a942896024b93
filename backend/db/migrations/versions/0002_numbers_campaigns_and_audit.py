"""Numbers that are ordered, registered and released; campaigns with contacts; an audit that lasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


# The audit is append-only in the database itself. A migration that copies the table (SQLite's way
# of altering one) has to make the triggers again.
ONLY_EVER_ADDED = {
    'sqlite': [
        f"CREATE TRIGGER audit_events_no_{verb} BEFORE {verb.upper()} ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
        for verb in ('update', 'delete')
    ],
    'postgresql': [
        "CREATE FUNCTION audit_events_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only ever added to'; END $$",
        "CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION audit_events_only_added()",
    ],
}
NO_LONGER = {
    'sqlite': [f"DROP TRIGGER audit_events_no_{verb}" for verb in ('update', 'delete')],
    'postgresql': [
        "DROP TRIGGER audit_events_no_change ON audit_events",
        "DROP FUNCTION audit_events_only_added()",
    ],
}


def upgrade() -> None:
    """Apply."""
    op.create_table('idempotency_keys',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('result', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_idempotency_keys_institution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotency_keys')),
    sa.UniqueConstraint('institution_id', 'key', name=op.f('uq_idempotency_keys_institution_id_key'))
    )
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_keys_institution_id'), ['institution_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_idempotency_keys_result'), ['result'], unique=False)

    op.create_table('contact_imports',
    sa.Column('public_id', sa.String(length=40), nullable=False),
    sa.Column('campaign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'running', 'done', name='importstate', native_enum=False, length=32), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('rows_done', sa.Integer(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('already_there', sa.Integer(), nullable=False),
    sa.Column('bad', sa.Integer(), nullable=False),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('finished_at', sa.DateTime(), nullable=True),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_contact_imports_campaign_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_contact_imports_institution_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_contact_imports_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_imports')),
    sa.UniqueConstraint('public_id', name=op.f('uq_contact_imports_public_id'))
    )
    with op.batch_alter_table('contact_imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_imports_campaign_id'), ['campaign_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_imports_institution_id'), ['institution_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_imports_state'), ['state'], unique=False)

    with op.batch_alter_table('access_tokens', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scopes', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('revoked_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('public_id', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('message', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('subject', sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE audit_events SET public_id = 'aud_' || id, message = "
        "(SELECT public_id FROM messages WHERE messages.id = audit_events.message_id)"
    )
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.alter_column('public_id', existing_type=sa.String(length=40), nullable=False)
        batch_op.create_index(batch_op.f('ix_audit_events_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_events_subject'), ['subject'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_audit_events_public_id'), ['public_id'])
        batch_op.drop_constraint(batch_op.f('fk_audit_events_message_id'), type_='foreignkey')
        batch_op.drop_column('message_id')

    with op.batch_alter_table('campaign_contacts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('skipped', sa.Enum('opted_out', name='skipped', native_enum=False, length=32), nullable=True))
        batch_op.alter_column('targeted_at',
               existing_type=sa.DATETIME(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_campaign_contacts_message_id'), 'messages', ['message_id'], ['id'])

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opening_text', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('activated_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('archived_at', sa.DateTime(), nullable=True))
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.alter_column('opening_text', existing_type=sa.Text(), server_default=None)
        batch_op.alter_column('number_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_campaigns_state'), ['state'], unique=False)
        batch_op.create_index('uq_campaigns_active_on_number', ['number_id'], unique=True, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))

    with op.batch_alter_table('carrier_accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('messaging_service_sid', sa.String(length=34), nullable=True))

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('campaign_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index(batch_op.f('ix_messages_campaign_id'), ['campaign_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_messages_campaign_id'), 'campaigns', ['campaign_id'], ['id'])

    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('created_by_office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('carrier_sid', sa.String(length=34), nullable=True))
        batch_op.add_column(sa.Column('state_since', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('lease_until', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('is_registration_refused', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('first_use', sa.Enum('received_text', 'sent_text', 'campaign', name='use', native_enum=False, length=32), nullable=True))
        batch_op.add_column(sa.Column('first_use_reference', sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE phone_numbers SET created_by_office_id = office_id, state_since = created_at, "
        "is_registration_refused = false, "
        "first_use = CASE WHEN first_used_at IS NULL THEN NULL ELSE 'received_text' END"
    )
    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.alter_column('created_by_office_id', existing_type=sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False)
        batch_op.alter_column('state_since', existing_type=sa.DateTime(), nullable=False)
        batch_op.alter_column('is_registration_refused', existing_type=sa.Boolean(), nullable=False)
        batch_op.create_index(batch_op.f('ix_phone_numbers_state'), ['state'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_phone_numbers_created_by_office_id'), 'offices', ['created_by_office_id'], ['id'])



    for statement in ONLY_EVER_ADDED[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    for statement in NO_LONGER[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_phone_numbers_created_by_office_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_phone_numbers_state'))
        batch_op.drop_column('first_use_reference')
        batch_op.drop_column('first_use')
        batch_op.drop_column('is_registration_refused')
        batch_op.drop_column('lease_until')
        batch_op.drop_column('state_since')
        batch_op.drop_column('carrier_sid')
        batch_op.drop_column('created_by_office_id')

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_messages_campaign_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_messages_campaign_id'))
        batch_op.drop_column('campaign_id')

    with op.batch_alter_table('carrier_accounts', schema=None) as batch_op:
        batch_op.drop_column('messaging_service_sid')

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_index('uq_campaigns_active_on_number', sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))
        batch_op.drop_index(batch_op.f('ix_campaigns_state'))
        batch_op.alter_column('number_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('archived_at')
        batch_op.drop_column('activated_at')
        batch_op.drop_column('opening_text')

    with op.batch_alter_table('campaign_contacts', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_campaign_contacts_message_id'), type_='foreignkey')
        batch_op.alter_column('targeted_at',
               existing_type=sa.DATETIME(),
               nullable=False)
        batch_op.drop_column('skipped')
        batch_op.drop_column('message_id')

    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.execute(
        "UPDATE audit_events SET message_id = "
        "(SELECT id FROM messages WHERE messages.public_id = audit_events.message)"
    )
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.create_foreign_key(batch_op.f('fk_audit_events_message_id'), 'messages', ['message_id'], ['id'])
        batch_op.drop_constraint(batch_op.f('uq_audit_events_public_id'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_audit_events_subject'))
        batch_op.drop_index(batch_op.f('ix_audit_events_action'))
        batch_op.drop_column('subject')
        batch_op.drop_column('message')
        batch_op.drop_column('public_id')

    with op.batch_alter_table('access_tokens', schema=None) as batch_op:
        batch_op.drop_column('revoked_at')
        batch_op.drop_column('scopes')

    with op.batch_alter_table('contact_imports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_imports_state'))
        batch_op.drop_index(batch_op.f('ix_contact_imports_institution_id'))
        batch_op.drop_index(batch_op.f('ix_contact_imports_campaign_id'))

    op.drop_table('contact_imports')
    with op.batch_alter_table('idempotency_keys', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_keys_result'))
        batch_op.drop_index(batch_op.f('ix_idempotency_keys_institution_id'))

    op.drop_table('idempotency_keys')
