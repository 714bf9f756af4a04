import type { KnownAsOf } from '../point-in-time.ts'
import { createSignal, type SignalScratch, sortSignal } from '../signal.ts'
import type { UniverseFilter } from './define-alpha.ts'

/** Fewer names than this are not cut (engine.md 0.4). */
const MIN_NAMES = 5
const SMALL = 0.2
const LARGE = 0.8

const KEEPS: Record<Exclude<UniverseFilter, 'all'>, (share: number) => boolean> = {
  large_cap: (share) => share > LARGE,
  mid_cap: (share) => share > SMALL && share <= LARGE,
  small_cap: (share) => share <= SMALL,
}

/**
 * Names inside a universe, 1 or 0, [names]; null keeps all. Names are ranked by the market capitalisation of their
 * latest price row, and the rank is divided by the names ever seen, those without a capitalisation included; these
 * fall into no universe. Ties go by ascending id (engine.md 2.2).
 */
export function universeMask(known: KnownAsOf, filter: UniverseFilter, scratch: SignalScratch): Uint8Array | null {
  if (filter === 'all') return null
  const caps = createSignal(known.names)
  const { values, state } = known.marketCap()
  caps.values.set(values)
  caps.state.set(state)
  sortSignal(caps, scratch)
  if (caps.rows < MIN_NAMES) return null
  const mask = new Uint8Array(known.names)
  for (let k = 0; k < caps.count; k++) mask[caps.order[k]!] = KEEPS[filter]((k + 1) / caps.rows) ? 1 : 0
  return mask
}
