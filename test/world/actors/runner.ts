import { HindcastError } from '../../../core/errors.ts'
import { encodeTermination, type Termination } from '../../../core/process/termination.ts'
import type { Clock } from '../../../kube/clock.ts'
import { sleep } from '../../../kube/clock.ts'
import type { Claim, Completion, Fenced, Ledger } from '../../../storage/ledger/ledger.ts'
import type { ProgressChannel } from '../../../storage/progress/channel.ts'
import { result } from '../../contract/ledger/builders.ts'
import type { Program, SimulatedPod } from '../api-server/container.ts'

/** What becomes of one attempt, pod by pod the same. `slow`: as happy, but for ten minutes. */
export type Fate = 'happy' | 'fail' | 'data' | 'oom' | 'timeout' | 'crash' | 'hang' | 'deaf' | 'environment' | 'slow'

/** What a runner works with; each may fail, and says so as the real ones do. */
export interface RunnerWorld {
  readonly clock: Clock
  readonly ledger: Ledger
  readonly progress: ProgressChannel
  readonly random: () => number
  /** Of the resource and attempt of a pod. */
  readonly fateOf: (name: string, attempt: number) => Fate
  /** Whether the process of that pod is stopped (SIGSTOP): it does nothing until it is not. */
  readonly frozen: (podUid: string) => boolean
  /** Whether a result finds room in the store. */
  readonly hasRoom: () => boolean
  /** A result that was put in its place: gives false where one of that attempt is there already. */
  readonly place: (jobId: string, attempt: number) => boolean
  readonly unplace: (jobId: string, attempt: number) => void
}

const SECOND = 1_000
const BEAT_MS = 5 * SECOND
const ROW_BEAT_MS = 10 * SECOND
/** Patience with Postgres before the claim, and at the commit. */
const CLAIM_PATIENCE_MS = 120 * SECOND
const COMMIT_PATIENCE_MS = 300 * SECOND
const UNITS = 4
const SET = { engineRevision: 1, total: UNITS }

/** The program of a runner's pod: claims, beats, computes, commits, and ends by the contract of platform.md 2.6. */
export function runnerProgram(world: RunnerWorld, pod: SimulatedPod): Program {
  const attempt = Number(pod.env('HINDCAST_ATTEMPT'))
  const run: Run = {
    world,
    pod,
    attempt,
    jobId: pod.env('HINDCAST_JOB_ID') ?? '',
    namespace: pod.env('HINDCAST_NAMESPACE') ?? '',
    parallelism: Number(pod.env('HINDCAST_PARALLELISM')),
    fate: world.fateOf(pod.env('HINDCAST_NAME') ?? '', attempt),
    stop: null,
    committing: false,
  }
  return {
    start: () => void live(run).catch((thrown) => pod.exit(70, String(thrown))),
    terminate: () => {
      if (run.fate === 'deaf' || run.fate === 'hang') return
      run.stop ??= 'term'
    },
  }
}

/** Fates that come to a result unless somebody ends them. */
const COMMITS: readonly Fate[] = ['happy', 'slow', 'deaf']

interface Run {
  readonly world: RunnerWorld
  readonly pod: SimulatedPod
  readonly jobId: string
  readonly namespace: string
  readonly attempt: number
  readonly parallelism: number
  readonly fate: Fate
  stop: 'term' | 'cancel' | 'fenced' | null
  committing: boolean
}

const claimOf = ({ jobId, attempt, pod }: Run): Claim => ({ jobId, attempt, index: pod.index ?? 0, podUid: pod.uid })

/** Nothing goes on in a process that ended, and nothing in one that is stopped until it goes on. */
class Ended extends Error {}

async function rest({ world, pod }: Run, ms: number): Promise<void> {
  await sleep(world.clock, ms)
  while (pod.alive() && world.frozen(pod.uid)) await sleep(world.clock, SECOND)
  if (!pod.alive()) throw new Ended()
}

/** Tries a statement until it is answered or patience ends; null: Postgres stayed away, or SIGTERM came. */
async function patient<T>(run: Run, patienceMs: number, say: () => Promise<T>): Promise<T | null> {
  const { clock } = run.world
  const until = clock.monotonic() + patienceMs
  for (;;) {
    try {
      return await say()
    } catch (thrown) {
      if (!(thrown instanceof HindcastError)) throw thrown
      if (clock.monotonic() >= until || run.stop === 'term') return null
      await rest(run, 2 * SECOND)
    }
  }
}

async function live(run: Run): Promise<void> {
  try {
    await attemptLife(run)
  } catch (thrown) {
    if (!(thrown instanceof Ended)) throw thrown
  }
}

async function attemptLife(run: Run): Promise<void> {
  const { world, pod, fate } = run
  await rest(run, 200 + world.random() * SECOND)
  if (fate === 'environment') return pod.exit(1)
  const claim = { ...claimOf(run), workerId: pod.name, nodeName: pod.node }
  const claimed = await patient(run, CLAIM_PATIENCE_MS, () => world.ledger.claim(claim))
  if (claimed === null) return pod.exit(75, words(run, { outcome: 'failed', class: 'database_unavailable' }))
  if (claimed === 'fenced') return pod.exit(78, words(run, { outcome: 'fenced' }))
  if (fate === 'hang') return
  void beats(run).catch(() => {})
  await compute(run)
  if (run.stop !== null) return stopped(run)
  if (!COMMITS.includes(fate)) return ended(run)
  if (run.parallelism > 1 && !(await merges(run))) return pod.exit(0)
  await commit(run)
}

