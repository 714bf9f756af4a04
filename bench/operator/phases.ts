import { setTimeout as sleep } from 'node:timers/promises'
import type { Crowd } from './crowd.ts'
import type { OperatorProcess } from './operator-process.ts'
import type { PlayedRunner } from './played-runner.ts'
import type { Stage } from './stage.ts'

const WRITERS = 20
/** A burst that takes longer is cut off, and its rate is of what was done by then. */
const BURST_LIMIT_MS = 330_000
const QUIET_MS = 5_000
const QUIET_LIMIT_MS = 120_000
const LIFE_LIMIT_MS = 180_000

export interface Scene {
  readonly stage: Stage
  readonly crowd: Crowd
  readonly runner: PlayedRunner
  readonly operator: OperatorProcess
}

/** From apply to the Job, one after the other, ms each. */
export async function oneByOne({ crowd }: Scene, count: number): Promise<readonly number[]> {
  const took: number[] = []
  for (const name of names('alone', count)) {
    const at = await crowd.apply(name)
    took.push((await crowd.await(name, 'job')).at - at)
  }
  return took
}

/** Whole lives, with nothing else going on: writes of the operator for all of them, by kind. */
export async function wholeLives(scene: Scene, count: number): Promise<ReadonlyMap<string, number>> {
  const { crowd, runner, operator } = scene
  await quiet(operator)
  const before = await operator.writes()
  await inParallel(names('life', count), async (name) => {
    await crowd.apply(name)
    await runner.claim(name)
    await within(crowd.await(name, 'attempt'), name)
    await runner.end(name)
    await within(crowd.await(name, 'completed'), name)
    await within(crowd.await(name, 'ttl'), name)
  })
  await quiet(operator)
  return difference(before, await operator.writes())
}

export interface Burst {
  readonly applied: number
  readonly appliedMs: number
  readonly jobs: number
  readonly tookMs: number
  /** From a Job on the watch to the status that names its attempt, ms each. */
  readonly startShownMs: readonly number[]
  /** From a pod's end to the status Completed, of runs that ended during the burst. */
  readonly endShownMs: readonly number[]
  /** Processor seconds of the operator and of the others meanwhile. */
  readonly operatorCpu: number
  readonly cpu: Readonly<Record<string, number>>
}

/**
 * As many resources at once as twenty clients can apply, while runs that were started before come to their ends. The
 * controllers and the scheduler stand still meanwhile: to make and place a pod for each Job takes them many times what
 * the operator takes, on the same cores.
 */
export async function burst(scene: Scene, { count, ending }: { count: number; ending: number }): Promise<Burst> {
  const { stage, crowd, operator } = scene
  const enders = names('ending', ending)
  await inParallel(enders, async (name) => {
    await crowd.apply(name)
    await within(scene.runner.claim(name), name)
  })
  await quiet(operator)
  for (const daemon of STILL) stage.cluster.signal(daemon, 'SIGSTOP')
  const before = { operator: operator.cpu(), others: stage.cpu(), bench: benchCpu() }
  const began = performance.now()
  const wanted = names('burst', count)
  const ends = endDuring(scene, enders)
  let applied = 0
  await inParallel(wanted, async (name) => {
    if (performance.now() - began >= BURST_LIMIT_MS) return
    await crowd.apply(name)
    applied += 1
  })
  const appliedMs = performance.now() - began
  while (crowd.count('job', 'burst-') < applied && performance.now() - began < BURST_LIMIT_MS) await sleep(100)
  const jobs = wanted.flatMap((name) => crowd.seen(name).job ?? [])
  const tookMs = Math.max(...jobs.map(({ at }) => at)) - began
  const operatorCpu = operator.cpu() - before.operator
  const others = stage.cpu()
  const cpu = Object.fromEntries(Object.entries(others).map(([name, now]) => [name, now - before.others[name]!]))
  const endShownMs = await ends.shown()
  await quiet(operator)
  return {
    applied,
    appliedMs,
    jobs: jobs.length,
    tookMs,
    startShownMs: wanted.flatMap((name) => {
      const { job, attempt } = crowd.seen(name)
      return job === undefined || attempt === undefined ? [] : [Math.max(0, attempt.at - job.at)]
    }),
    endShownMs,
    operatorCpu,
    cpu: { ...cpu, bench: benchCpu() - before.bench },
  }
}

const STILL = ['controllers', 'scheduler'] as const
const benchCpu = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6

/** Ends one run after the other, evenly over the first part of a burst. */
function endDuring({ crowd, runner }: Scene, enders: readonly string[]) {
  const EVERY_MS = 100
  const all = enders.map(async (name, i) => {
    await sleep(1_000 + i * EVERY_MS)
    const at = await runner.end(name)
    const { at: shown } = await within(crowd.await(name, 'completed'), name)
    return Math.max(0, shown - at)
  })
  return { shown: () => Promise.all(all) }
}

export interface Idle {
  readonly seconds: number
  readonly millicores: number
  readonly writes: number
  readonly residentMib: number
}

export async function idle({ operator }: Scene, seconds: number): Promise<Idle> {
  const [before, cpu] = [await operator.writes(), operator.cpu()]
  await sleep(seconds * 1000)
  const millicores = ((operator.cpu() - cpu) / seconds) * 1000
  const writes = [...difference(before, await operator.writes()).values()].reduce((sum, count) => sum + count, 0)
  return { seconds, millicores, writes, residentMib: operator.residentMib() }
}

/** Until nothing was written for a while. */
export async function quiet(operator: OperatorProcess): Promise<void> {
  const since = performance.now()
  let before = await operator.writes()
  for (;;) {
    await sleep(QUIET_MS)
    const now = await operator.writes()
    if (difference(before, now).size === 0 || performance.now() - since > QUIET_LIMIT_MS) return
    before = now
  }
}

function difference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  const grown = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
  return new Map(grown.filter(([, count]) => count > 0))
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

async function inParallel(all: readonly string[], run: (name: string) => Promise<void>): Promise<void> {
  const rest = all.values()
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (const name of rest) await run(name)
    }),
  )
}

async function within<T>(promise: Promise<T>, name: string): Promise<T> {
  const limit = new AbortController()
  const late = sleep(LIFE_LIMIT_MS, null, { signal: limit.signal, ref: false }).then(() => {
    throw new Error(`${name}: not seen within ${LIFE_LIMIT_MS / 1000} s`)
  })
  late.catch(() => {})
  return Promise.race([promise, late]).finally(() => limit.abort())
}
