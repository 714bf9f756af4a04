import { HindcastError } from '../../core/errors.ts'
import { PATH_METRICS } from './path-metrics.ts'
import { byMetric, type MonteCarloRun, unitPaths } from './run.ts'
import type { PathBlock } from './simulate.ts'

const DOUBLE_BYTES = 8

/** A unit as bytes: its four columns one after the other, then the count of null paths; little-endian doubles. */
export function encodeBlock({ columns, nullReaching }: PathBlock): Uint8Array {
  const values = [...PATH_METRICS.flatMap((metric) => [...columns[metric]]), nullReaching]
  const view = new DataView(new ArrayBuffer(values.length * DOUBLE_BYTES))
  for (const [i, value] of values.entries()) view.setFloat64(i * DOUBLE_BYTES, value, true)
  return new Uint8Array(view.buffer)
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const next = () => {
    at += DOUBLE_BYTES
    return view.getFloat64(at - DOUBLE_BYTES, true)
  }
  const columns = byMetric(() => Float64Array.from({ length: count }, next))
  const nullReaching = next()
  const sound =
    Number.isInteger(nullReaching) &&
    nullReaching >= 0 &&
    nullReaching <= count &&
    columns.hit_rate.every((share) => share >= 0 && share <= 1) &&
    columns.max_drawdown.every((depth) => Number.isNaN(depth) || depth <= 0)
  if (!sound) throw new HindcastError('artifact_corrupt', `unit ${unit} holds numbers that no paths have`)
  return { unit, columns, nullReaching }
}
