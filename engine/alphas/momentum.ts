import { defineAlpha, setRaw } from './define-alpha.ts'

/** Share of the lookback, counted as if it were trading days, that must have a return (engine.md 2.3). */
const MIN_SHARE = 0.5

/** Compound return of the past year without its last month. The windows are calendar days (engine.md T7). */
export const momentum = defineAlpha({
  name: 'momentum',
  category: 'momentum',
  title: 'Momentum',
  description: 'Compound return from lookbackDays to skipDays before the as-of date.',
  needs: ['prices'],
  parameters: [
    {
      name: 'lookbackDays',
      type: 'integer',
      default: 252,
      minimum: 1,
      maximum: 2520,
      description: 'Calendar days back to the first return.',
    },
    {
      name: 'skipDays',
      type: 'integer',
      default: 21,
      minimum: 0,
      maximum: 2520,
      description: 'Calendar days back to the last return.',
    },
  ],
  label: ({ lookbackDays, skipDays }) => `momentum_${lookbackDays}_${skipDays}`,
  raw(known, { lookbackDays, skipDays }, into) {
    const { values, counts } = known.compoundReturn(lookbackDays, skipDays)
    for (let i = 0; i < known.names; i++) if (counts[i]! >= MIN_SHARE * lookbackDays) setRaw(into, i, values[i]!)
  },
})
