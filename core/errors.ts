/** Who has to act: the author of the manifest or the data, nobody (a later try may work), or us. */
export type ErrorFamily = 'user' | 'transient' | 'bug'

type ErrorRow = {
  readonly family: ErrorFamily
  /** Whether the operator may try again after a delay. `policy`: only with `workerLossPolicy: retry`. */
  readonly retry: boolean | 'policy'
  /** Exit code of the hidden command `attempt`; null: cannot happen there. */
  readonly attempt: number | null
  /** Exit code of every other command. */
  readonly cli: number
  /** Status of the API's problem+json. */
  readonly http: number
}

const MANIFEST = { family: 'user', retry: false, attempt: 64, cli: 2, http: 422 } as const
const DATA = { family: 'user', retry: false, attempt: 65, cli: 3, http: 422 } as const
const LOST = { family: 'transient', retry: 'policy', attempt: null, cli: 5, http: 503 } as const
const BUG = { family: 'bug', retry: false, attempt: 70, cli: 1, http: 500 } as const

/** One row per code; conditions, problem+json, exit codes and the retry rule all read this table. */
export const ERRORS = {
  // The manifest (platform.md 1.4).
  config_invalid: MANIFEST,
  invalid_name: MANIFEST,
  unknown_alpha: MANIFEST,
  invalid_alpha_params: MANIFEST,
  invalid_date: MANIFEST,
  end_not_after_start: MANIFEST,
  period_too_short: MANIFEST,
  date_out_of_range: MANIFEST,
  end_in_future: MANIFEST,
  invalid_weight_method: MANIFEST,
  invalid_horizons: MANIFEST,
  cost_model_invalid: MANIFEST,
  cost_model_too_large: MANIFEST,
  quantiles_invalid: MANIFEST,
  timeout_out_of_range: MANIFEST,
  memory_out_of_range: MANIFEST,
  cpu_out_of_range: MANIFEST,
  invalid_priority: MANIFEST,
  walkforward_invalid: MANIFEST,
  montecarlo_invalid: MANIFEST,
  regression_invalid: MANIFEST,
  identity_missing: { ...MANIFEST, http: 401 },
  // The command and its surroundings.
  usage: { ...MANIFEST, attempt: 1 },
  environment_invalid: { ...MANIFEST, attempt: 1 },
  already_terminal: { ...MANIFEST, attempt: null, http: 409 },
  name_conflict: { ...MANIFEST, attempt: null, http: 409 },
  job_not_found: { ...MANIFEST, attempt: null, http: 404 },
  home_busy: { ...MANIFEST, attempt: null, http: 503 },
  home_invalid: { ...MANIFEST, attempt: null, cli: 3 },
  gate_not_met: { ...MANIFEST, attempt: null, cli: 5 },
  not_deterministic: { ...MANIFEST, attempt: null, cli: 6 },
  // The data.
  dataset_not_found: DATA,
  snapshot_not_found: DATA,
  data_missing: DATA,
  data_invalid: DATA,
  pit_violation: DATA,
  no_signals: DATA,
  insufficient_data: DATA,
  source_failed: { ...DATA, cli: 5 },
  artifacts_missing: { ...DATA, http: 410 },
  artifact_corrupt: { ...DATA, cli: 4, http: 500 },
  // The run.
  memory_limit: { family: 'user', retry: false, attempt: 79, cli: 5, http: 422 },
  timeout: { family: 'user', retry: false, attempt: 76, cli: 124, http: 422 },
  cancelled: { family: 'user', retry: false, attempt: 77, cli: 5, http: 409 },
  interrupted: { family: 'user', retry: false, attempt: 143, cli: 130, http: 503 },
  unit_failed: { family: 'user', retry: false, attempt: 65, cli: 5, http: 422 },
  retries_exhausted: { family: 'user', retry: false, attempt: null, cli: 5, http: 503 },
  unschedulable: { family: 'user', retry: false, attempt: null, cli: 5, http: 503 },
  worker_lost: LOST,
  heartbeat_lost: LOST,
  node_lost: LOST,
  evicted: { ...LOST, retry: true },
  job_deleted: { ...LOST, retry: true },
  image_pull: { ...LOST, retry: true },
  // What stands around us.
  storage_error: { family: 'transient', retry: true, attempt: 75, cli: 3, http: 503 },
  storage_full: { family: 'transient', retry: true, attempt: 75, cli: 3, http: 503 },
  database_unavailable: { family: 'transient', retry: true, attempt: 75, cli: 7, http: 503 },
  cluster_unavailable: { family: 'transient', retry: true, attempt: null, cli: 7, http: 503 },
  cluster_refused: { family: 'user', retry: false, attempt: null, cli: 7, http: 403 },
  // Us.
  schema_violation: BUG,
  reproducibility_missing: BUG,
  engine_error: { ...BUG, cli: 5 },
  invariant_violated: BUG,
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** An expected failure. Anything else that is thrown is a bug and is reported as one. */
export class HindcastError extends Error {
  override readonly name = 'HindcastError'
  readonly code: ErrorCode
  /** JSON pointer into the manifest, if one field is to blame. */
  readonly field: string | undefined

  constructor(code: ErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.field = options.field
  }
}

/** The table row of anything that was thrown; what is not a HindcastError counts as an engine error. */
export function errorRow(thrown: unknown): ErrorRow {
  return ERRORS[thrown instanceof HindcastError ? thrown.code : 'engine_error']
}
