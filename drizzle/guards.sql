-- Applied after every migration; safe to apply again.
-- The history is append-only: nobody who speaks SQL as Belay may change what was recorded.
create or replace function event_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the history is append-only';
end $$;
create or replace trigger event_append_only before update or delete on event
  for each row execute function event_is_append_only();
create or replace trigger event_no_truncate before truncate on event
  for each statement execute function event_is_append_only();

-- A rollback names the version of the runbook that it carries out: that stays as it was.
create or replace function runbook_version_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'a version of a runbook is never changed';
end $$;
create or replace trigger runbook_version_append_only before update or delete on runbook_version
  for each row execute function runbook_version_is_append_only();

-- A report stays what was sealed, and so does what it was drafted from.
create or replace function postmortem_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'what a report was drafted from, and what was saved of it, is never changed';
end $$;
create or replace trigger postmortem_evidence_append_only before update or delete on postmortem_evidence
  for each row execute function postmortem_is_append_only();
create or replace trigger postmortem_version_append_only before update or delete on postmortem_version
  for each row execute function postmortem_is_append_only();
create or replace trigger postmortem_copy_unchanged before update on postmortem_copy
  for each row execute function postmortem_is_append_only();
create or replace trigger postmortem_evidence_no_truncate before truncate on postmortem_evidence
  for each statement execute function postmortem_is_append_only();
create or replace trigger postmortem_version_no_truncate before truncate on postmortem_version
  for each statement execute function postmortem_is_append_only();

-- What people were told stays what they were told: a correction is an update of its own.
create or replace function status_update_is_settled() returns trigger language plpgsql as $$
begin
  raise exception 'an update that was sent or dropped is never changed';
end $$;
create or replace trigger status_update_settled before update or delete on status_update
  for each row when (old.state <> 'draft') execute function status_update_is_settled();

-- Blocks come compressed; a second try by TOAST only costs CPU.
alter table ledger alter column block set storage external;
alter table fold_checkpoint alter column block set storage external;
alter table rollup alter column buckets set storage main;
-- A bin is written again with every step that adds to it: room for the new version on the same page.
alter table rollup set (fillfactor = 60);
alter table rollup_chunk alter column bins set storage external;

insert into flag_revision (id, revision) values (1, 1) on conflict do nothing;
-- The built-in flags are a control plane like any other: its deadline and fallback can be set, it cannot be removed.
insert into plane (id, name, kind, deadline_ms, created_by, created_at, updated_at)
  values ('builtin', 'Built-in flags', 'builtin', 10000, 'Belay', now(), now()) on conflict do nothing;
-- Of orders to control planes: grows for ever, so that a later order always has the higher fence.
create sequence if not exists plane_fence;
-- A worker that stands still in the middle of a transaction holds rows that others need: it is cut off, and its
-- transaction has never been. An account that may not set this goes without.
do $$ begin
  execute format('alter role %I in database %I set idle_in_transaction_session_timeout = %L', current_user, current_database(), '30s');
exception when insufficient_privilege then null;
end $$;
