import { CELL } from '../result.ts'
import { defineAlpha, setRaw } from './define-alpha.ts'

/** Book equity of the latest statement over today's market capitalisation, for names where both are positive. */
export const value = defineAlpha({
  name: 'value',
  category: 'value',
  title: 'Book to market',
  description: 'Common equity over market capitalisation, from the latest statement known.',
  needs: ['prices', 'fundamentals'],
  parameters: [],
  label: () => 'value_bm',
  raw(known, _parameters, into) {
    const cap = known.marketCap()
    const equity = known.statement('ceq')
    for (let i = 0; i < known.names; i++) {
      if (cap.state[i] !== CELL.value || equity.state[i] !== CELL.value) continue
      if (cap.values[i]! > 0 && equity.values[i]! > 0) setRaw(into, i, equity.values[i]! / cap.values[i]!)
    }
  },
})
