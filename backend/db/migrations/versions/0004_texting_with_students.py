"""Texting with students: owners, read marks, office hours, on-call contacts, pace, retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('canned_replies',
    sa.Column('public_id', sa.String(length=40), nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_canned_replies_institution_id')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_canned_replies_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_replies')),
    sa.UniqueConstraint('office_id', 'title', name=op.f('uq_canned_replies_office_id_title')),
    sa.UniqueConstraint('public_id', name=op.f('uq_canned_replies_public_id'))
    )
    with op.batch_alter_table('canned_replies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_canned_replies_institution_id'), ['institution_id'], unique=False)

    op.create_table('office_holidays',
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_office_holidays_institution_id')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_office_holidays_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_holidays')),
    sa.UniqueConstraint('office_id', 'day', name=op.f('uq_office_holidays_office_id_day'))
    )
    with op.batch_alter_table('office_holidays', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_holidays_institution_id'), ['institution_id'], unique=False)

    op.create_table('office_hours',
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('opens', sa.String(length=5), nullable=False),
    sa.Column('closes', sa.String(length=5), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_office_hours_institution_id')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_office_hours_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_office_hours'))
    )
    with op.batch_alter_table('office_hours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_office_hours_institution_id'), ['institution_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_office_hours_office_id'), ['office_id'], unique=False)

    op.create_table('on_call_contacts',
    sa.Column('public_id', sa.String(length=40), nullable=False),
    sa.Column('office_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('e164', sa.String(length=40), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_on_call_contacts_institution_id')),
    sa.ForeignKeyConstraint(['office_id'], ['offices.id'], name=op.f('fk_on_call_contacts_office_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_on_call_contacts')),
    sa.UniqueConstraint('office_id', 'e164', name=op.f('uq_on_call_contacts_office_id_e164')),
    sa.UniqueConstraint('public_id', name=op.f('uq_on_call_contacts_public_id'))
    )
    with op.batch_alter_table('on_call_contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_on_call_contacts_institution_id'), ['institution_id'], unique=False)

    op.create_table('conversation_reads',
    sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('conversation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('institution_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_conversation_reads_conversation_id')),
    sa.ForeignKeyConstraint(['institution_id'], ['institutions.id'], name=op.f('fk_conversation_reads_institution_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_conversation_reads_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation_reads')),
    sa.UniqueConstraint('staff_id', 'conversation_id', name=op.f('uq_conversation_reads_staff_id_conversation_id'))
    )
    with op.batch_alter_table('conversation_reads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_conversation_reads_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_conversation_reads_institution_id'), ['institution_id'], unique=False)

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('segments_per_minute', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('segments_per_day', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('next_text_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('counted_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('segments_counted', sa.Integer(), nullable=False, server_default='0'))

    with op.batch_alter_table('carrier_accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('texts_listed_to', sa.DateTime(), nullable=True))

    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('taken_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('last_person_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('resolved_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('introduced_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('failures_in_row', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('asked_to_stop_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('away_note_on', sa.Date(), nullable=True))
        batch_op.create_index('ix_conversations_latest', ['institution_id', 'last_message_at'], unique=False)
        for which in ('with_person', 'is_urgent'):
            batch_op.create_index(
                f'ix_conversations_{which}',
                ['institution_id', 'last_message_at'],
                unique=False,
                sqlite_where=sa.text(f'{which} = 1'),
                postgresql_where=sa.text(which),
            )
        batch_op.create_index(batch_op.f('ix_conversations_taken_by_id'), ['taken_by_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_conversations_taken_by_id'), 'staff', ['taken_by_id'], ['id'])

    with op.batch_alter_table('institutions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('safety_texts', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('replies_per_hour', sa.Integer(), nullable=False, server_default='10'))
        batch_op.add_column(sa.Column('hand_back_after_hours', sa.Integer(), nullable=True, server_default='24'))
        batch_op.add_column(sa.Column('quiet_from_hour', sa.Integer(), nullable=False, server_default='21'))
        batch_op.add_column(sa.Column('quiet_until_hour', sa.Integer(), nullable=False, server_default='8'))
        batch_op.add_column(sa.Column('messages_kept_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('media_kept_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('trackers_kept_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('contact_key_sealed', sa.LargeBinary(), nullable=True))

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('staff_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('segments', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('not_before', sa.DateTime(), nullable=True))
        batch_op.create_index(batch_op.f('ix_messages_created_at'), ['created_at'], unique=False)
        batch_op.create_index('ix_messages_status', ['status', 'created_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_messages_staff_id'), 'staff', ['staff_id'], ['id'])

    with op.batch_alter_table('offices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('away_texts', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('segments_per_minute', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('segments_per_day', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('next_text_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('counted_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('segments_counted', sa.Integer(), nullable=False, server_default='0'))

    for table in ('messages', 'conversation_events', 'turns'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f'ix_{table}_institution_id'))
            batch_op.create_index(f'ix_{table}_in_conversation', ['institution_id', 'conversation_id', 'id'], unique=False)
    for table in ('conversation_events', 'consent_events', 'reply_buttons', 'campaign_contacts'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f'ix_{table}_message_id'), ['message_id'], unique=False)


def downgrade() -> None:
    """Undo."""
    for table in ('conversation_events', 'consent_events', 'reply_buttons', 'campaign_contacts'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f'ix_{table}_message_id'))
    for table in ('messages', 'conversation_events', 'turns'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(f'ix_{table}_in_conversation')
            batch_op.create_index(batch_op.f(f'ix_{table}_institution_id'), ['institution_id'], unique=False)

    with op.batch_alter_table('phone_numbers', schema=None) as batch_op:
        batch_op.drop_column('segments_counted')
        batch_op.drop_column('counted_on')
        batch_op.drop_column('next_text_at')
        batch_op.drop_column('segments_per_day')
        batch_op.drop_column('segments_per_minute')

    with op.batch_alter_table('offices', schema=None) as batch_op:
        batch_op.drop_column('away_texts')

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_messages_staff_id'), type_='foreignkey')
        batch_op.drop_index('ix_messages_status')
        batch_op.drop_index(batch_op.f('ix_messages_created_at'))
        batch_op.drop_column('not_before')
        batch_op.drop_column('segments')
        batch_op.drop_column('staff_id')

    with op.batch_alter_table('institutions', schema=None) as batch_op:
        batch_op.drop_column('contact_key_sealed')
        batch_op.drop_column('trackers_kept_days')
        batch_op.drop_column('media_kept_days')
        batch_op.drop_column('messages_kept_days')
        batch_op.drop_column('quiet_until_hour')
        batch_op.drop_column('quiet_from_hour')
        batch_op.drop_column('hand_back_after_hours')
        batch_op.drop_column('replies_per_hour')
        batch_op.drop_column('safety_texts')

    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_conversations_taken_by_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_conversations_taken_by_id'))
        for which in ('with_person', 'is_urgent'):
            batch_op.drop_index(f'ix_conversations_{which}')
        batch_op.drop_index('ix_conversations_latest')
        batch_op.drop_column('away_note_on')
        batch_op.drop_column('asked_to_stop_at')
        batch_op.drop_column('failures_in_row')
        batch_op.drop_column('introduced_at')
        batch_op.drop_column('resolved_at')
        batch_op.drop_column('last_person_at')
        batch_op.drop_column('taken_by_id')

    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.drop_column('erased_at')

    with op.batch_alter_table('carrier_accounts', schema=None) as batch_op:
        batch_op.drop_column('texts_listed_to')

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_column('segments_counted')
        batch_op.drop_column('counted_on')
        batch_op.drop_column('next_text_at')
        batch_op.drop_column('segments_per_day')
        batch_op.drop_column('segments_per_minute')

    with op.batch_alter_table('conversation_reads', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversation_reads_institution_id'))
        batch_op.drop_index(batch_op.f('ix_conversation_reads_conversation_id'))

    op.drop_table('conversation_reads')
    with op.batch_alter_table('on_call_contacts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_on_call_contacts_institution_id'))

    op.drop_table('on_call_contacts')
    with op.batch_alter_table('office_hours', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_hours_office_id'))
        batch_op.drop_index(batch_op.f('ix_office_hours_institution_id'))

    op.drop_table('office_hours')
    with op.batch_alter_table('office_holidays', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_office_holidays_institution_id'))

    op.drop_table('office_holidays')
    with op.batch_alter_table('canned_replies', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_canned_replies_institution_id'))

    op.drop_table('canned_replies')
