import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import {
  createSimulator,
  decodeBlock,
  encodeBlock,
  type MonteCarloResult,
  type MonteCarloRun,
  type MonteCarloSettings,
  mergeBlocks,
  planMonteCarlo,
  type ResampleSource,
  simulateUnit,
} from '../engine/index.ts'
import type { Figure } from './figure.ts'

/** Seconds of a MonteCarlo, engine alone, from the source's series to the merged result. */
export interface PathTime {
  readonly what: string
  readonly paths: number
  readonly days: number
  readonly threads: number
  /** The first run of a process, before its code is compiled. */
  readonly first: number
  readonly minimum: number
  readonly median: number
  /** Smallest CPU time of the whole process: what the work costs on a machine that others use too. */
  readonly cpu: number
  /** Every run, in the order they were made. */
  readonly walls: readonly number[]
  /** Goal in seconds; null where performance.md sets none. */
  readonly goal: number | null
}

/** Goal 6 of performance.md: 10,000 bootstrap paths of 2,520 days, four metrics, two threads. */
const GOAL = { paths: 10_000, days: 2520, threads: 2, seconds: 0.15 } as const
const RUNS = 9

/** A source of so many days: small gains with losses between them, made of whole numbers. */
function sourceOf(days: number): ResampleSource {
  const values = (step: number, scale: number, centre: number) =>
    Float64Array.from({ length: days }, (_, k) => (((k * step + 13) % 1009) - 504) / scale + centre)
  const dates = Int32Array.from({ length: days }, (_, k) => 10000 + k)
  return { returns: { dates, values: values(7919, 30000, 0.0003) }, ic: { dates, values: values(104729, 3000, 0.01) } }
}

const SETTINGS: MonteCarloSettings = {
  simulations: GOAL.paths,
  method: 'bootstrap',
  blockLength: null,
  seed: 42,
  confidenceLevels: [0.05, 0.5, 0.95],
  basis: 'gross',
  generator: 'counter',
}

function unitsOf(run: MonteCarloRun, units: readonly number[]): Uint8Array[] {
  const simulator = createSimulator(run)
  return units.map((unit) => {
    const steps = simulateUnit(simulator, unit)
    for (;;) {
      const step = steps.next()
      if (step.done) return encodeBlock(step.value)
    }
  })
}

/** One whole MonteCarlo; the units of the other threads are those congruent to their number. */
async function simulate(settings: MonteCarloSettings, source: ResampleSource, workers: readonly Worker[]) {
  const run = planMonteCarlo(settings, source)
  const threads = workers.length + 1
  const parts = Array.from({ length: threads }, (_, t) => {
    return Array.from({ length: run.units }, (_, unit) => unit).filter((unit) => unit % threads === t)
  })
  const others = workers.map(async (worker, t) => {
    worker.postMessage({ run, units: parts[t + 1] })
    return (await once(worker, 'message'))[0] as Uint8Array[]
  })
  const bytes = [unitsOf(run, parts[0]!), ...(await Promise.all(others))]
  const blocks = parts.flatMap((units, t) => units.map((unit, i) => decodeBlock(run, unit, bytes[t]![i]!)))
  return mergeBlocks(run, blocks)
}

/** A result's distributions as text: equal for any number of threads. */
function fingerprint({ distributions }: MonteCarloResult): string {
  return Object.values(distributions)
    .map((column) => Buffer.from(column.buffer).toString('base64'))
    .join()
}

