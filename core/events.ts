type Level = 'error' | 'warn' | 'info' | 'debug'

interface LogEvent {
  /** error: a person is needed; warn: degraded, still right; info: one line for each transition; debug: passes. */
  readonly level: Level
  /** Reason of the Kubernetes Event that goes with it; null: people need not see it on the resource. */
  readonly reason: string | null
}

const told = (level: Level, reason: string): LogEvent => ({ level, reason })
const quiet = (level: Level): LogEvent => ({ level, reason: null })

/**
 * Every value the field `event` of a log line may have (platform.md 7.2): operator, runner and API write no other.
 * Values stand in fields beside it, never in the name.
 */
export const EVENTS = {
  // The life of a job.
  job_recorded: quiet('info'),
  // Its Job follows in the same breath, and tells.
  attempt_opened: quiet('info'),
  job_created: told('info', 'JobCreated'),
  job_remade: told('warn', 'JobRemade'),
  job_vanished: told('warn', 'JobVanished'),
  attempt_running: told('info', 'Running'),
  attempt_stage: quiet('info'),
  attempt_failed: told('warn', 'Failed'),
  attempt_lost: told('warn', 'WorkerLost'),
  job_failed: told('warn', 'Failed'),
  retry_scheduled: told('warn', 'RetryScheduled'),
  retries_exhausted: told('error', 'RetriesExhausted'),
  commit_ok: told('info', 'Completed'),
  reused: told('info', 'Reused'),
  waiting_for_identical: told('info', 'WaitingForIdentical'),
  rerun_opened: told('info', 'Rerun'),
  waiter_turn: told('info', 'WaiterTurn'),
  admission_blocked: told('info', 'NotAdmitted'),
  resource_invalid: told('warn', 'ConfigInvalid'),
  name_conflict: told('warn', 'NameConflict'),
  source_created: told('info', 'SourceCreated'),
  suspended_by_queue: told('info', 'SuspendedByQueue'),
  runner_not_configured: told('warn', 'RunnerNotConfigured'),
  orphan_row_failed: quiet('warn'),
  row_rebuilt: quiet('info'),
  // Cancelling.
  cancel_flag_set: told('info', 'Cancelling'),
  cancelled_queued_job: told('info', 'Cancelled'),
  cancelled_running_job: told('info', 'Cancelled'),
  cancel_too_late: told('info', 'CancelTooLate'),
  cancel_orphan: quiet('info'),
  cancel_progress_parse_failed: quiet('warn'),
  request_unknown: told('warn', 'RequestUnknown'),
  // The record and the side channel.
  record_pending: told('warn', 'RecordPending'),
  record_caught_up: told('info', 'RecordCaughtUp'),
  fenced_writer: quiet('warn'),
  redis_degraded: quiet('warn'),
  redis_recovered: quiet('info'),
  storage_full: quiet('error'),
  storage_recovered: quiet('info'),
  redis_connection_failed: quiet('warn'),
  database_unavailable: quiet('warn'),
  database_recovered: quiet('info'),
  heartbeat_parse_failed: quiet('warn'),
  progress_json_decode_failed: quiet('warn'),
  invalid_db_update_columns_detected: quiet('error'),
  // The runner.
  worker_starting: quiet('info'),
  worker_startup_failed: quiet('error'),
  worker_ended: quiet('info'),
  job_timeout_invalid: quiet('error'),
  units_resumed: quiet('info'),
  unit_damaged: quiet('warn'),
  staging_swept: quiet('info'),
  artifact_cleanup_failed: quiet('warn'),
  artifact_load_failed: quiet('warn'),
  portfolio_returns_missing: quiet('warn'),
  cost_model_computed: quiet('info'),
  cost_model_skipped: quiet('info'),
  walk_forward_train_overlap: quiet('warn'),
  walk_forward_nan_windows: quiet('warn'),
  monte_carlo_unseeded: quiet('info'),
  qlib_partial_import: quiet('warn'),
  // The operator itself.
  operator_starting: quiet('info'),
  operator_stopping: quiet('info'),
  leader_elected: quiet('info'),
  leader_lost: quiet('warn'),
  caches_synced: quiet('info'),
  watch_failed: quiet('warn'),
  sweep_done: quiet('info'),
  pass_decided: quiet('debug'),
  pass_failed: quiet('warn'),
  api_call_failed: quiet('warn'),
  cleanup_started: quiet('info'),
} as const satisfies Readonly<Record<string, LogEvent>>

export type EventName = keyof typeof EVENTS
