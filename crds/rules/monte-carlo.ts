import type { Rule } from './rule.ts'

interface MonteCarloSpec {
  readonly backtestRef?: unknown
  readonly backtest?: { readonly costModel?: unknown }
  readonly method: string
  readonly blockLength?: number
  readonly basis: 'gross' | 'net'
  readonly generator: string
  readonly parallelism: number
}

const BLOCK_METHODS = ['stationary', 'circular']

export const MONTE_CARLO: readonly Rule[] = [
  {
    code: 'montecarlo_invalid',
    cel: 'has(self.backtestRef) != has(self.backtest)',
    message: 'must have exactly one of backtestRef and backtest',
    at: '',
    breaks: (self: MonteCarloSpec) => (self.backtestRef === undefined) === (self.backtest === undefined),
  },
  {
    code: 'montecarlo_invalid',
    cel: `!has(self.blockLength) || self.method in ['${BLOCK_METHODS.join("', '")}']`,
    message: `belongs to method ${BLOCK_METHODS.join(' or ')}`,
    at: '/blockLength',
    breaks: (self: MonteCarloSpec) => self.blockLength !== undefined && !BLOCK_METHODS.includes(self.method),
  },
  {
    code: 'montecarlo_invalid',
    cel: "self.generator != 'numpy-pcg64' || self.parallelism == 1",
    message: 'must be 1 with generator numpy-pcg64, whose numbers come in one sequence',
    at: '/parallelism',
    breaks: (self: MonteCarloSpec) => self.generator === 'numpy-pcg64' && self.parallelism !== 1,
  },
  {
    code: 'montecarlo_invalid',
    cel: "self.basis != 'net' || !has(self.backtest) || has(self.backtest.costModel)",
    message: 'net needs a backtest with a costModel',
    at: '/basis',
    breaks: (self: MonteCarloSpec) =>
      self.basis === 'net' && self.backtest !== undefined && self.backtest.costModel === undefined,
  },
]

export const SOURCE_REFERENCE: readonly Rule[] = [
  {
    code: 'montecarlo_invalid',
    cel: 'has(self.name) != has(self.jobId)',
    message: 'must have exactly one of name and jobId',
    at: '',
    breaks: (self: { name?: string; jobId?: string }) => (self.name === undefined) === (self.jobId === undefined),
  },
]
