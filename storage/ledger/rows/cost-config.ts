import type { CostModel } from '../../../core/request.ts'

/** What column cost_config and a summary say of the settings that costs were computed with (platform.md 3.1). */
export function costConfigOf(model: CostModel) {
  return {
    enabled: true,
    bps_per_trade: model.bpsPerTrade,
    impact_coefficient: model.impactCoefficient,
    participation_limit: model.participationLimit,
    portfolio_value_usd: model.portfolioValueUsd,
  }
}
