/** Most grid lines of a chart (visual.md): more are read as texture, not as values. */
export const MOST_TICKS = 5

export type Interval = readonly [low: number, high: number]
export type Numbers = ArrayLike<number>

/** The mapping of a domain onto a range; a domain without width maps to the middle of the range. */
export function linearScale([low, high]: Interval, [from, to]: Interval): (value: number) => number {
  if (high === low) return () => (from + to) / 2
  const slope = (to - from) / (high - low)
  return (value) => from + (value - low) * slope
}

/** The same on logarithms; both ends of the domain must be above zero. */
export function logScale([low, high]: Interval, range: Interval): (value: number) => number {
  const scale = linearScale([Math.log(low), Math.log(high)], range)
  return (value) => scale(Math.log(value))
}

/** Numbers beyond this, or all below its inverse, would overflow the arithmetic of a scale: they are not drawn. */
const HUGE = 1e100

/** Smallest and largest number of all columns that can be drawn; null when there is none. */
export function extentOf(columns: readonly Numbers[]): Interval | null {
  let low = Infinity
  let high = -Infinity
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!
      if (!(Math.abs(value) <= HUGE)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  return low <= high ? [low, high] : null
}

/** The interval made to hold a value. */
export function including([low, high]: Interval, value: number): Interval {
  return [Math.min(low, value), Math.max(high, value)]
}

/** The interval widened by a share of itself on the sides that do not stand on zero; never empty. */
export function padded([low, high]: Interval, share = 0.06): Interval {
  const width = high - low
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (size < 1 / HUGE) return [-1, 1]
  if (width < size * 1e-12) return [low - size * 0.5, high + size * 0.5]
  return [low === 0 ? 0 : low - width * share, high === 0 ? 0 : high + width * share]
}

/** Multiples of 1, 2 or 5 times a power of ten inside the interval, ascending; at most `most`. */
export function ticksOf([low, high]: Interval, most = MOST_TICKS): number[] {
  if (!(high > low)) return [low]
  for (let step = firstStep((high - low) / most); ; step = nextStep(step)) {
    const first = Math.ceil(low / step - 1e-9)
    const last = Math.floor(high / step + 1e-9)
    if (last - first + 1 > most) continue
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => tidy((first + i) * step))
  }
}

/** Digits after the point that tell the ticks apart, once each is multiplied by `factor`. */
export function tickDigits(ticks: readonly number[], factor: number): number {
  const step = ticks.length > 1 ? Math.abs(ticks[1]! - ticks[0]!) : Math.abs(ticks[0] ?? 1)
  if (step === 0) return 0
  return Math.min(8, Math.max(0, -Math.floor(Math.log10(step * factor) + 1e-9)))
}

function firstStep(width: number): number {
  return 10 ** Math.floor(Math.log10(width))
}

function nextStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9)
  const lead = Math.round(step / power)
  return lead === 1 ? 2 * power : lead === 2 ? 5 * power : 10 * power
}

/** Multiples of a step carry rounding such as 0.30000000000000004, which would show in a label. */
function tidy(value: number): number {
  return Number(value.toPrecision(12)) + 0
}
