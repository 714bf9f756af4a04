import { defineAlpha, setRaw } from './define-alpha.ts'

/** Share of the lookback, counted as if it were trading days, that must have a return (engine.md 2.3). */
const MIN_SHARE = 0.5

/** What fell most in the last weeks is expected to rise: minus the compound return. */
export const reversal = defineAlpha({
  name: 'reversal',
  category: 'reversal',
  title: 'Short-term reversal',
  description: 'Minus the compound return of the last lookbackDays.',
  needs: ['prices'],
  parameters: [
    {
      name: 'lookbackDays',
      type: 'integer',
      default: 21,
      minimum: 1,
      maximum: 2520,
      description: 'Calendar days back to the first return.',
    },
  ],
  label: ({ lookbackDays }) => `reversal_${lookbackDays}`,
  raw(known, { lookbackDays }, into) {
    const { values, counts } = known.compoundReturn(lookbackDays, 0)
    for (let i = 0; i < known.names; i++) if (counts[i]! >= MIN_SHARE * lookbackDays) setRaw(into, i, -values[i]!)
  },
})