async function time(what: string, change: Partial<MonteCarloSettings> & { threads?: number; days?: number }) {
  const { threads = 1, days = GOAL.days, ...settings } = change
  const asked = { ...SETTINGS, ...settings }
  const source = sourceOf(days)
  const workers = Array.from({ length: threads - 1 }, () => new Worker(new URL(import.meta.url)))
  await Promise.all(workers.map((worker) => once(worker, 'online')))
  const seconds: number[] = []
  let cpu = Number.POSITIVE_INFINITY
  let print = ''
  for (let i = 0; i < RUNS; i++) {
    const [from, used] = [performance.now(), process.cpuUsage()]
    const result = await simulate(asked, source, workers)
    seconds.push((performance.now() - from) / 1000)
    const { user, system } = process.cpuUsage(used)
    cpu = Math.min(cpu, (user + system) / 1e6)
    print = fingerprint(result)
  }
  await Promise.all(workers.map((worker) => worker.terminate()))
  const sorted = seconds.toSorted((a, b) => a - b)
  const isGoal = what === 'bootstrap' && threads === GOAL.threads && asked.simulations === GOAL.paths
  const figures = { what, paths: asked.simulations, days, threads, first: seconds[0]!, minimum: sorted[0]! }
  const row: PathTime = {
    ...figures,
    median: sorted[RUNS >> 1]!,
    cpu,
    walls: seconds,
    goal: isGoal ? GOAL.seconds : null,
  }
  return { row, print }
}

/** Most memory of this process in MB after 10,000 paths of 2,520 days, and after 100,000 more. */
async function memory(): Promise<[number, number]> {
  const most = async (simulations: number) => {
    await simulate({ ...SETTINGS, simulations }, sourceOf(GOAL.days), [])
    return process.resourceUsage().maxRSS / 1024
  }
  return [await most(10_000), await most(100_000)]
}

/** Goal 6, one thread beside it, every method, numpy's generator; throws where threads change a byte. */
export async function measureMonteCarlo(): Promise<PathTime[]> {
  const one = await time('bootstrap', {})
  const two = await time('bootstrap', { threads: GOAL.threads })
  if (one.print !== two.print) throw new Error('two threads gave other bytes than one')
  const others = [
    await time('bootstrap, twice the days', { days: 2 * GOAL.days }),
    await time('stationary', { method: 'stationary' }),
    await time('circular', { method: 'circular' }),
    await time('shuffle', { method: 'shuffle' }),
    await time('bootstrap, numpy-pcg64', { generator: 'numpy-pcg64' }),
    await time('bootstrap, 1,000 × 500', { simulations: 1000, days: 500 }),
  ]
  return [one, two, ...others].map(({ row }) => row)
}

/** Goal 6 for the table: two threads, one, other methods and numpy's generator. */
export async function monteCarlo(): Promise<Figure[]> {
  const times = await measureMonteCarlo()
  return times.map((time) => ({
    goal: 6,
    what: nameOf(time),
    unit: 's',
    runs: time.walls,
    target: time.goal,
    peers: [],
    note: `engine alone, four metrics; processor time of the least ${time.cpu.toFixed(3)} s`,
  }))
}

/** `bootstrap, 10,000 × 2,520, 2 threads`; words that hold a size already keep it. */
function nameOf({ what, paths, days, threads }: PathTime): string {
  const size = what.includes('×') ? [] : [`${paths.toLocaleString('en')} × ${days.toLocaleString('en')}`]
  return [what, ...size, threads === 1 ? '1 thread' : `${threads} threads`].join(', ')
}

if (!isMainThread && parentPort !== null) {
  parentPort.on('message', ({ run, units }: { run: MonteCarloRun; units: number[] }) => {
    parentPort!.postMessage(unitsOf(run, units))
  })
} else if (import.meta.main) {
  const [few, many] = await memory()
  console.log(`memory: ${few.toFixed(0)} MB for 10,000 paths, ${many.toFixed(0)} MB for 100,000`)
  for (const time of await measureMonteCarlo()) {
    const { what, paths, days, threads, first, minimum, median, cpu, walls, goal } = time
    const [mid, one, work] = [median, first, cpu].map((seconds) => `${seconds.toFixed(3)} s`)
    const middle = `median ${mid} of ${walls.length}  first ${one}  CPU ${work}`
    const goalText = goal === null ? '' : `  goal ${goal} s`
    const size = `${paths} × ${days}`.padEnd(12)
    console.log(
      `${what.padEnd(26)} ${size} ${threads} thread(s)  minimum ${minimum.toFixed(3)} s  ${middle}${goalText}`,
    )
  }
}
