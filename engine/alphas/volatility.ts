import { defineAlpha, setRaw } from './define-alpha.ts'

/** Calm names are preferred: minus the sample deviation of the daily returns. */
export const volatility = defineAlpha({
  name: 'volatility',
  category: 'volatility',
  title: 'Low volatility',
  description: 'Minus the standard deviation of daily returns over lookbackDays.',
  needs: ['prices'],
  parameters: [
    {
      name: 'lookbackDays',
      type: 'integer',
      default: 252,
      minimum: 2,
      maximum: 2520,
      description: 'Calendar days back to the first return.',
    },
    {
      name: 'minObservations',
      type: 'integer',
      default: 126,
      minimum: 2,
      maximum: 2520,
      description: 'Returns a name needs inside the window.',
    },
  ],
  label: ({ lookbackDays }) => `low_vol_${lookbackDays}`,
  raw(known, { lookbackDays, minObservations }, into) {
    const { values, counts } = known.returnDeviation(lookbackDays)
    for (let i = 0; i < known.names; i++) if (counts[i]! >= minObservations) setRaw(into, i, -values[i]!)
  },
})
