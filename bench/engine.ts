import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { allocateDaily, computeDates, planDays, type Run, summarise } from '../engine/compute.ts'
import type { Panel } from '../engine/panel.ts'
import { goldenPanel } from '../test/golden/load.ts'
import { backtestOn, PANEL_SIZES, type PanelSize, syntheticPanel } from './panels.ts'

/** Seconds of the engine alone on work W (performance.md): from a panel in memory to a whole result. */
export interface EngineTime {
  readonly panel: string
  readonly names: number
  readonly days: number
  readonly threads: number
  readonly minimum: number
  readonly median: number
  /** Smallest CPU time of the whole process: what the work costs on a machine that others use too. */
  readonly cpu: number
  readonly runs: number
  /** Goal in seconds; null where performance.md sets none. */
  readonly goal: number | null
}

const shared = (bytes: number) => new SharedArrayBuffer(bytes)

interface Once {
  readonly wall: number
  readonly cpu: number
}

/** One run in seconds. Worker threads are started before the clock: a runner keeps its own. */
export async function timeOnce(panel: Panel, threads: number): Promise<Once> {
  const backtest = backtestOn(panel, 'momentum')
  const days = planDays(backtest, panel)
  const run: Run = { backtest, panel, days, daily: allocateDaily(days, panel, shared) }
  const file = new URL('./date-worker.ts', import.meta.url)
  const workers = Array.from({ length: threads - 1 }, () => new Worker(file, { workerData: run }))
  await Promise.all(workers.map((worker) => once(worker, 'online')))
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  const bounds = Array.from({ length: threads + 1 }, (_, t) => Math.floor((t * days.count) / threads))
  const others = workers.map((worker, t) => {
    worker.postMessage({ from: bounds[t + 1], to: bounds[t + 2] })
    return once(worker, 'message')
  })
  drain(computeDates(run, 0, bounds[1]!))
  await Promise.all(others)
  drain(summarise(run))
  const wall = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  await Promise.all(workers.map((worker) => worker.terminate()))
  return { wall, cpu: (user + system) / 1e6 }
}

function drain(steps: Generator<unknown, unknown>): void {
  while (!steps.next().done);
}

async function time(
  label: string,
  panel: Panel,
  threads: number,
  { runs, goal }: { runs: number; goal: number | null },
) {
  const times: Once[] = []
  for (let i = 0; i < runs; i++) times.push(await timeOnce(panel, threads))
  const seconds = times.map(({ wall }) => wall).sort((a, b) => a - b)
  const cpu = Math.min(...times.map((once) => once.cpu))
  const [names, days, median] = [panel.permnos.length, panel.dates.length, seconds[runs >> 1]!]
  return { panel: label, names, days, threads, minimum: seconds[0]!, median, cpu, runs, goal }
}

/** A panel on shared memory, so that threads read one copy. */
export function onSharedMemory(panel: Panel): Panel {
  const copy = <A extends Int32Array | Uint8Array | Float64Array>(from: A): A => {
    const to = new (from.constructor as new (bytes: ArrayBufferLike) => A)(shared(from.byteLength))
    to.set(from)
    return to
  }
  const { dates, permnos, present, ret, prc, vol, shrout } = panel
  return {
    dates: copy(dates),
    permnos: copy(permnos),
    present: copy(present),
    ret: copy(ret),
    prc: copy(prc),
    vol: copy(vol),
    shrout: copy(shrout),
    fundamentals: panel.fundamentals,
  }
}

/** Goals 2, 3 and 8 of performance.md: the engine alone, and how it grows with days and names. */
export async function measureEngine(runs = 5): Promise<EngineTime[]> {
  const sp500 = onSharedMemory(await goldenPanel('inputs/sp500_5yr.parquet'))
  const synthetic = (size: PanelSize) => syntheticPanel(size, shared)
  const { M, L } = PANEL_SIZES
  const times = [
    await time('sp500', sp500, 1, { runs: 2 * runs, goal: 0.12 }),
    await time('M', synthetic(M), 1, { runs, goal: null }),
    await time('M, twice the days', synthetic({ ...M, days: 2 * M.days }), 1, { runs, goal: null }),
    await time('M, twice the names', synthetic({ ...M, names: 2 * M.names }), 1, { runs, goal: null }),
  ]
  const large = synthetic(L)
  for (const threads of [1, 2]) times.push(await time('L', large, threads, { runs, goal: threads === 2 ? 1.3 : null }))
  return times
}

if (import.meta.main) {
  for (const { panel, names, days, threads, minimum, median, cpu, runs, goal } of await measureEngine()) {
    const size = `${names} × ${days}`.padEnd(13)
    const goalText = goal === null ? '' : `  goal ${goal} s`
    const [low, middle, work] = [minimum, median, cpu].map((seconds) => `${seconds.toFixed(3)} s`)
    const text = `minimum ${low}  median ${middle} of ${runs}  cpu ${work}${goalText}`
    console.log(`${panel.padEnd(20)} ${size} ${threads} thread(s)  ${text}`)
  }
}
