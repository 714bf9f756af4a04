import type { CostModel } from '../../core/request.ts'
import { DAYS_PER_YEAR } from '../metrics/risk.ts'
import { annualAlpha, type Capacity, finite, smallest } from './capacity.ts'
import { BPS, isUsable, type Trades } from './trades.ts'

const LIMITS = ['repriced_impact_aum_5bps', 'repriced_participation_aum', 'repriced_breakeven_aum'] as const

/**
 * Capacity from all trades priced again at another size: at a times the portfolio value, commissions stay the same
 * share, impact grows with the root of a and participation with a, so each limit has a closed form.
 *
 * - impact: AUM at which a mean traded dollar pays 5 (10) bps of impact;
 * - participation: AUM at which a mean traded dollar is the limit's share of its name's ADV;
 * - breakeven: AUM at which a year's costs equal the alpha of `capacity`.
 *
 * Null where a limit is never reached, or, for breakeven, where commissions alone exceed the alpha.
 * Source: engine.md T18; docs/decisions/0020. The one-cent filter is that of the portfolio value.
 */
export function repricedCapacity(trades: Trades, grossReturn: number | null, model: CostModel): Capacity {
  const { totals, dates } = trades
  const aum = model.portfolioValueUsd
  const meanImpactBps = (totals.impactUsd / totals.tradedUsd) * BPS
  const meanParticipation = totals.valueTimesParticipation / totals.tradedUsd
  const impactAum = (bps: number) => (isUsable(meanImpactBps) ? finite(aum * (bps / meanImpactBps) ** 2) : null)
  const limits = {
    repriced_impact_aum_5bps: impactAum(5),
    repriced_participation_aum: isUsable(meanParticipation)
      ? finite((aum * model.participationLimit) / meanParticipation)
      : null,
    repriced_breakeven_aum: breakeven(trades, annualAlpha(grossReturn, dates.length), aum),
  }
  const limiting = smallest(limits, LIMITS)
  return {
    ...limits,
    repriced_impact_aum_10bps: impactAum(10),
    repriced_max_capacity: limiting === null ? null : limits[limiting],
    repriced_limiting_factor: limiting === null ? null : limiting.replace('repriced_', '').replace('_aum', ''),
  }
}

function breakeven({ totals, dates }: Trades, alpha: number | null, aum: number): number | null {
  if (alpha === null) return null
  const commissions = totals.commissionUsd / aum
  const impact = totals.impactUsd / aum
  const spare = (alpha * dates.length) / DAYS_PER_YEAR - commissions
  return spare > 0 && isUsable(impact) ? finite(aum * (spare / impact) ** 2) : null
}