/** Until the process ends: every beat in Redis, every second one in the row, which may say that it is over. */
async function beats(run: Run): Promise<void> {
  const { world, pod, attempt, namespace, jobId, parallelism } = run
  const index = pod.index ?? 0
  let rowAt = Number.NEGATIVE_INFINITY
  for (let seq = 1; ; seq += 1) {
    const key = { namespace, jobId, attempt, parallelism }
    const beat = { attempt, index, podUid: pod.uid, seq, rssBytes: null, percent: 40 }
    await world.progress.beat(key, beat).catch(() => {})
    const flagged = await world.progress.cancelFlagged({ namespace, jobId }, attempt).catch(() => false)
    if (flagged && run.fate !== 'deaf') run.stop ??= 'cancel'
    if (world.clock.monotonic() - rowAt >= ROW_BEAT_MS) {
      rowAt = world.clock.monotonic()
      const pulse = await world.ledger.beat(claimOf(run), { seq, rssBytes: null, redisLost: false }).catch(() => null)
      if (pulse === 'fenced') run.stop = 'fenced'
      else if (pulse?.cancelRequested === true && run.fate !== 'deaf') run.stop ??= 'cancel'
    }
    await rest(run, BEAT_MS)
  }
}

/** A while of work; a parallel one stores its units as they finish. */
async function compute(run: Run): Promise<void> {
  const { world, parallelism, pod } = run
  const steps = run.fate === 'slow' ? 600 : 5 + Math.floor(world.random() * 40)
  const units = Array.from({ length: UNITS }, (_, unit) => unit).filter(
    (unit) => unit % parallelism === (pod.index ?? 0),
  )
  if (parallelism > 1) await patient(run, COMMIT_PATIENCE_MS, () => world.ledger.openUnits(claimOf(run), SET))
  for (let done = 0; done < steps && run.stop === null; done += 1) {
    await rest(run, SECOND)
    const unit = units[done]
    if (parallelism === 1 || unit === undefined) continue
    const stored = await patient(run, COMMIT_PATIENCE_MS, () =>
      world.ledger.storeUnits(claimOf(run), SET, [{ unit, bytes: new Uint8Array([unit]) }]),
    )
    if (stored === 'fenced') run.stop = 'fenced'
  }
}

async function merges(run: Run): Promise<boolean> {
  const taken = await patient(run, COMMIT_PATIENCE_MS, () => run.world.ledger.takeMerge(claimOf(run), SET))
  return taken === 'taken'
}

async function commit(run: Run): Promise<void> {
  const { world, pod, jobId, attempt } = run
  // The row stays as it is: a retry may cure it.
  if (!world.hasRoom()) return pod.exit(75, words(run, { outcome: 'failed', class: 'storage_full' }))
  run.committing = true
  if (!world.place(jobId, attempt)) return pod.exit(78, words(run, { outcome: 'fenced' }))
  const completed = await patient(run, COMMIT_PATIENCE_MS, () => world.ledger.complete(claimOf(run), completion(run)))
  if (completed === null) return pod.exit(75, words(run, { outcome: 'completed' }))
  if (completed !== 'fenced') return pod.exit(0, words(run, { outcome: 'completed' }))
  world.unplace(jobId, attempt)
  pod.exit(78, words(run, { outcome: 'fenced' }))
}

/** SIGTERM, a cancel or a fence: the row says which end it is. */
async function stopped(run: Run): Promise<void> {
  const { world, pod } = run
  if (run.stop === 'fenced') return pod.exit(78, words(run, { outcome: 'fenced' }))
  if (run.stop === 'term') {
    const pulse = await world.ledger.beat(claimOf(run), { seq: 0, rssBytes: null, redisLost: false }).catch(() => null)
    if (pulse === 'fenced') return pod.exit(78, words(run, { outcome: 'fenced' }))
    if (pulse?.cancelRequested !== true) return pod.exit(143, words(run, { outcome: 'interrupted' }))
  }
  const failure = { errorClass: 'cancelled', message: 'cancelled' }
  await world.ledger.cancel(claimOf(run), failure).catch((): Fenced => 'fenced')
  pod.exit(77, words(run, { outcome: 'cancelled' }))
}

const FAILURES = {
  fail: { code: 'engine_error', exit: 70 },
  data: { code: 'data_invalid', exit: 65 },
  timeout: { code: 'timeout', exit: 76 },
} as const

async function ended(run: Run): Promise<void> {
  const { world, pod, fate } = run
  if (fate === 'oom') return pod.outOfMemory()
  if (fate === 'crash') return pod.exit(137)
  const { code, exit } = FAILURES[fate as keyof typeof FAILURES]
  const failure = { errorClass: code, message: 'the world wants it so', exitCode: exit }
  await world.ledger.fail(claimOf(run), failure).catch((): Fenced => 'fenced')
  pod.exit(exit, words(run, { outcome: 'failed', class: code }))
}

function completion({ namespace, jobId, attempt }: Run): Completion {
  const datasetVersionIds = { crsp: `1:${'ab'.repeat(32)}` }
  return result({ resultPath: `${namespace}/${jobId}/${attempt}`, datasetVersionIds })
}

/** The termination message. */
function words(run: Run, change: Partial<Termination>): string {
  const { jobId, attempt, pod } = run
  const { resultPath, manifestSha256, contentSha256, engineRevision, engineVersion, ...more } = completion(run)
  const { snapshotId, datasetVersionIds, metrics, artifactBytes } = more
  const places = { resultPath, manifestSha256, contentSha256, engineRevision, engineVersion }
  return encodeTermination({
    v: 1,
    jobId,
    attempt,
    index: pod.index ?? 0,
    podUid: pod.uid,
    outcome: 'failed',
    class: null,
    message: '',
    pct: 40,
    result:
      change.outcome === 'completed'
        ? { ...places, snapshotId, datasetVersionIds, metrics, costSummary: null, artifactBytes }
        : null,
    peakMemory: null,
    ...change,
  })
}
