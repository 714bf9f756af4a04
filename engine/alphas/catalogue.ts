// Generated from engine/alphas/index.ts by "npm run generate". Plain data; imports nothing.

/** One parameter of an alpha, as a manifest names it. */
export type ParameterSpec =
  | {
      readonly name: string
      readonly type: 'integer' | 'number'
      readonly default: number
      readonly minimum: number
      readonly maximum: number
      readonly description: string
    }
  | {
      readonly name: string
      readonly type: 'enum'
      readonly default: string
      readonly values: readonly string[]
      readonly description: string
    }

/** What is known of an alpha without computing it. */
export interface AlphaEntry {
  readonly name: string
  readonly category: 'momentum' | 'reversal' | 'value' | 'quality' | 'volatility'
  readonly title: string
  readonly description: string
  /** Tables it reads. */
  readonly needs: readonly ('prices' | 'fundamentals')[]
  readonly parameters: readonly ParameterSpec[]
}

export const ALPHA_CATALOGUE: readonly AlphaEntry[] = [
  {
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
      {
        name: 'winsorizePct',
        type: 'number',
        default: 0.01,
        minimum: 0,
        maximum: 0.49,
        description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
      },
      {
        name: 'universeFilter',
        type: 'enum',
        default: 'all',
        values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
        description: 'Names kept by market capitalisation on the as-of date.',
      },
    ],
  },
  {
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
      {
        name: 'winsorizePct',
        type: 'number',
        default: 0.01,
        minimum: 0,
        maximum: 0.49,
        description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
      },
      {
        name: 'universeFilter',
        type: 'enum',
        default: 'all',
        values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
        description: 'Names kept by market capitalisation on the as-of date.',
      },
    ],
  },
  {
    name: 'value',
    category: 'value',
    title: 'Book to market',
    description: 'Common equity over market capitalisation, from the latest statement known.',
    needs: ['prices', 'fundamentals'],
    parameters: [
      {
        name: 'winsorizePct',
        type: 'number',
        default: 0.01,
        minimum: 0,
        maximum: 0.49,
        description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
      },
      {
        name: 'universeFilter',
        type: 'enum',
        default: 'all',
        values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
        description: 'Names kept by market capitalisation on the as-of date.',
      },
    ],
  },
  {
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
      {
        name: 'winsorizePct',
        type: 'number',
        default: 0.01,
        minimum: 0,
        maximum: 0.49,
        description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
      },
      {
        name: 'universeFilter',
        type: 'enum',
        default: 'all',
        values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
        description: 'Names kept by market capitalisation on the as-of date.',
      },
    ],
  },
  {
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
      {
        name: 'winsorizePct',
        type: 'number',
        default: 0.01,
        minimum: 0,
        maximum: 0.49,
        description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
      },
      {
        name: 'universeFilter',
        type: 'enum',
        default: 'all',
        values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
        description: 'Names kept by market capitalisation on the as-of date.',
      },
    ],
  },
]
