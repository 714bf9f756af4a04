import { CAPACITY } from './glossary/capacity.ts'
import { COSTS } from './glossary/costs.ts'
import type { Meaning, Meanings } from './glossary/meaning.ts'
import { MONTE_CARLO } from './glossary/monte-carlo.ts'
import { PORTFOLIO } from './glossary/portfolio.ts'
import { QUANTILES } from './glossary/quantiles.ts'
import { SIGNAL } from './glossary/signal.ts'
import { WALK_FORWARD } from './glossary/walk-forward.ts'
import { MINUS, numberText } from './number-text.ts'

/**
 * The one registry of what numbers are called and mean, read by terminal, report and console. A group per record of
 * the result: `metrics` of a Backtest, `costs` (cost summary and capacity), `quantiles`, and the two kinds that have
 * figures of their own; names are those of the artifacts. A walk's stitched series has those of `metrics`.
 */
export const GLOSSARY = {
  metrics: { ...SIGNAL, ...PORTFOLIO } as Meanings,
  costs: { ...COSTS, ...CAPACITY } as Meanings,
  quantiles: QUANTILES,
  walkForward: WALK_FORWARD,
  monteCarlo: MONTE_CARLO,
} as const

export type GlossaryGroup = keyof typeof GLOSSARY

/** What a name means; undefined for a name that the registry does not know. */
export function meaningOf(group: GlossaryGroup, name: string): Meaning | undefined {
  return Object.hasOwn(GLOSSARY[group], name) ? GLOSSARY[group][name] : undefined
}

/** A value in words of its own metric, such as `0.0252` or `4.8%`; an unknown name gets six significant digits. */
export function metricText(group: GlossaryGroup, name: string, value: number | null | undefined): string {
  const meaning = meaningOf(group, name)
  if (meaning !== undefined) return numberText(value, meaning)
  if (value === null || value === undefined || Number.isNaN(value)) return 'n/a'
  return String(Number(value.toPrecision(6))).replace('-', MINUS)
}
