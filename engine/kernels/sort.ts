/** Insertion moves allowed per value before the buckets count as useless and the radix sort takes over. */
const MOVES_PER_VALUE = 24
const RADIX_BITS = 11
const RADIX = 1 << RADIX_BITS
const RADIX_PASSES = 6
/** Written over the bits of any NaN, so that all NaN tie above infinity. */
const NAN_KEY = 0xffffffff

/** Sorts cross-sections of up to a fixed length again and again without allocating. */
export interface Sorter {
  /** Positions of the values last sorted, ascending by value, then by position; NaN last. */
  readonly order: Int32Array
  /** The values last sorted, in that order. */
  readonly sorted: Float64Array
  /**
   * Sorts `values[0..n)`. Minus zero and zero tie. O(n) for the shapes that returns and signals have. Who already knows
   * the smallest and largest value, and that none is NaN, may say so.
   */
  sort(values: Float64Array, n: number, range?: Range): void
}

export interface Range {
  readonly low: number
  readonly high: number
}

/**
 * A sorter of at most `capacity` values. One pass drops the values into as many equal buckets between minimum and
 * maximum, an insertion pass mends the order inside them; a value's bucket never decreases with the value, so the
 * result is exact. Where a few giants squeeze all others into one bucket, or a value is not finite, an LSD radix
 * sort on the order-preserving bits gives the same answer. Both are stable, so position breaks ties.
 */
export function createSorter(capacity: number): Sorter {
  const order = new Int32Array(capacity)
  const sorted = new Float64Array(capacity)
  const bucket = new Int32Array(capacity)
  const starts = new Int32Array(bucketsFor(capacity) + 2)
  let radix: RadixScratch | null = null
  return {
    order,
    sorted,
    sort(values, n, range = rangeOf(values, n)) {
      if (dropIntoBuckets({ values, n, bucket, starts, order, sorted }, range) && mend(order, sorted, n)) return
      radix ??= radixScratch(capacity)
      radixSort(values, n, order, radix)
      for (let k = 0; k < n; k++) sorted[k] = values[order[k]!]!
    },
  }
}

/** Four to eight buckets a value: fewer leave more to mend, more no longer fit the nearest cache. */
function bucketsFor(n: number): number {
  return 1 << Math.max(4, 34 - Math.clz32(Math.max(1, n - 1)))
}

/** Smallest and largest value; NaN when one is NaN. */
function rangeOf(values: Float64Array, n: number): Range {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let sum = 0
  for (let i = 0; i < n; i++) {
    const value = values[i]!
    if (value < low) low = value
    if (value > high) high = value
    sum += value
  }
  // A comparison passes over a NaN, a sum does not.
  return { low: Number.isNaN(sum) ? Number.NaN : low, high }
}

interface Buckets {
  readonly values: Float64Array
  readonly n: number
  readonly bucket: Int32Array
  readonly starts: Int32Array
  readonly order: Int32Array
  readonly sorted: Float64Array
}

/** Scatters the values bucket by bucket; false when they have no finite range to cut. */
function dropIntoBuckets({ values, n, bucket, starts, order, sorted }: Buckets, { low, high }: Range): boolean {
  const buckets = bucketsFor(n)
  const scale = high > low ? (buckets - 1) / (high - low) : 0
  if (!(low <= high) || !Number.isFinite(scale) || !Number.isFinite((high - low) * scale)) return n === 0
  starts.fill(0, 0, buckets + 2)
  for (let i = 0; i < n; i++) {
    const at = ((values[i]! - low) * scale) | 0
    bucket[i] = at
    starts[at + 1] = starts[at + 1]! + 1
  }
  for (let b = 1; b <= buckets; b++) starts[b] = starts[b]! + starts[b - 1]!
  for (let i = 0; i < n; i++) {
    const at = bucket[i]!
    const to = starts[at]!
    starts[at] = to + 1
    order[to] = i
    sorted[to] = values[i]!
  }
  return true
}

/** Insertion sort of a nearly sorted list; false when it had too much to do. */
function mend(order: Int32Array, sorted: Float64Array, n: number): boolean {
  let moves = MOVES_PER_VALUE * n
  let before = n > 0 ? sorted[0]! : 0
  for (let k = 1; k < n; k++) {
    const value = sorted[k]!
    if (value >= before) {
      before = value
      continue
    }
    const position = order[k]!
    let to = k - 1
    while (to >= 0 && sorted[to]! > value) {
      sorted[to + 1] = sorted[to]!
      order[to + 1] = order[to]!
      to--
    }
    sorted[to + 1] = value
    order[to + 1] = position
    moves -= k - to
    if (moves < 0) return false
  }
  return true
}

interface RadixScratch {
  readonly words: Uint32Array
  readonly numbers: Float64Array
  readonly other: Int32Array
  readonly counts: Int32Array
}

function radixScratch(capacity: number): RadixScratch {
  const numbers = new Float64Array(capacity)
  return {
    numbers,
    words: new Uint32Array(numbers.buffer),
    other: new Int32Array(capacity),
    counts: new Int32Array(RADIX),
  }
}

/** An even number of passes leaves the result in the array it started from. */
function radixSort(values: Float64Array, n: number, order: Int32Array, scratch: RadixScratch): void {
  orderPreservingBits(values, n, scratch)
  const { words, counts } = scratch
  let from = order
  let to = scratch.other
  for (let i = 0; i < n; i++) from[i] = i
  for (let pass = 0; pass < RADIX_PASSES; pass++) {
    counts.fill(0)
    for (let i = 0; i < n; i++) counts[digitOf(words, i, pass)]!++
    let start = 0
    for (let digit = 0; digit < RADIX; digit++) {
      const size = counts[digit]!
      counts[digit] = start
      start += size
    }
    for (let k = 0; k < n; k++) {
      const position = from[k]!
      to[counts[digitOf(words, position, pass)]!++] = position
    }
    const swap = from
    from = to
    to = swap
  }
}

function digitOf(words: Uint32Array, i: number, pass: number): number {
  const bit = pass * RADIX_BITS
  const low = words[2 * i]!
  const high = words[2 * i + 1]!
  if (bit >= 32) return (high >>> (bit - 32)) & (RADIX - 1)
  const part = low >>> bit
  return (bit + RADIX_BITS > 32 ? part | (high << (32 - bit)) : part) & (RADIX - 1)
}

function orderPreservingBits(values: Float64Array, n: number, { words, numbers }: RadixScratch): void {
  for (let i = 0; i < n; i++) {
    const value = values[i]!
    numbers[i] = value + 0 // minus zero becomes zero
    const high = words[2 * i + 1]!
    if (Number.isNaN(value)) {
      words[2 * i] = NAN_KEY
      words[2 * i + 1] = NAN_KEY
    } else if (high >>> 31 === 1) {
      words[2 * i] = ~words[2 * i]!
      words[2 * i + 1] = ~high
    } else {
      words[2 * i + 1] = high | 0x80000000
    }
  }
}
