/** Rows in ascending (key, date) order. */
export interface RowOrder {
  /** Row numbers in order, or null when the rows already stand so. */
  readonly order: Uint32Array | null
  /** Rows whose date lies before that of an earlier row of their key: how many, and the first ones. */
  readonly unsorted: { readonly count: number; readonly rows: readonly number[] }
}

const MAX_KEPT = 8

/**
 * Sorts by key, then date, stably, in O(rows + keys + days): two counting sorts.
 * `keys` are whole numbers from 0 to `keyCount` - 1.
 */
export function orderRows(keys: Int32Array, keyCount: number, dates: Int32Array): RowOrder {
  if (isOrdered(keys, dates)) return { order: null, unsorted: { count: 0, rows: [] } }
  const unsorted = findUnsorted(keys, keyCount, dates)
  const [first, last] = extent(dates)
  const byDate = countingSort(null, dates.length, last - first + 1, (row) => dates[row]! - first)
  return { order: countingSort(byDate, keys.length, keyCount, (row) => keys[row]!), unsorted }
}

/** The distinct values of `ids`, ascending, and for each row its index among them. */
export function rankIds(ids: Float64Array): { readonly ids: Float64Array; readonly keys: Int32Array } {
  const seen = new Map<number, number>()
  const keys = new Int32Array(ids.length)
  let lastId = NaN
  let lastKey = -1
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!
    if (id !== lastId) {
      const known = seen.get(id)
      lastKey = known ?? seen.size
      if (known === undefined) seen.set(id, lastKey)
      lastId = id
    }
    keys[row] = lastKey
  }
  const sorted = Float64Array.from(seen.keys()).sort()
  const rank = new Int32Array(sorted.length)
  for (let i = 0; i < sorted.length; i++) rank[seen.get(sorted[i]!)!] = i
  for (let row = 0; row < keys.length; row++) keys[row] = rank[keys[row]!]!
  return { ids: sorted, keys }
}

function isOrdered(keys: Int32Array, dates: Int32Array): boolean {
  for (let row = 1; row < keys.length; row++) {
    const step = keys[row]! - keys[row - 1]!
    if (step < 0 || (step === 0 && dates[row]! < dates[row - 1]!)) return false
  }
  return true
}

function findUnsorted(keys: Int32Array, keyCount: number, dates: Int32Array): RowOrder['unsorted'] {
  const latest = new Int32Array(keyCount).fill(-2147483648)
  const rows: number[] = []
  let count = 0
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!
    if (dates[row]! < latest[key]!) {
      count++
      if (rows.length < MAX_KEPT) rows.push(row)
    } else latest[key] = dates[row]!
  }
  return { count, rows }
}

function extent(values: Int32Array): [first: number, last: number] {
  let first = values[0]!
  let last = first
  for (const value of values) {
    if (value < first) first = value
    else if (value > last) last = value
  }
  return [first, last]
}

function countingSort(
  from: Uint32Array | null,
  rows: number,
  buckets: number,
  bucketOf: (row: number) => number,
): Uint32Array {
  const next = new Uint32Array(buckets + 1)
  for (let row = 0; row < rows; row++) {
    const at = bucketOf(row) + 1
    next[at] = next[at]! + 1
  }
  for (let bucket = 0; bucket < buckets; bucket++) next[bucket + 1] = next[bucket + 1]! + next[bucket]!
  const sorted = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) {
    const row = from === null ? i : from[i]!
    const bucket = bucketOf(row)
    const at = next[bucket]!
    sorted[at] = row
    next[bucket] = at + 1
  }
  return sorted
}
