CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"environment" text,
	"hash" "bytea" NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotent_answer" (
	"key" text PRIMARY KEY NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"status" text NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "person" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "person_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"person_id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_link" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"person_id" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "configuration_revision" (
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"revision" integer NOT NULL,
	"values" json NOT NULL,
	"restored_from" integer,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "configuration_revision_feature_key_environment_revision_pk" PRIMARY KEY("feature_key","environment","revision")
);
--> statement-breakpoint
CREATE TABLE "drill" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"owner" text NOT NULL,
	"level" text NOT NULL,
	"spec" json NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"next_run_at" timestamp with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "drill_fault" (
	"run_id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"version" text NOT NULL,
	"cohort" text NOT NULL,
	"share" integer NOT NULL,
	"fault" jsonb NOT NULL,
	"exposes" boolean NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "drill_line" (
	"run_id" text NOT NULL,
	"seq" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"state" text NOT NULL,
	"text" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "drill_line_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "drill_part" (
	"run_id" text NOT NULL,
	"person" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "drill_part_run_id_person_role_pk" PRIMARY KEY("run_id","person","role")
);
--> statement-breakpoint
CREATE TABLE "drill_run" (
	"id" text PRIMARY KEY NOT NULL,
	"drill_id" text,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"level" text NOT NULL,
	"spec" json NOT NULL,
	"trigger" text NOT NULL,
	"created_by" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp with time zone NOT NULL,
	"shadow" text,
	"rollout_id" text,
	"rollback_id" text,
	"known_good" text,
	"undo" jsonb,
	"fault_at" timestamp with time zone,
	"fault_until" timestamp with time zone,
	"sent_until" timestamp with time zone,
	"errors" integer DEFAULT 0 NOT NULL,
	"decision" jsonb NOT NULL,
	"clocks" jsonb NOT NULL,
	"control" jsonb,
	"proof" jsonb,
	"why" text DEFAULT '' NOT NULL,
	"scheduled_for" timestamp with time zone,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"stop" jsonb,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "drill_skip" (
	"drill_id" text NOT NULL,
	"scheduled_for" timestamp with time zone NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "drill_skip_drill_id_scheduled_for_pk" PRIMARY KEY("drill_id","scheduled_for")
);
--> statement-breakpoint
CREATE TABLE "event" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"reason" text NOT NULL,
	"environment" text,
	"feature" text,
	"rollout_id" text,
	"data" jsonb NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "setting" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cohort" (
	"key" text PRIMARY KEY NOT NULL,
	"description" text NOT NULL,
	"rules" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feature" (
	"key" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"description" text NOT NULL,
	"kind" text NOT NULL,
	"versions" json NOT NULL,
	"baseline" text NOT NULL,
	"baselines" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"plane" text DEFAULT 'builtin' NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flag_revision" (
	"id" integer PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "listener" (
	"id" text PRIMARY KEY NOT NULL,
	"process" text NOT NULL,
	"revision" bigint NOT NULL,
	"heartbeat_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "opt_out" (
	"feature_key" text NOT NULL,
	"targeting_key" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "opt_out_feature_key_targeting_key_pk" PRIMARY KEY("feature_key","targeting_key")
);
--> statement-breakpoint
CREATE TABLE "override" (
	"id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"scope" text NOT NULL,
	"value" text,
	"environment" text,
	"effect" text NOT NULL,
	"version" text,
	"except_in" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"wide" boolean DEFAULT false NOT NULL,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incident" (
	"id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"reason" text NOT NULL,
	"marked_by" text NOT NULL,
	"marked_at" timestamp with time zone NOT NULL,
	"ended_by" text,
	"ended_reason" text,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "database_target" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "database_target_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "migration_step" (
	"id" text PRIMARY KEY NOT NULL,
	"rollout_id" text NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"owner" text NOT NULL,
	"depends_on" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"spec" json NOT NULL,
	"state" text NOT NULL,
	"detail" text DEFAULT '' NOT NULL,
	"next" text DEFAULT '' NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"applied_seq" bigint,
	"ordered_by" text,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "notice" (
	"id" text PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "notice_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"address_id" text NOT NULL,
	"body" jsonb NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone NOT NULL,
	"handed_over_as" text,
	"handovers" integer DEFAULT 0 NOT NULL,
	"copy_id" text,
	"alone" boolean DEFAULT false NOT NULL,
	"left_out" text,
	"last_error" text,
	"created_at" timestamp with time zone NOT NULL,
	"delivered_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "notice_address" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text DEFAULT 'webhook' NOT NULL,
	"webhook_target" text,
	"email" text,
	"new_email" text,
	"code_hash" text,
	"code_until" timestamp with time zone,
	"code_sent_at" timestamp with time zone,
	"code_error" text,
	"code_tries" integer DEFAULT 0 NOT NULL,
	"code_sends" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"confirmed_by" text,
	"confirmed_at" timestamp with time zone,
	"person_id" text,
	"kinds" jsonb NOT NULL,
	"environments" jsonb NOT NULL,
	"wishes" jsonb,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "notice_address_target" CHECK (("notice_address"."kind" = 'email') = ("notice_address"."webhook_target" is null) and ("notice_address"."email" is null or "notice_address"."kind" = 'email'))
);
--> statement-breakpoint
CREATE TABLE "plane" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"webhook_target" text,
	"regions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"deadline_ms" integer NOT NULL,
	"fallback_plane" text,
	"fallback_version" text,
	"breaker" jsonb DEFAULT '{"state":"closed","failures":0}' NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "plane_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "plane_delivery" (
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"plane_id" text NOT NULL,
	"fence" bigint NOT NULL,
	"key" text NOT NULL,
	"desired" jsonb NOT NULL,
	"state" text NOT NULL,
	"detail" text NOT NULL,
	"attempts" integer NOT NULL,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone NOT NULL,
	"ordered_at" timestamp with time zone NOT NULL,
	"confirmed_at" timestamp with time zone,
	CONSTRAINT "plane_delivery_feature_key_environment_pk" PRIMARY KEY("feature_key","environment")
);
--> statement-breakpoint
CREATE TABLE "plane_order" (
	"key" text PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "plane_order_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"fence" bigint NOT NULL,
	"digest" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_target" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_until" timestamp with time zone,
	"allow_private" boolean NOT NULL,
	"state" text NOT NULL,
	"disabled_reason" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "webhook_target_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "postmortem" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text,
	"feature" text NOT NULL,
	"environment" text NOT NULL,
	"rollout_id" text,
	"state" text NOT NULL,
	"audience" text DEFAULT 'viewer' NOT NULL,
	"title" text NOT NULL,
	"revision" integer NOT NULL,
	"document" json,
	"from_at" timestamp with time zone NOT NULL,
	"to_at" timestamp with time zone NOT NULL,
	"draft_due_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"words" text DEFAULT '' NOT NULL,
	"traits" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"begun" json,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "postmortem_action" (
	"id" text PRIMARY KEY NOT NULL,
	"postmortem_id" text NOT NULL,
	"title" text NOT NULL,
	"detail" text NOT NULL,
	"type" text NOT NULL,
	"owner" text NOT NULL,
	"due_on" date NOT NULL,
	"priority" text NOT NULL,
	"state" text NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"tracker_url" text,
	"tracked_at" timestamp with time zone,
	"reminded_at" timestamp with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"closed_by" text
);
--> statement-breakpoint
CREATE TABLE "postmortem_comment" (
	"id" text PRIMARY KEY NOT NULL,
	"postmortem_id" text NOT NULL,
	"section" text NOT NULL,
	"text" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"resolved_by" text,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "postmortem_copy" (
	"id" text PRIMARY KEY NOT NULL,
	"postmortem_id" text NOT NULL,
	"version" integer NOT NULL,
	"by" text NOT NULL,
	"note" text NOT NULL,
	"people" jsonb NOT NULL,
	"content" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "postmortem_cursor" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "postmortem_evidence" (
	"postmortem_id" text NOT NULL,
	"number" integer NOT NULL,
	"facts" text NOT NULL,
	"hash" text NOT NULL,
	"taken_at" timestamp with time zone NOT NULL,
	CONSTRAINT "postmortem_evidence_postmortem_id_number_pk" PRIMARY KEY("postmortem_id","number")
);
--> statement-breakpoint
CREATE TABLE "postmortem_review" (
	"postmortem_id" text NOT NULL,
	"person" text NOT NULL,
	"state" text NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"version" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "postmortem_review_postmortem_id_person_pk" PRIMARY KEY("postmortem_id","person")
);
--> statement-breakpoint
CREATE TABLE "postmortem_tracking" (
	"action_id" text PRIMARY KEY NOT NULL,
	"revision" integer NOT NULL,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"fence" integer DEFAULT 0 NOT NULL,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone NOT NULL,
	"ordered_at" timestamp with time zone NOT NULL,
	"last_error" text
);
--> statement-breakpoint
CREATE TABLE "postmortem_version" (
	"postmortem_id" text NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"document" text NOT NULL,
	"evidence" integer NOT NULL,
	"hash" text NOT NULL,
	"note" text NOT NULL,
	"made_by" text NOT NULL,
	"made_at" timestamp with time zone NOT NULL,
	"event_seq" bigint,
	CONSTRAINT "postmortem_version_postmortem_id_number_pk" PRIMARY KEY("postmortem_id","number")
);
--> statement-breakpoint
CREATE TABLE "rollback" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"rollout_id" text,
	"epoch" integer,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"state" text NOT NULL,
	"cohorts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"target" text,
	"plane" text NOT NULL,
	"fence" bigint NOT NULL,
	"desired" jsonb NOT NULL,
	"revision" integer NOT NULL,
	"runbook_id" text,
	"runbook_name" text NOT NULL,
	"runbook_version" integer NOT NULL,
	"steps" jsonb NOT NULL,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"decided_at" timestamp with time zone NOT NULL,
	"deadline_at" timestamp with time zone NOT NULL,
	"escalated_at" timestamp with time zone,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text,
	"acknowledged_reason" text,
	"fallback" jsonb,
	"lease_until" timestamp with time zone,
	"due_at" timestamp with time zone NOT NULL,
	"attempts" integer NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "rollback_call" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rollback_call_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"rollback_id" text NOT NULL,
	"step" text NOT NULL,
	"attempt" integer NOT NULL,
	"key" text NOT NULL,
	"fence" bigint NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"answered_at" timestamp with time zone,
	"outcome" text,
	"detail" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollback_tick" (
	"rollback_id" text NOT NULL,
	"step" text NOT NULL,
	"note" text NOT NULL,
	"ticked_by" text NOT NULL,
	"ticked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "rollback_tick_rollback_id_step_pk" PRIMARY KEY("rollback_id","step")
);
--> statement-breakpoint
CREATE TABLE "approval" (
	"id" text PRIMARY KEY NOT NULL,
	"rollout_id" text NOT NULL,
	"stage" integer NOT NULL,
	"plan_hash" text NOT NULL,
	"state" text NOT NULL,
	"requested_by" text NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"comment" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "decision" (
	"id" text PRIMARY KEY NOT NULL,
	"rollout_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"action" text NOT NULL,
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	"from_stage" integer NOT NULL,
	"to_stage" integer NOT NULL,
	"cohorts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"reason" text NOT NULL,
	"evidence" jsonb,
	"acted" boolean NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "judgement" (
	"rollout_id" text PRIMARY KEY NOT NULL,
	"format" integer NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"state" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "look" (
	"rollout_id" text NOT NULL,
	"criterion" text NOT NULL,
	"cohort" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"outcome" text NOT NULL,
	"reason" text NOT NULL,
	"estimate" double precision,
	"low" double precision,
	"high" double precision,
	"limit" double precision,
	"baseline_value" double precision,
	"candidate_value" double precision,
	"baseline_n" double precision NOT NULL,
	"candidate_n" double precision NOT NULL,
	CONSTRAINT "look_rollout_id_criterion_cohort_at_pk" PRIMARY KEY("rollout_id","criterion","cohort","at")
);
--> statement-breakpoint
CREATE TABLE "rollout" (
	"id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"owner" text NOT NULL,
	"state" text NOT NULL,
	"mode" text NOT NULL,
	"stage" integer NOT NULL,
	"epoch" integer NOT NULL,
	"plan" json NOT NULL,
	"held_reason" text,
	"withdrawn" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"stage_since" timestamp with time zone,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verdict" (
	"rollout_id" text PRIMARY KEY NOT NULL,
	"epoch" integer NOT NULL,
	"kind" text NOT NULL,
	"reason" text NOT NULL,
	"body" jsonb NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runbook" (
	"id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "runbook_feature_key_unique" UNIQUE("feature_key")
);
--> statement-breakpoint
CREATE TABLE "runbook_version" (
	"runbook_id" text NOT NULL,
	"version" integer NOT NULL,
	"steps" json NOT NULL,
	"reason" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "runbook_version_runbook_id_version_pk" PRIMARY KEY("runbook_id","version")
);
--> statement-breakpoint
CREATE TABLE "template" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"body" json NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "finding" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "finding_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"environment" text NOT NULL,
	"feature" text NOT NULL,
	"metric" text NOT NULL,
	"detail" text NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"count" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fold_batch" (
	"no" bigint PRIMARY KEY NOT NULL,
	"ledger_ids" bigint[] NOT NULL,
	"folded_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "fold_checkpoint" (
	"no" bigint NOT NULL,
	"part" integer NOT NULL,
	"block" "bytea" NOT NULL,
	CONSTRAINT "fold_checkpoint_no_part_pk" PRIMARY KEY("no","part")
);
--> statement-breakpoint
CREATE TABLE "freshest_point" (
	"environment" text NOT NULL,
	"feature" text NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "freshest_point_environment_feature_pk" PRIMARY KEY("environment","feature")
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"received_at" timestamp with time zone NOT NULL,
	"points" integer NOT NULL,
	"block" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_pending" (
	"ledger_id" bigint PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "receipt" (
	"digest" "bytea" PRIMARY KEY NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rejection" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "rejection_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone NOT NULL,
	"environment" text NOT NULL,
	"metric" text NOT NULL,
	"message" text NOT NULL,
	"points" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollup" (
	"series_id" integer NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"n" double precision NOT NULL,
	"sum" double precision,
	"sum2" double precision,
	"min" double precision,
	"max" double precision,
	"last" double precision,
	"buckets" "bytea",
	CONSTRAINT "rollup_series_id_at_pk" PRIMARY KEY("series_id","at")
);
--> statement-breakpoint
CREATE TABLE "rollup_chunk" (
	"series_id" integer NOT NULL,
	"resolution" smallint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"bins" "bytea" NOT NULL,
	CONSTRAINT "rollup_chunk_series_id_resolution_at_pk" PRIMARY KEY("series_id","resolution","at")
);
--> statement-breakpoint
CREATE TABLE "series" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "series_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"hash" "bytea" NOT NULL,
	"environment" text NOT NULL,
	"feature" text NOT NULL,
	"version" text NOT NULL,
	"cohort" text NOT NULL,
	"metric" text NOT NULL,
	"kind" text NOT NULL,
	"unit" text NOT NULL,
	"attributes" jsonb NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "series_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "stream" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stream_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"hash" "bytea" NOT NULL,
	"environment" text NOT NULL,
	"metric" text NOT NULL,
	"kind" text NOT NULL,
	"unit" text NOT NULL,
	"temporality" text NOT NULL,
	"monotonic" boolean NOT NULL,
	"attributes" jsonb NOT NULL,
	"resource" jsonb NOT NULL,
	"scope" jsonb NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stream_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "pinned_exposure" (
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"exposure" json NOT NULL,
	"snapshot_id" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "pinned_exposure_feature_key_environment_pk" PRIMARY KEY("feature_key","environment")
);
--> statement-breakpoint
CREATE TABLE "snapshot" (
	"id" text PRIMARY KEY NOT NULL,
	"feature_key" text NOT NULL,
	"environment" text NOT NULL,
	"rollout_id" text,
	"cause" text NOT NULL,
	"body" json NOT NULL,
	"digest" text NOT NULL,
	"taken_by" text NOT NULL,
	"taken_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "status_cursor" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "status_page" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"environment" text NOT NULL,
	"title" text NOT NULL,
	"public_title" text,
	"link_hash" text,
	"link_made_at" timestamp with time zone,
	"link_made_by" text,
	"closed" boolean DEFAULT false NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "status_page_link_hash_unique" UNIQUE("link_hash")
);
--> statement-breakpoint
CREATE TABLE "status_update" (
	"id" text PRIMARY KEY NOT NULL,
	"page_id" text NOT NULL,
	"moment" text NOT NULL,
	"headline" text DEFAULT '' NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"standing" text NOT NULL,
	"text" text NOT NULL,
	"public_text" text NOT NULL,
	"next_at" timestamp with time zone,
	"state" text NOT NULL,
	"revision" integer DEFAULT 0 NOT NULL,
	"drafted_from" json NOT NULL,
	"seq" bigint,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"edited_by" text,
	"ended_by" text,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sign_in_link" ADD CONSTRAINT "sign_in_link_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "configuration_revision" ADD CONSTRAINT "configuration_revision_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill" ADD CONSTRAINT "drill_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_fault" ADD CONSTRAINT "drill_fault_run_id_drill_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_fault" ADD CONSTRAINT "drill_fault_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_line" ADD CONSTRAINT "drill_line_run_id_drill_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_part" ADD CONSTRAINT "drill_part_run_id_drill_run_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."drill_run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_run" ADD CONSTRAINT "drill_run_drill_id_drill_id_fk" FOREIGN KEY ("drill_id") REFERENCES "public"."drill"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_run" ADD CONSTRAINT "drill_run_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "drill_skip" ADD CONSTRAINT "drill_skip_drill_id_drill_id_fk" FOREIGN KEY ("drill_id") REFERENCES "public"."drill"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opt_out" ADD CONSTRAINT "opt_out_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "override" ADD CONSTRAINT "override_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident" ADD CONSTRAINT "incident_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "migration_step" ADD CONSTRAINT "migration_step_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice" ADD CONSTRAINT "notice_address_id_notice_address_id_fk" FOREIGN KEY ("address_id") REFERENCES "public"."notice_address"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice" ADD CONSTRAINT "notice_copy_id_postmortem_copy_id_fk" FOREIGN KEY ("copy_id") REFERENCES "public"."postmortem_copy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_address" ADD CONSTRAINT "notice_address_webhook_target_webhook_target_id_fk" FOREIGN KEY ("webhook_target") REFERENCES "public"."webhook_target"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_address" ADD CONSTRAINT "notice_address_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plane" ADD CONSTRAINT "plane_webhook_target_webhook_target_id_fk" FOREIGN KEY ("webhook_target") REFERENCES "public"."webhook_target"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plane" ADD CONSTRAINT "plane_fallback_plane_plane_id_fk" FOREIGN KEY ("fallback_plane") REFERENCES "public"."plane"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plane_delivery" ADD CONSTRAINT "plane_delivery_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plane_delivery" ADD CONSTRAINT "plane_delivery_plane_id_plane_id_fk" FOREIGN KEY ("plane_id") REFERENCES "public"."plane"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plane_order" ADD CONSTRAINT "plane_order_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_action" ADD CONSTRAINT "postmortem_action_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_comment" ADD CONSTRAINT "postmortem_comment_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_copy" ADD CONSTRAINT "postmortem_copy_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_evidence" ADD CONSTRAINT "postmortem_evidence_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_review" ADD CONSTRAINT "postmortem_review_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_tracking" ADD CONSTRAINT "postmortem_tracking_action_id_postmortem_action_id_fk" FOREIGN KEY ("action_id") REFERENCES "public"."postmortem_action"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "postmortem_version" ADD CONSTRAINT "postmortem_version_postmortem_id_postmortem_id_fk" FOREIGN KEY ("postmortem_id") REFERENCES "public"."postmortem"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollback" ADD CONSTRAINT "rollback_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollback" ADD CONSTRAINT "rollback_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollback" ADD CONSTRAINT "rollback_target_snapshot_id_fk" FOREIGN KEY ("target") REFERENCES "public"."snapshot"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollback_call" ADD CONSTRAINT "rollback_call_rollback_id_rollback_id_fk" FOREIGN KEY ("rollback_id") REFERENCES "public"."rollback"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollback_tick" ADD CONSTRAINT "rollback_tick_rollback_id_rollback_id_fk" FOREIGN KEY ("rollback_id") REFERENCES "public"."rollback"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approval" ADD CONSTRAINT "approval_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decision" ADD CONSTRAINT "decision_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "judgement" ADD CONSTRAINT "judgement_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "look" ADD CONSTRAINT "look_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollout" ADD CONSTRAINT "rollout_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "verdict" ADD CONSTRAINT "verdict_rollout_id_rollout_id_fk" FOREIGN KEY ("rollout_id") REFERENCES "public"."rollout"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runbook" ADD CONSTRAINT "runbook_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runbook_version" ADD CONSTRAINT "runbook_version_runbook_id_runbook_id_fk" FOREIGN KEY ("runbook_id") REFERENCES "public"."runbook"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pinned_exposure" ADD CONSTRAINT "pinned_exposure_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pinned_exposure" ADD CONSTRAINT "pinned_exposure_snapshot_id_snapshot_id_fk" FOREIGN KEY ("snapshot_id") REFERENCES "public"."snapshot"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_feature_key_feature_key_fk" FOREIGN KEY ("feature_key") REFERENCES "public"."feature"("key") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "status_update" ADD CONSTRAINT "status_update_page_id_status_page_id_fk" FOREIGN KEY ("page_id") REFERENCES "public"."status_page"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idempotent_answer_created" ON "idempotent_answer" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "drill_feature" ON "drill" USING btree ("feature_key","environment");--> statement-breakpoint
CREATE INDEX "drill_next" ON "drill" USING btree ("next_run_at");--> statement-breakpoint
CREATE INDEX "drill_fault_of" ON "drill_fault" USING btree ("feature_key","environment");--> statement-breakpoint
CREATE UNIQUE INDEX "drill_run_one_live" ON "drill_run" USING btree ("feature_key","environment") WHERE "drill_run"."state" not in ('restored', 'failed', 'aborted', 'interrupted');--> statement-breakpoint
CREATE UNIQUE INDEX "drill_run_once" ON "drill_run" USING btree ("drill_id","scheduled_for") WHERE "drill_run"."scheduled_for" is not null;--> statement-breakpoint
CREATE INDEX "drill_run_due" ON "drill_run" USING btree ("due_at") WHERE "drill_run"."state" not in ('restored', 'failed', 'aborted', 'interrupted');--> statement-breakpoint
CREATE INDEX "drill_run_of" ON "drill_run" USING btree ("drill_id","started_at");--> statement-breakpoint
CREATE INDEX "event_rollout" ON "event" USING btree ("rollout_id","seq");--> statement-breakpoint
CREATE INDEX "event_feature" ON "event" USING btree ("feature","seq");--> statement-breakpoint
CREATE INDEX "event_at" ON "event" USING btree ("at");--> statement-breakpoint
CREATE INDEX "event_postmortem" ON "event" USING btree (("data"->>'postmortemId'),"seq") WHERE "event"."kind" like 'postmortem.%';--> statement-breakpoint
CREATE INDEX "override_feature" ON "override" USING btree ("feature_key");--> statement-breakpoint
CREATE UNIQUE INDEX "incident_one_open" ON "incident" USING btree ("feature_key","environment") WHERE "incident"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "incident_newest" ON "incident" USING btree ("marked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "migration_step_name" ON "migration_step" USING btree ("rollout_id","name");--> statement-breakpoint
CREATE INDEX "migration_step_state" ON "migration_step" USING btree ("state");--> statement-breakpoint
CREATE INDEX "notice_due" ON "notice" USING btree ("state","due_at");--> statement-breakpoint
CREATE INDEX "notice_of_address" ON "notice" USING btree ("address_id","seq");--> statement-breakpoint
CREATE INDEX "notice_of_copy" ON "notice" USING btree ("copy_id");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_address_once" ON "notice_address" USING btree ("webhook_target");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_address_person" ON "notice_address" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "notice_address_email" ON "notice_address" USING btree (lower("email")) WHERE "notice_address"."person_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "notice_address_new_email" ON "notice_address" USING btree (lower("new_email")) WHERE "notice_address"."person_id" is null;--> statement-breakpoint
CREATE INDEX "plane_order_newest" ON "plane_order" USING btree ("feature_key","environment","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "postmortem_one_per_subject" ON "postmortem" USING btree ("subject_kind","subject_id") WHERE "postmortem"."subject_id" is not null;--> statement-breakpoint
CREATE INDEX "postmortem_feature" ON "postmortem" USING btree ("feature","created_at");--> statement-breakpoint
CREATE INDEX "postmortem_draft_due" ON "postmortem" USING btree ("draft_due_at");--> statement-breakpoint
CREATE INDEX "postmortem_words" ON "postmortem" USING gin (to_tsvector('simple', "words"));--> statement-breakpoint
CREATE INDEX "postmortem_traits" ON "postmortem" USING gin ("traits");--> statement-breakpoint
CREATE INDEX "postmortem_action_due" ON "postmortem_action" USING btree ("state","due_on");--> statement-breakpoint
CREATE INDEX "postmortem_action_of" ON "postmortem_action" USING btree ("postmortem_id");--> statement-breakpoint
CREATE INDEX "postmortem_action_words" ON "postmortem_action" USING gin (to_tsvector('simple', "title" || ' ' || "detail"));--> statement-breakpoint
CREATE INDEX "postmortem_comment_of" ON "postmortem_comment" USING btree ("postmortem_id","at");--> statement-breakpoint
CREATE INDEX "postmortem_copy_of" ON "postmortem_copy" USING btree ("postmortem_id","at");--> statement-breakpoint
CREATE INDEX "postmortem_tracking_due" ON "postmortem_tracking" USING btree ("state","due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "rollback_one_per_epoch" ON "rollback" USING btree ("rollout_id","epoch") WHERE "rollback"."rollout_id" is not null;--> statement-breakpoint
CREATE INDEX "rollback_feature" ON "rollback" USING btree ("feature_key","environment","decided_at");--> statement-breakpoint
CREATE INDEX "rollback_due" ON "rollback" USING btree ("due_at") WHERE "rollback"."state" <> 'verified';--> statement-breakpoint
CREATE INDEX "rollback_call_of" ON "rollback_call" USING btree ("rollback_id","id");--> statement-breakpoint
CREATE INDEX "approval_state" ON "approval" USING btree ("state");--> statement-breakpoint
CREATE UNIQUE INDEX "approval_one_pending" ON "approval" USING btree ("rollout_id","stage") WHERE "approval"."state" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "decision_one_per_epoch" ON "decision" USING btree ("rollout_id","epoch") WHERE "decision"."acted";--> statement-breakpoint
CREATE INDEX "decision_rollout" ON "decision" USING btree ("rollout_id","at");--> statement-breakpoint
CREATE INDEX "decision_by_itself" ON "decision" USING btree ("at") WHERE "decision"."acted" and "decision"."actor_kind" = 'rule' and "decision"."action" in ('roll_back', 'withdraw');--> statement-breakpoint
CREATE UNIQUE INDEX "rollout_one_running" ON "rollout" USING btree ("feature_key","environment") WHERE "rollout"."state" in ('running', 'held', 'rolling_back');--> statement-breakpoint
CREATE INDEX "rollout_state" ON "rollout" USING btree ("state");--> statement-breakpoint
CREATE UNIQUE INDEX "template_name" ON "template" USING btree ("kind","name");--> statement-breakpoint
CREATE UNIQUE INDEX "finding_one" ON "finding" USING btree ("kind","environment","feature","metric");--> statement-breakpoint
CREATE INDEX "ledger_received" ON "ledger" USING brin ("received_at");--> statement-breakpoint
CREATE INDEX "receipt_received" ON "receipt" USING brin ("received_at");--> statement-breakpoint
CREATE INDEX "rollup_at" ON "rollup" USING brin ("at");--> statement-breakpoint
CREATE INDEX "rollup_chunk_at" ON "rollup_chunk" USING btree ("at");--> statement-breakpoint
CREATE INDEX "series_lookup" ON "series" USING btree ("environment","feature","metric");--> statement-breakpoint
CREATE UNIQUE INDEX "series_id" ON "series" USING btree ("id");--> statement-breakpoint
CREATE INDEX "snapshot_feature" ON "snapshot" USING btree ("feature_key","environment","taken_at");--> statement-breakpoint
CREATE INDEX "snapshot_rollout" ON "snapshot" USING btree ("rollout_id");--> statement-breakpoint
CREATE UNIQUE INDEX "status_page_of" ON "status_page" USING btree ("subject_kind","subject_id");--> statement-breakpoint
CREATE INDEX "status_page_newest" ON "status_page" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "status_update_of" ON "status_update" USING btree ("page_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "status_update_one_per_event" ON "status_update" USING btree ("page_id","seq") WHERE "status_update"."seq" is not null;