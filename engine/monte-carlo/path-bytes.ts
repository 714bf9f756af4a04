import { HindcastError } from '../../core/errors.ts'
import { PATH_METRICS } from './path-metrics.ts'
import { byMetric, type MonteCarloRun, unitPaths } from './run.ts'
import type { PathBlock } from './simulate.ts'

const DOUBLE_BYTES = 8

/** A unit as bytes: its four columns one after the other, then the count of null paths; little-endian doubles. */
export function encodeBlock({ columns, nullReaching }: PathBlock): Uint8Array {
  const values = new Float64Array(PATH_METRICS.reduce((sum, metric) => sum + columns[metric].length, 1))
  let at = 0
  for (const metric of PATH_METRICS) {
    values.set(columns[metric], at)
    at += columns[metric].length
  }
  values[at] = nullReaching
  return littleEndian(new Uint8Array(values.buffer))
}

/**
 * The unit that `encodeBlock` wrote. Throws `artifact_corrupt` where the bytes are not those of this unit's size, or
 * hold what no path can have: a count of paths that is none, a share outside [0, 1], a drawdown that is a gain.
 */
export function decodeBlock(run: MonteCarloRun, unit: number, bytes: Uint8Array): PathBlock {
  const { count } = unitPaths(run, unit)
  const length = (PATH_METRICS.length * count + 1) * DOUBLE_BYTES
  if (bytes.length !== length) {
    throw new HindcastError('artifact_corrupt', `unit ${unit} holds ${bytes.length} bytes, its paths need ${length}`)
  }
  // Copied: doubles need an aligned place.
  const values = new Float64Array(littleEndian(bytes.slice()).buffer)
  const columns = byMetric((metric) => {
    const place = PATH_METRICS.indexOf(metric)
    return values.slice(place * count, (place + 1) * count)
  })
  const nullReaching = values[PATH_METRICS.length * count]!
  const sound =
    Number.isInteger(nullReaching) &&
    nullReaching >= 0 &&
    nullReaching <= count &&
    columns.hit_rate.every((share) => share >= 0 && share <= 1) &&
    columns.max_drawdown.every((depth) => Number.isNaN(depth) || depth <= 0)
  if (!sound) throw new HindcastError('artifact_corrupt', `unit ${unit} holds numbers that no paths have`)
  return { unit, columns, nullReaching }
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Bytes of doubles in the other order where this machine's order is not the files'; changed in place. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (IS_LITTLE_ENDIAN) return bytes
  for (let at = 0; at < bytes.length; at += DOUBLE_BYTES) bytes.subarray(at, at + DOUBLE_BYTES).reverse()
  return bytes
}
