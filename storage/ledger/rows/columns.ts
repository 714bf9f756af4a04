import { instant, type RawRow } from '../sql.ts'

/** How a column is cast when it is written and read when it comes back. */
export type ColumnType = 'uuid' | 'text' | 'int' | 'bigint' | 'float' | 'bool' | 'date' | 'timestamptz' | 'jsonb'

/** camelCase field -> its column's type; `!` marks a column that must have a value. */
export type Columns = Readonly<Record<string, ColumnType | `${ColumnType}!`>>

/** Casts of parameters; without them a driver would guess, each its own way. */
export const CAST: Readonly<Record<ColumnType, string>> = {
  uuid: 'uuid',
  text: 'text',
  int: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  bool: 'boolean',
  date: 'date',
  timestamptz: 'timestamptz',
  jsonb: 'jsonb',
}

const RESULT: Columns = {
  metrics: 'jsonb',
  costSummary: 'jsonb',
  resultPath: 'text',
  snapshotId: 'text',
  datasetVersionIds: 'jsonb',
  engineRevision: 'int',
  engineVersion: 'text',
  imageDigest: 'text',
  contentSha256: 'text',
  manifestSha256: 'text',
  resultKey: 'text',
  artifactBytes: 'bigint',
  peakMemoryBytes: 'bigint',
}

/** backtest_jobs. */
export const JOB_COLUMNS: Columns = {
  id: 'uuid!',
  jobId: 'text!',
  configHash: 'text!',
  kind: 'text!',
  namespace: 'text!',
  dataset: 'text',
  status: 'text!',
  alphaName: 'text!',
  startDate: 'date!',
  endDate: 'date!',
  weightMethod: 'text!',
  configJson: 'jsonb',
  createdBy: 'text!',
  priority: 'text!',
  deletionPolicy: 'text!',
  jobTimeout: 'int',
  holderUid: 'text',
  attempt: 'int!',
  lastGoodAttempt: 'int',
  retryCount: 'int',
  createdAt: 'timestamptz!',
  queuedAt: 'timestamptz',
  nextAttemptAt: 'timestamptz',
  startedAt: 'timestamptz',
  completedAt: 'timestamptz',
  updatedAt: 'timestamptz!',
  heartbeatAt: 'timestamptz',
  cancelRequestedAt: 'timestamptz',
  cancelRequestedBy: 'text',
  workerId: 'text',
  progressPct: 'int',
  progressStage: 'text',
  progressDate: 'date',
  errorClass: 'text',
  errorMessage: 'text',
  meanIc: 'float',
  icir: 'float',
  hitRate: 'float',
  coverage: 'float',
  longShortSpread: 'float',
  averageTurnover: 'float',
  decayHalfLife: 'float',
  costConfig: 'jsonb',
  pinned: 'bool!',
  ...RESULT,
}

/** backtest_attempts. */
export const ATTEMPT_COLUMNS: Columns = {
  jobId: 'text!',
  attempt: 'int!',
  status: 'text!',
  cause: 'text!',
  holderUid: 'text',
  operatorEpoch: 'bigint!',
  jobName: 'text',
  priority: 'text!',
  memoryLimit: 'bigint',
  cpu: 'float',
  timeout: 'int!',
  parallelism: 'int!',
  jobsMade: 'int!',
  requestId: 'text',
  openedAt: 'timestamptz!',
  startedAt: 'timestamptz',
  completedAt: 'timestamptz',
  podName: 'text',
  nodeName: 'text',
  exitCode: 'int',
  errorClass: 'text',
  errorMessage: 'text',
  mergedBy: 'text',
  unitsTotal: 'int',
  filesDeletedAt: 'timestamptz',
  ...RESULT,
}

/** backtest_claims. */
export const CLAIM_COLUMNS: Columns = {
  jobId: 'text!',
  attempt: 'int!',
  index: 'int!',
  podUid: 'text!',
  seq: 'bigint!',
  podName: 'text',
  nodeName: 'text',
  claimedAt: 'timestamptz!',
  heartbeatSeq: 'bigint!',
  heartbeatAt: 'timestamptz',
  redisLost: 'bool!',
  rssBytes: 'bigint',
}

