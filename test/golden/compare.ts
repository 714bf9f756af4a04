/** Relative and absolute tolerance of the golden cases; a number passes within either. */
const RELATIVE = 1e-9
const ABSOLUTE = 1e-12
/** Enough to see what went wrong without printing a panel. */
const MAX_DIFFERENCES = 20

const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
}

/**
 * What differs between a computed value and its golden, as one line each, at most 20; empty when they agree. Objects
 * must have the golden's keys (further keys are allowed), lists equal lengths. The strings "NaN", "Infinity",
 * "-Infinity" and `{nonfinite: ...}` stand for numbers; null is a true null and differs from NaN.
 */
export function differences(actual: unknown, expected: unknown, path = ''): string[] {
  const found: string[] = []
  walk(actual, expected, path, found)
  return found
}

/** Whether two numbers agree within the tolerance; NaN agrees with NaN only. */
export function closeEnough(actual: number, expected: number): boolean {
  if (Object.is(actual, expected) || actual === expected) return true
  const gap = Math.abs(actual - expected)
  return gap <= ABSOLUTE || gap <= RELATIVE * Math.abs(expected)
}

function walk(actual: unknown, expected: unknown, path: string, found: string[]): void {
  if (found.length >= MAX_DIFFERENCES) return
  const number = numberOf(expected)
  if (number !== null) {
    if (typeof actual !== 'number' || !closeEnough(actual, number)) {
      found.push(`${path}: ${String(actual)}, expected ${number}`)
    }
  } else if (Array.isArray(expected)) {
    const list = asList(actual)
    if (list === null) found.push(`${path}: ${String(actual)}, expected a list of ${expected.length}`)
    else if (list.length !== expected.length) found.push(`${path}: ${list.length} items, expected ${expected.length}`)
    else for (const [i, item] of expected.entries()) walk(list[i], item, `${path}[${i}]`, found)
  } else if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) found.push(`${path}: ${String(actual)}, expected an object`)
    else {
      for (const [key, value] of Object.entries(expected)) {
        walk((actual as Record<string, unknown>)[key], value, path === '' ? key : `${path}.${key}`, found)
      }
    }
  } else if (actual !== expected) {
    found.push(`${path}: ${String(actual)}, expected ${String(expected)}`)
  }
}

function numberOf(expected: unknown): number | null {
  if (typeof expected === 'number') return expected
  if (typeof expected === 'string') return NON_FINITE[expected] ?? null
  if (typeof expected === 'object' && expected !== null && 'nonfinite' in expected) {
    return NON_FINITE[String(expected.nonfinite)] ?? null
  }
  return null
}

function asList(value: unknown): ArrayLike<unknown> | null {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<unknown>) : null
}
