import type { Figure } from './figure.ts'
import type { BenchOptions } from './goals.ts'
import { measureMonteCarlo, type PathTime } from './monte-carlo.ts'
import { measureWalkForward, type WalkTime } from './walk-forward.ts'

/** Goal 5: a walk whose windows share panel, labels and ranks, beside the same backtests one by one. */
export async function walkForward({ runs }: BenchOptions): Promise<Figure[]> {
  const [shared, apart, large] = measureWalkForward(runs) as [WalkTime, WalkTime, WalkTime]
  const noteOf = ({ backtests, cpu }: WalkTime) => `engine alone, ${backtests} backtests, 1 thread; ${cpuText(cpu)}`
  return [
    {
      ...figure(5, 'walk-forward, S, 3 windows × 9 + 3', shared.walls, shared.goal),
      peers: [{ name: 'the same backtests one by one', runs: apart.walls }],
      note: noteOf(shared),
    },
    { ...figure(5, 'walk-forward, M, 9 combinations', large.walls, null), note: noteOf(large) },
  ]
}

/** Goal 6: paths of a bootstrap on two threads, beside one thread, other methods and numpy's generator. */
export async function monteCarlo(): Promise<Figure[]> {
  const times = await measureMonteCarlo()
  return times.map((time) => ({
    ...figure(6, nameOf(time), time.walls, time.goal),
    note: `engine alone, four metrics; ${cpuText(time.cpu)}`,
  }))
}

/** `bootstrap, 10,000 × 2,520, 2 threads`; words that hold a size already keep it. */
function nameOf({ what, paths, days, threads }: PathTime): string {
  const size = what.includes('×') ? [] : [`${paths.toLocaleString('en')} × ${days.toLocaleString('en')}`]
  return [what, ...size, threads === 1 ? '1 thread' : `${threads} threads`].join(', ')
}

function cpuText(seconds: number): string {
  return `processor time of the least ${seconds.toFixed(3)} s`
}

function figure(goal: number, what: string, runs: readonly number[], target: number | null): Figure {
  return { goal, what, unit: 's', runs, target, peers: [], note: '' }
}
