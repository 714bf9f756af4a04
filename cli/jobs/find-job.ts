import { HindcastError } from '../../core/errors.ts'
import { didYouMean } from '../../crds/reading/suggest.ts'
import type { Job, Ledger, Resource } from '../../storage/ledger/ledger.ts'

/** A job with the newest resource that asked for it; null where nothing asked by name (a recovered record). */
export interface FoundJob {
  readonly job: Job
  readonly resource: Resource | null
}

const JOB_ID = /^[0-9a-f]{32}$/
const BEGINNING = /^[0-9a-f]{4,31}$/
const PAGE = 500
const MOST_SHOWN = 8

/**
 * The job that a user means: a job id, a unique beginning of one, or the name of a resource, maybe as NAMESPACE/NAME.
 * Throws `job_not_found`, or `usage` where more than one job answers to it.
 */
export async function findJob(ledger: Ledger, text: string): Promise<FoundJob> {
  if (JOB_ID.test(text)) {
    const job = await ledger.findJob(text)
    if (job !== null) return await withResource(ledger, job)
  }
  const named = await byName(ledger, text)
  if (named !== null) return named
  const starting = BEGINNING.test(text) ? await byBeginning(ledger, text) : []
  if (starting.length > 1)
    throw ambiguous(
      text,
      starting.map((job) => job.jobId),
    )
  const [only] = starting
  if (only !== undefined) return await withResource(ledger, only)
  const guess = didYouMean(text, await namesOf(ledger))
  const advice = guess ?? '"hindcast list" shows what is there'
  throw new HindcastError('job_not_found', `no job "${text}" in this home; ${advice}`)
}

async function namesOf(ledger: Ledger): Promise<string[]> {
  const { rows } = await ledger.listResources({ limit: PAGE })
  return [...new Set(rows.map((resource) => resource.name))]
}

async function withResource(ledger: Ledger, job: Job): Promise<FoundJob> {
  const { rows } = await ledger.listResources({ jobId: job.jobId, limit: 1 })
  return { job, resource: rows[0] ?? null }
}

async function byName(ledger: Ledger, text: string): Promise<FoundJob | null> {
  const slash = text.indexOf('/')
  const name = text.slice(slash + 1)
  const namespaces = slash === -1 ? {} : { namespaces: [text.slice(0, slash)] }
  const { rows } = await ledger.listResources({ name, limit: PAGE, ...namespaces })
  const homes = new Set(rows.map((resource) => resource.namespace))
  if (homes.size > 1)
    throw ambiguous(
      text,
      [...homes].map((namespace) => `${namespace}/${name}`),
    )
  // A name that came again with another spec means the question that was asked last.
  for (const resource of rows.toSorted((a, b) => lastAsked(b).localeCompare(lastAsked(a)))) {
    const job = resource.jobId === null ? null : await ledger.findJob(resource.jobId)
    if (job !== null) return { job, resource }
  }
  return null
}

function lastAsked({ finishedAt, firstSeenAt }: Resource): string {
  return finishedAt !== null && finishedAt > firstSeenAt ? finishedAt : firstSeenAt
}

async function byBeginning(ledger: Ledger, beginning: string): Promise<Job[]> {
  const found: Job[] = []
  let cursor: string | undefined
  do {
    const page = await ledger.listJobs({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.rows.filter((job) => job.jobId.startsWith(beginning)))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return found
}

function ambiguous(text: string, candidates: readonly string[]): HindcastError {
  const more = candidates.length > MOST_SHOWN ? ` and ${candidates.length - MOST_SHOWN} more` : ''
  return new HindcastError(
    'usage',
    `"${text}" could be ${candidates.slice(0, MOST_SHOWN).join(', ')}${more}; say which`,
  )
}
