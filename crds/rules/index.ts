import { ALPHA, BLEND, NAMED_ALPHA } from './alpha.ts'
import { MONTE_CARLO, SOURCE_REFERENCE } from './monte-carlo.ts'
import { PERIOD, SNAPSHOT } from './period.ts'
import { CPU, MEMORY } from './quantity.ts'
import { METRIC_NAMES, REGRESSION, REGRESSION_CASE } from './regression.ts'
import { INCREASING, QUANTILES, RESOURCE } from './resource.ts'
import type { Rule } from './rule.ts'
import { SEARCH, WALK_FORWARD, WINDOWS } from './walk-forward.ts'

/** Groups of rules by the name a schema carries in `x-rules`. Plain data and functions: no schema library here. */
export const RULES = {
  resource: RESOURCE,
  period: PERIOD,
  snapshot: SNAPSHOT,
  alpha: ALPHA,
  namedAlpha: NAMED_ALPHA,
  blend: BLEND,
  increasing: INCREASING,
  quantiles: QUANTILES,
  memory: MEMORY,
  cpu: CPU,
  windows: WINDOWS,
  search: SEARCH,
  walkForward: WALK_FORWARD,
  monteCarlo: MONTE_CARLO,
  sourceReference: SOURCE_REFERENCE,
  regression: REGRESSION,
  regressionCase: REGRESSION_CASE,
  metricNames: METRIC_NAMES,
} as const satisfies Readonly<Record<string, readonly Rule[]>>

export type RuleGroup = keyof typeof RULES
