import type { GlossaryGroup } from '../../core/metric-glossary.ts'
import type { Job } from '../../storage/ledger/ledger.ts'

/** What a comparison shows of a kind. */
export interface ComparedFigures {
  /** Where the words of its figures stand, the first that knows a name. */
  readonly groups: readonly [GlossaryGroup, ...GlossaryGroup[]]
  /** Figures for which more, or less, is better, in the order in which they are shown. */
  readonly better: Readonly<Record<string, 'high' | 'low'>>
  /** Figures without a direction, shown after them. */
  readonly further: readonly string[]
}

export const COMPARED: Readonly<Record<Job['kind'], ComparedFigures>> = {
  backtest: {
    groups: ['metrics'],
    better: {
      mean_ic: 'high',
      icir: 'high',
      icir_annualised: 'high',
      ic_t_newey_west: 'high',
      ic_positive_days: 'high',
      hit_rate: 'high',
      coverage: 'high',
      long_short_spread: 'high',
      average_turnover: 'low',
      cumulative_return: 'high',
      gross_sharpe: 'high',
      net_sharpe: 'high',
      psr: 'high',
      volatility_ann: 'low',
      max_drawdown: 'low',
      sortino: 'high',
      calmar: 'high',
      worst_month: 'high',
    },
    further: ['decay_half_life', 'n_days_processed', 'n_symbols_avg'],
  },
  walkforward: {
    groups: ['walkForward', 'metrics'],
    better: {
      test_ic: 'high',
      test_icir: 'high',
      overfitting_ratio: 'low',
      dsr: 'high',
      pbo: 'low',
      degradation: 'low',
      positive_windows: 'high',
      sign_flip_share: 'low',
      efficiency: 'high',
      below_median_share: 'low',
      ic_t_newey_west: 'high',
      cumulative_return: 'high',
      gross_sharpe: 'high',
      net_sharpe: 'high',
      max_drawdown: 'low',
    },
    further: ['train_ic', 'windows', 'valid_windows', 'n_trials', 'n_ic_days'],
  },
  montecarlo: {
    groups: ['monteCarlo'],
    better: {
      sharpe: 'high',
      sharpe_q05: 'high',
      mean_ic: 'high',
      mean_ic_q05: 'high',
      // Zero or below: the higher the shallower.
      max_drawdown: 'high',
      max_drawdown_q05: 'high',
      hit_rate: 'high',
      p_value: 'low',
    },
    further: ['sharpe_q50', 'sharpe_q95', 'max_drawdown_q50', 'max_drawdown_q95', 'drawdown_deeper_share'],
  },
}
