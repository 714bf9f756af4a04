import type { KnownAsOf, KnownColumn } from '../point-in-time.ts'
import { CELL } from '../result.ts'
import { defineAlpha, type RawSignal, setNull, setRaw } from './define-alpha.ts'

/** Profitability of the latest statement. It reads no prices, so no universe filter touches it (engine.md T8). */
export const quality = defineAlpha({
  name: 'quality',
  category: 'quality',
  title: 'Quality',
  description: 'Return on equity (roe) or gross profit over assets (gp), from the latest statement known.',
  needs: ['fundamentals'],
  parameters: [
    {
      name: 'metric',
      type: 'enum',
      default: 'roe',
      values: ['roe', 'gp'],
      description: 'roe: ni / ceq. gp: (revt - cogs) / at.',
    },
  ],
  label: ({ metric }) => `quality_${metric}`,
  raw(known, { metric }, into) {
    if (metric === 'roe') returnOnEquity(known, into)
    else grossProfitability(known, into)
  },
})

function returnOnEquity(known: KnownAsOf, into: RawSignal): void {
  const equity = known.statement('ceq')
  const income = known.statement('ni')
  for (let i = 0; i < known.names; i++) {
    if (!isPositive(equity, i)) continue
    if (held(income, i)) setRaw(into, i, income.values[i]! / equity.values[i]!)
    else setNull(into, i)
  }
}

function grossProfitability(known: KnownAsOf, into: RawSignal): void {
  const assets = known.statement('at')
  const revenue = known.statement('revt')
  const cost = known.statement('cogs')
  for (let i = 0; i < known.names; i++) {
    if (!isPositive(assets, i)) continue
    if (held(revenue, i) && held(cost, i)) {
      setRaw(into, i, (revenue.values[i]! - cost.values[i]!) / assets.values[i]!)
    } else {
      setNull(into, i)
    }
  }
}

function held(column: KnownColumn, name: number): boolean {
  return column.state[name] === CELL.value
}

function isPositive(column: KnownColumn, name: number): boolean {
  return held(column, name) && column.values[name]! > 0
}
