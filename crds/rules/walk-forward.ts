import { addMonths, parseIsoDate } from '../../core/dates.ts'
import { KNOWN_PARAMETERS, type KnownParameter, outside, strayParameter, unknownKeys, widestBounds } from './alpha.ts'
import type { Rule } from './rule.ts'

/** Bounds of a search (platform.md 1.4). */
export const MAX_COMBINATIONS = 10_000
export const MAX_RUNS = 100_000

interface Windows {
  readonly trainMonths: number
  readonly testMonths: number
  readonly stepMonths: number
  readonly minTrainDays: number
}

interface Search {
  readonly method: 'grid' | 'random'
  readonly parameters: Readonly<Record<string, readonly unknown[]>>
  readonly iterations?: number
  readonly seed?: number
  readonly generator?: string
}

interface WalkForwardSpec {
  readonly backtest: {
    readonly startDate: string
    readonly endDate: string
    readonly alpha: { readonly name?: string }
  }
  readonly windows: Windows
  readonly search: Search
}

export const WINDOWS: readonly Rule[] = [
  {
    code: 'walkforward_invalid',
    cel: 'self.stepMonths >= self.testMonths',
    message: 'must not be less than testMonths, or test windows would overlap',
    at: '/stepMonths',
    breaks: (self: Windows) => self.stepMonths < self.testMonths,
  },
]

const combinations = (search: Search): number =>
  Object.values(search.parameters).reduce((product, values) => product * values.length, 1)

const sizeOf = (name: string): string => `(has(self.parameters.${name}) ? size(self.parameters.${name}) : 1)`

function randomOnly(field: 'iterations' | 'seed' | 'generator'): Rule {
  return {
    code: 'walkforward_invalid',
    cel: `self.method == 'random' || !has(self.${field})`,
    message: 'belongs to method random',
    at: `/${field}`,
    breaks: (self: Search) => self.method !== 'random' && self[field] !== undefined,
  }
}

export const SEARCH: readonly Rule[] = [
  randomOnly('iterations'),
  randomOnly('seed'),
  randomOnly('generator'),
  {
    code: 'walkforward_invalid',
    cel: `${KNOWN_PARAMETERS.map((known) => sizeOf(known.name)).join(' * ')} <= ${MAX_COMBINATIONS}`,
    message: `must have at most ${MAX_COMBINATIONS} combinations`,
    at: '/parameters',
    breaks: (self: Search) => {
      const count = combinations(self)
      if (count <= MAX_COMBINATIONS) return false
      return [{ at: '/parameters', message: `has ${count} combinations; allowed: at most ${MAX_COMBINATIONS}` }]
    },
  },
]

/** Windows that fit between two day numbers. The cursor moves on from itself, so that a clamped day stays clamped. */
export function countWindows(
  windows: Windows,
  start: number,
  end: number,
): { count: number; shortestTrainDays: number } {
  let count = 0
  let shortestTrainDays = Number.POSITIVE_INFINITY
  for (let cursor = start; ; cursor = addMonths(cursor, windows.stepMonths)) {
    const testStart = addMonths(cursor, windows.trainMonths)
    if (addMonths(testStart, windows.testMonths) - 1 > end) return { count, shortestTrainDays }
    count += 1
    shortestTrainDays = Math.min(shortestTrainDays, testStart - cursor)
  }
}

/** Checks that need the calendar or keys the schema does not know: beyond CEL. */
const FIT: Rule = {
  code: 'walkforward_invalid',
  cel: null,
  message: 'must fit between startDate and endDate',
  at: '/windows',
  breaks: (self: WalkForwardSpec) => {
    const start = parseIsoDate(self.backtest.startDate)
    const end = parseIsoDate(self.backtest.endDate)
    if (start === null || end === null) return false
    const { windows, search } = self
    const { count, shortestTrainDays } = countWindows(windows, start, end)
    if (count === 0) {
      const months = windows.trainMonths + windows.testMonths
      return [{ at: '/windows', message: `no window of ${months} months fits between startDate and endDate` }]
    }
    if (shortestTrainDays < windows.minTrainDays) {
      const message = `must not be more than the ${shortestTrainDays} calendar days of a train window`
      return [{ at: '/windows/minTrainDays', message }]
    }
    const tries = search.method === 'random' ? (search.iterations ?? 1) : combinations(search)
    if (count * tries <= MAX_RUNS) return false
    return [{ at: '/search', message: `asks for ${count} windows of ${tries} backtests; allowed: ${MAX_RUNS} in all` }]
  },
}