/** backtest_resources. */
export const RESOURCE_COLUMNS: Columns = {
  uid: 'text!',
  kind: 'text!',
  namespace: 'text!',
  name: 'text!',
  jobId: 'text',
  createdBy: 'text!',
  deletionPolicy: 'text!',
  priority: 'text!',
  manifest: 'jsonb!',
  handledRequest: 'text',
  firstSeenAt: 'timestamptz!',
  finishedAt: 'timestamptz',
  outcome: 'text',
  goneAt: 'timestamptz',
  generation: 'bigint',
}

const { manifest: _, ...NOTED } = RESOURCE_COLUMNS
/** The same without the manifest. */
export const NOTED_COLUMNS: Columns = NOTED

/** walk_forward_windows, without its key to the attempt. */
export const WINDOW_COLUMNS: Columns = {
  windowId: 'int!',
  trainStart: 'date!',
  trainEnd: 'date!',
  testStart: 'date!',
  testEnd: 'date!',
  bestParams: 'jsonb!',
  trainIc: 'float',
  testIc: 'float',
  testIcir: 'float',
}

/** monte_carlo_results, without its key to the attempt. */
export const INTERVAL_COLUMNS: Columns = {
  metric: 'text!',
  observed: 'float',
  q05: 'float',
  q50: 'float',
  q95: 'float',
  quantiles: 'jsonb',
  pValue: 'float',
}

/** installation. */
export const INSTALLATION_COLUMNS: Columns = {
  id: 'uuid!',
  createdAt: 'timestamptz!',
  schemaVersion: 'int!',
  operatorEpoch: 'bigint!',
  operatorIdentity: 'text',
  epochRaisedAt: 'timestamptz',
}

/** The column of a field: `meanIc` is mean_ic, `contentSha256` is content_sha256. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The SQL type a field's parameter is cast to. Throws on a field that the table does not have. */
export function castOf(columns: Columns, field: string): string {
  const type = columns[field]
  if (type === undefined)
    throw new RangeError(`no column for the field ${field}; known: ${Object.keys(columns).join(', ')}`)
  return CAST[type.replace('!', '') as ColumnType]
}

/**
 * A row of the database as a record of the port's fields. Tolerates what other writers leave: numbers as text, JSON as
 * text, nulls where a default is known. Throws RangeError when a column that must have a value has none.
 */
export function fromRow(columns: Columns, raw: RawRow): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const { field, column, type, needed } of readingOf(columns)) {
    const value = read(type, raw[column] ?? null)
    if (value === null && needed) throw new RangeError(`the column ${column} has no value that can be read`)
    record[field] = value
  }
  return record
}

interface Reading {
  readonly field: string
  readonly column: string
  readonly type: ColumnType
  readonly needed: boolean
}

/** Worked out once for a table: an operator reads hundreds of rows a second. */
const readings = new WeakMap<Columns, readonly Reading[]>()

function readingOf(columns: Columns): readonly Reading[] {
  const known = readings.get(columns)
  if (known !== undefined) return known
  const made = Object.entries(columns).map(([field, type]) => ({
    field,
    column: columnOf(field),
    type: type.replace('!', '') as ColumnType,
    needed: type.endsWith('!'),
  }))
  readings.set(columns, made)
  return made
}

function read(type: ColumnType, value: unknown): unknown {
  if (value === null) return null
  switch (type) {
    case 'int':
    case 'bigint':
    case 'float':
      return readNumber(value)
    case 'bool':
      return value === true || value === 't'
    case 'jsonb':
      return readJson(value)
    case 'date':
      return value instanceof Date ? value.toISOString().slice(0, 10) : String(value)
    case 'timestamptz':
      return value instanceof Date ? value.toISOString() : readInstant(String(value))
    default:
      return String(value)
  }
}

/** The driver has read it; inside JSON it is as the server wrote it. */
function readInstant(text: string): string {
  return text.endsWith('Z') ? text : instant(text)
}

function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function readJson(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return null
  }
}
