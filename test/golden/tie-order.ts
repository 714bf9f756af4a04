import { type BacktestResult, CELL } from '../../engine/result.ts'

/**
 * What another order among equal signals could have made of each date's book. The reference gave equal signals their
 * weights in an arbitrary order, so its raw numbers must lie in these ranges, and equal ours where nothing is tied.
 */
export interface TieOrder {
  /** Largest possible sum of absolute weight differences from our book, by date. */
  readonly moved: Float64Array
  /** Smallest and largest possible return of the book, by date. */
  readonly lowReturn: Float64Array
  readonly highReturn: Float64Array
}

export function tieOrder(result: BacktestResult, nextReturn: (k: number, name: number) => number): TieOrder {
  const days = result.dates.length
  const order = { moved: new Float64Array(days), lowReturn: new Float64Array(days), highReturn: new Float64Array(days) }
  for (let k = 0; k < days; k++) {
    for (const cells of tiedGroups(result, k)) {
      const weights = cells.map((i) => result.weights.values[k * result.permnos.length + i]!).sort(ascending)
      const returns = cells.map((i) => nextReturn(k, i)).sort(ascending)
      weights.forEach((weight, j) => {
        const mirrored = weights.length - 1 - j
        order.moved[k]! += Math.abs(weight - weights[mirrored]!)
        order.highReturn[k]! += weight * returns[j]!
        order.lowReturn[k]! += weight * returns[mirrored]!
      })
    }
  }
  return order
}

function tiedGroups(result: BacktestResult, k: number): number[][] {
  const names = result.permnos.length
  const groups = new Map<number, number[]>()
  for (let i = 0; i < names; i++) {
    if (result.signals.state[k * names + i] !== CELL.value) continue
    const signal = result.signals.values[k * names + i]! + 0
    const group = groups.get(signal)
    if (group === undefined) groups.set(signal, [i])
    else group.push(i)
  }
  return [...groups.values()]
}

function ascending(a: number, b: number): number {
  return a - b
}
