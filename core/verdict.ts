/** A metric of a golden case: null stands for a figure that is not defined or could not be computed. */
export type GoldenMetrics = Readonly<Record<string, number | null>>

export interface Tolerances {
  readonly relative: number
  readonly absolute: number
}

/** A figure that left its golden value. */
export interface Drift {
  readonly metric: string
  /** Undefined: the golden has no such metric. */
  readonly expected: number | null | undefined
  /** Undefined: the result has no such metric. */
  readonly actual: number | null | undefined
  /** |actual − expected| over |expected|; null where it has no meaning. */
  readonly relativeDifference: number | null
  /** What was allowed, as a difference. */
  readonly allowed: number
}

/**
 * Where a result leaves its golden (platform.md 5.2): `|a − e| > max(absolute, relative × |e|)`, a null against a
 * number, or a metric that only one side has. A NaN of the result counts as null. In the order of the golden's metrics.
 */
export function driftsOf(
  golden: GoldenMetrics,
  result: GoldenMetrics,
  tolerancesOf: (metric: string) => Tolerances,
): Drift[] {
  const names = [...new Set([...Object.keys(golden), ...Object.keys(result)])]
  return names.flatMap((metric) => {
    const expected = Object.hasOwn(golden, metric) ? golden[metric] : undefined
    const actual = Object.hasOwn(result, metric) ? withoutNaN(result[metric]) : undefined
    const { relative, absolute } = tolerancesOf(metric)
    const allowed = Math.max(absolute, relative * Math.abs(expected ?? 0))
    if (agree(expected, actual, allowed)) return []
    return [{ metric, expected, actual, relativeDifference: relativeDifference(expected, actual), allowed }]
  })
}

function withoutNaN(value: number | null | undefined): number | null | undefined {
  return typeof value === 'number' && Number.isNaN(value) ? null : value
}

function agree(expected: number | null | undefined, actual: number | null | undefined, allowed: number): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual
  return expected === actual || Math.abs(actual - expected) <= allowed
}

function relativeDifference(expected: number | null | undefined, actual: number | null | undefined): number | null {
  if (typeof expected !== 'number' || typeof actual !== 'number' || expected === 0) return null
  return Math.abs(actual - expected) / Math.abs(expected)
}
