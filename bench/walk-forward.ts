import type { WalkForward } from '../core/request.ts'
import { allocateWalk, computeAll, computeUnitAll, mergeUnits, type Panel, planWalk } from '../engine/index.ts'
import { spanBacktest } from '../engine/walk-forward/plan-walk.ts'
import type { Figure } from './figure.ts'
import type { BenchOptions } from './goals.ts'
import { backtestOn, PANEL_SIZES, syntheticPanel } from './panels.ts'

/** Seconds of a walk-forward, engine alone, from a panel in memory to the merged result. */
export interface WalkTime {
  readonly what: string
  readonly backtests: number
  /** The first run of the process, before anything is compiled: what a command pays. */
  readonly first: number
  readonly minimum: number
  readonly median: number
  /** Smallest CPU time of the whole process: what the work costs on a machine that others use too. */
  readonly cpu: number
  /** CPU time of the first run. */
  readonly firstCpu: number
  /** Every run, in the order they were made. */
  readonly walls: readonly number[]
  readonly goal: number | null
}

/** Goal 5 of performance.md: 30 small backtests, 3 windows × 9 combinations and 3 tests. */
const GOAL_SECONDS = 0.15

/** The search of the golden case WF_A_reversal on all of a panel's dates. */
function walkOn(panel: Panel): WalkForward {
  return {
    backtest: backtestOn(panel, 'reversal'),
    windows: { trainMonths: 12, testMonths: 3, stepMonths: 3, minTrainDays: 252, purgeDays: 0, embargoDays: 0 },
    search: {
      method: 'grid',
      parameters: { lookbackDays: [5, 10, 21], winsorizePct: [0, 0.01, 0.05] },
      metric: 'mean_ic',
      iterations: 10,
      seed: 42,
      generator: 'counter',
    },
    overfittingThreshold: 2,
  }
}

function walkShared(walkForward: WalkForward, panel: Panel): number {
  const walk = planWalk(walkForward, panel)
  const memory = allocateWalk(walk, panel)
  const units = walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel, memory, unit }))
  return mergeUnits(walk, units).aggregated.testIc
}

/** The same thirty as whole Backtests, one after another: what sharing is measured against. */
function walkApart(walkForward: WalkForward, panel: Panel): void {
  const walk = planWalk(walkForward, panel)
  for (const window of walk.windows) {
    for (const parameters of walk.space.combinations) {
      computeAll(spanBacktest(walkForward, window, { span: 'train', parameters }), panel)
    }
    computeAll(spanBacktest(walkForward, window, { span: 'test', parameters: walk.space.combinations[0]! }), panel)
  }
}

function time(run: () => void, runs: number): Omit<WalkTime, 'what' | 'backtests' | 'goal'> {
  const times = Array.from({ length: runs }, () => {
    const cpuBefore = process.cpuUsage()
    const from = performance.now()
    run()
    const wall = (performance.now() - from) / 1000
    const { user, system } = process.cpuUsage(cpuBefore)
    return { wall, cpu: (user + system) / 1e6 }
  })
  const walls = times.map((once) => once.wall)
  const sorted = walls.toSorted((a, b) => a - b)
  return {
    first: times[0]!.wall,
    minimum: sorted[0]!,
    median: sorted[runs >> 1]!,
    cpu: Math.min(...times.map((once) => once.cpu)),
    firstCpu: times[0]!.cpu,
    walls,
  }
}

/** Goal 5, and beside it the same work without sharing, and the walk of the specification on the panel M. */
export function measureWalkForward(runs = 7): WalkTime[] {
  const small = syntheticPanel(PANEL_SIZES.S)
  const middle = syntheticPanel(PANEL_SIZES.M)
  const [onSmall, onMiddle] = [walkOn(small), walkOn(middle)]
  const windows = (walkForward: WalkForward, panel: Panel) => planWalk(walkForward, panel).windows.length
  const small30 = 10 * windows(onSmall, small)
  const shared = time(() => walkShared(onSmall, small), runs)
  const apart = time(() => walkApart(onSmall, small), runs)
  const large = time(() => walkShared(onMiddle, middle), Math.min(runs, 5))
  return [
    { what: 'S, 3 windows × 9 + 3', backtests: small30, ...shared, goal: GOAL_SECONDS },
    { what: 'S, each backtest apart', backtests: small30, ...apart, goal: null },
    { what: 'M, 9 combinations', backtests: 10 * windows(onMiddle, middle), ...large, goal: null },
  ]
}

/** Goal 5 for the table: the walk beside the same backtests one by one, and a larger one. */
export async function walkForward({ runs }: BenchOptions): Promise<Figure[]> {
  const [shared, apart, large] = measureWalkForward(runs) as [WalkTime, WalkTime, WalkTime]
  const figure = ({ walls, backtests, goal, cpu }: WalkTime) => ({
    goal: 5,
    unit: 's' as const,
    runs: walls,
    target: goal,
    note: `engine alone, ${backtests} backtests, 1 thread; processor time of the least ${cpu.toFixed(3)} s`,
  })
  const peers = [{ name: 'the same backtests one by one', runs: apart.walls }]
  return [
    { ...figure(shared), what: 'walk-forward, S, 3 windows × 9 + 3', peers },
    { ...figure(large), what: 'walk-forward, M, 9 combinations', peers: [] },
  ]
}

if (import.meta.main) {
  for (const { what, backtests, walls, goal, ...times } of measureWalkForward()) {
    const { first, minimum, median, cpu, firstCpu } = times
    const [one, low, middle, work, firstWork] = [first, minimum, median, cpu, firstCpu].map((s) => `${s.toFixed(3)} s`)
    const goalText = goal === null ? '' : `  goal ${goal} s`
    const size = `${what.padEnd(24)} ${String(backtests).padStart(4)} backtests`
    console.log(`${size}  minimum ${low}  median ${middle} of ${walls.length}  CPU ${work}${goalText}`)
    console.log(`${' '.repeat(size.length)}  first ${one}  CPU ${firstWork}`)
  }
}
