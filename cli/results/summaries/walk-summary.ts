import { walkEvidence } from '../../../console/report/evidence.ts'
import type { WalkReportModel } from '../../../console/report/walk-forward/model.ts'
import { dateRangeText, durationText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { type GlossaryGroup, metricText } from '../../../core/metric-glossary.ts'
import { numberText } from '../../../core/number-text.ts'
import type { WindowSpec } from '../../../core/request.ts'
import { type Block, renderBlocks } from '../../output/blocks.ts'
import { evidenceBlock } from '../../output/evidence-block.ts'
import type { Style } from '../../terminal.ts'
import { filesBlock, type SummaryFile } from './files-block.ts'

/** A completed walk as the terminal shows it. */
export interface WalkSummary {
  readonly model: WalkReportModel
  readonly reused: boolean
  readonly durationMs: number | null
  readonly files: readonly SummaryFile[]
}

/** The summary in blocks: run, search, out of sample, evidence, files. */
export function renderWalkSummary({ model, reused, durationMs, files }: WalkSummary, style: Style): string {
  const { name, jobId } = model.head
  const took = durationMs === null ? '' : ` in ${durationText(durationMs)}`
  const state = reused ? 'computed before: nothing to do' : `completed${took}`
  const first = `${style('heading', name)}  ${style('good', state)}  ${style('quiet', jobId)}\n`
  const blocks = [
    runBlock(model),
    searchBlock(model),
    testBlock(model),
    evidenceBlock(
      walkEvidence(model),
      model.warnings.map(({ message }) => message),
    ),
    filesBlock(files),
  ]
  return `${first}\n${renderBlocks(blocks, style)}`
}

function runBlock({ computation, windows: all }: WalkReportModel): Block {
  const { backtest, windows } = computation
  const alpha = 'blend' in backtest.alpha ? 'blend' : backtest.alpha.name
  const period = dateRangeText(dayNumber(backtest.startDate), dayNumber(backtest.endDate))
  return {
    name: 'run',
    lines: [
      { label: 'alpha', value: alpha },
      { label: 'period', value: period },
      { label: 'windows', value: String(all.length), remark: spansText(windows) },
      { label: 'data', value: `snapshot ${backtest.snapshotId}` },
    ],
  }
}

/** `train 12, test 3 months, every 3; purge 5 days`. */
function spansText({ trainMonths, testMonths, stepMonths, purgeDays, embargoDays }: WindowSpec): string {
  const purge = purgeDays === 0 ? '' : `; purge ${purgeDays} days`
  const embargo = embargoDays === 0 ? '' : `; embargo ${embargoDays} days`
  return `train ${trainMonths}, test ${testMonths} months, every ${stepMonths}${purge}${embargo}`
}

function searchBlock(model: WalkReportModel): Block {
  const { search } = model.computation
  const usual = model.stability.map(
    (parameter) => `${parameter.name} ${parameter.usual} in ${percent(parameter.usualShare)}`,
  )
  return {
    name: 'search',
    lines: [
      {
        label: 'trials',
        value: figure(model, 'walkForward', 'n_trials'),
        remark: `${search.method}, best by ${search.metric}`,
      },
      ...usual.map((value, at) => ({ label: at === 0 ? 'chosen' : '', value: `${value} of windows` })),
    ],
  }
}

function testBlock(model: WalkReportModel): Block {
  const at = (name: string) => figure(model, 'walkForward', name)
  const series = (name: string) => figure(model, 'metrics', name)
  const net = model.metrics.net_sharpe === undefined ? '' : `, ${series('net_sharpe')} net`
  return {
    name: 'out of sample',
    lines: [
      { label: 'test IC', value: at('test_ic'), remark: `${at('train_ic')} in train; ${lostText(model)}` },
      {
        label: 'test ICIR',
        value: at('test_icir'),
        remark: `from window to window; above zero in ${at('positive_windows')}`,
      },
      { label: 'overfit', value: overfitText(model), remark: `ratio ${at('overfitting_ratio')}` },
      { label: 'rank IC', value: series('mean_ic'), remark: `of all test days, HAC t ${series('ic_t_newey_west')}` },
      { label: 'return', value: `${series('cumulative_return')} gross`, remark: 'the test spans one after another' },
      { label: 'Sharpe', value: `${series('gross_sharpe')} gross${net}` },
    ],
  }
}

/** What the future took away; a test IC above the train IC lost nothing. */
function lostText(model: WalkReportModel): string {
  const lost = model.metrics.degradation
  return typeof lost === 'number' && lost < 0 ? 'nothing lost' : `${figure(model, 'walkForward', 'degradation')} lost`
}

function overfitText({ metrics }: WalkReportModel): string {
  const ratio = metrics.overfitting_ratio
  if (typeof ratio !== 'number' || Number.isNaN(ratio)) return 'undetermined'
  return metrics.is_overfit === 1 ? 'yes' : 'no'
}

function figure({ metrics }: WalkReportModel, group: GlossaryGroup, name: string): string {
  const value = metrics[name]
  return typeof value === 'string' ? value : metricText(group, name, value)
}

function percent(share: number): string {
  return numberText(share, { unit: 'percent', digits: 0 })
}
