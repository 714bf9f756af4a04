import { ERRORS, HindcastError } from '../../core/errors.ts'
import { Stopped } from '../control.ts'

/**
 * What a unit threw, as the end of its run: `unit_failed`, naming the unit, where the data or the manifest is to blame
 * for good; every other error keeps its code (its limit, its retry) and is told to be of that unit.
 */
export function failureOfUnit(unit: string, thrown: unknown): Error {
  // Nothing failed: the attempt is to stop.
  if (thrown instanceof Stopped) return thrown
  if (!(thrown instanceof HindcastError)) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const named = new Error(`${unit}: ${error.message}`, { cause: thrown })
    return error.stack === undefined ? named : Object.assign(named, { stack: error.stack })
  }
  const { code, message } = thrown
  const forGood = ERRORS[code].family === 'user' && !LIMITS.includes(code)
  return new HindcastError(forGood ? 'unit_failed' : code, `${unit}: ${forGood ? `${code}: ` : ''}${message}`, {
    cause: thrown,
  })
}

/** Ends of an attempt, not of a unit. */
const LIMITS: readonly string[] = ['memory_limit', 'timeout', 'cancelled', 'interrupted']
