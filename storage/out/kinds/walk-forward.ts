import { formatIsoDate } from '../../../core/dates.ts'
import type { Json } from '../../../core/identity.ts'
import type { WalkForwardPlan } from '../../../core/plan.ts'
import { paramSearchDocument, walkForwardDocument } from '../../../engine/walk-forward/documents.ts'
import type { WalkForwardResult, WindowResult } from '../../../engine/walk-forward/merge-units.ts'
import type { Walk } from '../../../engine/walk-forward/plan-walk.ts'
import type { WindowRow } from '../../ledger/ledger.ts'
import type { ArtifactTable } from '../artifact-tables.ts'
import { kindSummary } from '../documents/kind-summary.ts'
import { jsonText } from '../documents/strict-json.ts'
import { costConfig, datasetVersionIds, SUMMARY_FILE } from '../documents/summary.ts'
import type { Contents } from './contents.ts'

export const WALK_FORWARD_FILE = 'walk_forward.json'
export const PARAM_SEARCH_FILE = 'param_search.json'

/** A walk's result, the windows it was cut into, and the plan it answers. */
export interface WalkForwardComputed {
  readonly plan: WalkForwardPlan
  readonly walk: Walk
  readonly result: WalkForwardResult
}

/** What a WalkForward writes: its two documents, the stitched series, a row a window. */
export function walkForwardContents({ plan, walk, result }: WalkForwardComputed, engineVersion: string): Contents {
  const costs = { costs: result.net }
  const versions = datasetVersionIds(plan, costs)
  const priced = costConfig(plan.backtest.costModel, costs)
  const metrics = walkForwardMetrics(result)
  const summary = kindSummary({
    plan,
    engineVersion,
    datasetVersionIds: versions,
    metrics,
    warnings: result.warnings,
    fields: {
      ...(priced === null ? {} : { cost_config: priced }),
      has_walk_forward: true,
      walk_forward_windows: result.windows.length,
      walk_forward_overfit: result.aggregated.isOverfit,
      has_param_search: true,
      param_search_combinations: result.search.nTrials,
    },
  })
  return {
    tables: stitchedTables(result),
    texts: [
      { name: SUMMARY_FILE, text: jsonText(summary) },
      { name: WALK_FORWARD_FILE, text: jsonText(walkForwardDocument(walk, result)) },
      { name: PARAM_SEARCH_FILE, text: jsonText(paramSearchDocument(result)) },
    ],
    row: {
      metrics,
      costConfig: priced,
      costSummary: null,
      snapshotId: plan.backtest.snapshotId,
      datasetVersionIds: versions,
      windows: result.windows.map(windowRow),
    },
  }
}

/** Scalars of a walk by name: those of its status first, then the stitched series' under a Backtest's names. */
export function walkForwardMetrics(result: WalkForwardResult): Record<string, number | null> {
  const { aggregated, windows } = result
  return {
    test_ic: aggregated.testIc,
    test_icir: aggregated.testIcir,
    overfitting_ratio: aggregated.overfittingRatio,
    is_overfit: aggregated.isOverfit ? 1 : 0,
    windows: windows.length,
    dsr: result.deflatedSharpe,
    pbo: result.overfittingProbability,
    train_ic: aggregated.trainIc,
    degradation: aggregated.degradation,
    valid_windows: aggregated.validWindows,
    positive_windows: aggregated.positiveWindows,
    sign_flip_share: aggregated.signFlipShare,
    efficiency: result.efficiency,
    below_median_share: result.belowMedianShare,
    n_trials: result.search.nTrials,
    ...result.outOfSample,
  }
}

function stitchedTables({ dailyIc, portfolioReturns, net }: WalkForwardResult): ArtifactTable[] {
  const { dates, ic, rankIc } = dailyIc
  const tables: ArtifactTable[] = [
    { artifact: 'dailyIc', source: { columns: { date: dates, ic, rank_ic: rankIc } } },
    {
      artifact: 'dailyPortfolioReturns',
      source: { columns: { date: portfolioReturns.dates, return: portfolioReturns.values } },
    },
  ]
  if (net === null) return tables
  const columns = { date: net.dates, gross_return: net.gross, cost_drag: net.drag, net_return: net.net }
  return [...tables, { artifact: 'netPortfolioReturns', source: { columns } }]
}

function windowRow(window: WindowResult): WindowRow {
  return {
    windowId: window.id,
    trainStart: formatIsoDate(window.trainStart),
    trainEnd: formatIsoDate(window.trainEnd),
    testStart: formatIsoDate(window.testStart),
    testEnd: formatIsoDate(window.testEnd),
    bestParams: window.bestParameters as Json,
    trainIc: window.trainIc,
    testIc: window.testIc,
    testIcir: window.testIcir,
  }
}