function searchOwnership(parameter: KnownParameter): Rule {
  const owners = parameter.owners.map((owner) => owner.alpha)
  const list = owners.map((owner) => `'${owner}'`).join(', ')
  return {
    code: 'walkforward_invalid',
    cel:
      `!has(self.search.parameters.${parameter.name}) || ` +
      `(has(self.backtest.alpha.name) && self.backtest.alpha.name in [${list}])`,
    message: `can be searched for ${owners.join(', ')} only`,
    at: `/search/parameters/${parameter.name}`,
    breaks: ({ search, backtest }: WalkForwardSpec) => {
      const at = `/search/parameters/${parameter.name}`
      const alpha = backtest.alpha.name
      if (!Object.hasOwn(search.parameters, parameter.name)) return false
      if (alpha === undefined) return [{ at, message: 'cannot be searched: a blend has no parameters of its own' }]
      return owners.includes(alpha) ? false : [strayParameter(alpha, parameter.name, at)]
    },
  }
}

function searchNarrowing(parameter: KnownParameter): Rule[] {
  const widest = widestBounds(parameter)
  return parameter.owners.flatMap(({ alpha, spec }) => {
    if (spec.type === 'enum' || (spec.minimum === widest.minimum && spec.maximum === widest.maximum)) return []
    const values = `self.search.parameters.${parameter.name}`
    return [
      {
        code: 'walkforward_invalid' as const,
        cel:
          `!has(self.backtest.alpha.name) || self.backtest.alpha.name != '${alpha}' || !has(${values}) || ` +
          `${values}.all(x, x >= ${spec.minimum} && x <= ${spec.maximum})`,
        message: `must hold values from ${spec.minimum} to ${spec.maximum} for ${alpha}`,
        at: `/search/parameters/${parameter.name}`,
        breaks: ({ search, backtest }: WalkForwardSpec) =>
          backtest.alpha.name === alpha &&
          (search.parameters[parameter.name] ?? []).some((value) => outside(spec, value)),
      },
    ]
  })
}

const UNKNOWN_SEARCH_KEYS: Rule = {
  code: 'walkforward_invalid',
  cel: null,
  always: true,
  message: 'must be known parameters of the alpha',
  at: '/search/parameters',
  breaks: ({ search, backtest }: AnySpec) =>
    unknownKeys(backtest?.alpha?.name, search?.parameters, '/search/parameters'),
}

/** As much of a spec as can be told before its shape is checked. */
interface AnySpec {
  readonly backtest?: { readonly alpha?: { readonly name?: unknown } | null } | null
  readonly search?: { readonly parameters?: unknown } | null
}

export const WALK_FORWARD: readonly Rule[] = [
  ...KNOWN_PARAMETERS.map(searchOwnership),
  ...KNOWN_PARAMETERS.flatMap(searchNarrowing),
  UNKNOWN_SEARCH_KEYS,
  FIT,
]

/** What to tell of windows whose train spans share months; undefined when they do not. Never an error (R119). */
export function trainOverlap({
  trainMonths,
  stepMonths,
}: {
  trainMonths: number
  stepMonths: number
}): string | undefined {
  if (stepMonths >= trainMonths) return undefined
  const months = trainMonths - stepMonths
  return `TrainOverlap: train windows of two steps share ${months} of ${trainMonths} months (stepMonths < trainMonths)`
}
