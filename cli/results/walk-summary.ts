import { dateRangeText, durationText } from '../../core/date-text.ts'
import { dayNumber } from '../../core/dates.ts'
import { WALK_FORWARD } from '../../core/glossary/walk-forward.ts'
import { metricText } from '../../core/metric-glossary.ts'
import { numberText } from '../../core/number-text.ts'
import type { PinnedWalkForward } from '../../core/plan.ts'
import type { WindowSpec } from '../../core/request.ts'
import type { StoredWalk } from '../../storage/out/kinds/read-walk-forward.ts'
import { type Block, renderBlocks } from '../output/blocks.ts'
import type { Style } from '../terminal.ts'

/** A completed walk as the terminal shows it. */
export interface WalkSummary {
  readonly name: string
  readonly jobId: string
  readonly reused: boolean
  readonly durationMs: number
  readonly computation: PinnedWalkForward
  readonly metrics: Readonly<Record<string, number | null>>
  readonly walk: StoredWalk
  /** Absolute, or shorter from here. */
  readonly artifacts: string
}

/** A probability of skill below this is no evidence (product.md 2.2). */
const SKILL = 0.95
/** Chance alone gives this. */
const COIN = 0.5

/** The summary in blocks: run, search, out of sample, evidence, files. */
export function renderWalkSummary(summary: WalkSummary, style: Style): string {
  const { name, jobId, reused, durationMs } = summary
  const state = reused ? 'computed before: nothing to do' : `completed in ${durationText(durationMs)}`
  const first = `${style('heading', name)}  ${style('good', state)}  ${style('quiet', jobId)}\n`
  const blocks = [runBlock, searchBlock, testBlock, evidenceBlock, filesBlock].map((block) => block(summary))
  return `${first}\n${renderBlocks(blocks, style)}`
}

function runBlock({ computation, walk }: WalkSummary): Block {
  const { backtest, windows } = computation
  const alpha = 'blend' in backtest.alpha ? 'blend' : backtest.alpha.name
  const period = dateRangeText(dayNumber(backtest.startDate), dayNumber(backtest.endDate))
  return {
    name: 'run',
    lines: [
      { label: 'alpha', value: alpha },
      { label: 'period', value: period },
      {
        label: 'windows',
        value: String(walk.windows.length),
        remark: spansText(windows),
      },
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

function searchBlock({ computation, metrics, walk }: WalkSummary): Block {
  const { search } = computation
  const usual = walk.parameter_stability.map(
    (parameter) => `${parameter.name} ${parameter.usual} in ${percent(parameter.usual_share)}`,
  )
  return {
    name: 'search',
    lines: [
      { label: 'trials', value: walkText('n_trials', metrics), remark: `${search.method}, best by ${search.metric}` },
      ...usual.map((value, at) => ({ label: at === 0 ? 'chosen' : '', value: `${value} of windows` })),
    ],
  }
}

function testBlock({ metrics }: WalkSummary): Block {
  const at = (name: string) => walkText(name, metrics)
  const figure = (name: string) => metricText('metrics', name, metrics[name])
  const net = metrics.net_sharpe === undefined ? '' : `, ${figure('net_sharpe')} net`
  return {
    name: 'out of sample',
    lines: [
      { label: 'test IC', value: at('test_ic'), remark: `${at('train_ic')} in train; ${at('degradation')} lost` },
      {
        label: 'test ICIR',
        value: at('test_icir'),
        remark: `from window to window; above zero in ${at('positive_windows')}`,
      },
      { label: 'rank IC', value: figure('mean_ic'), remark: `of all test days, HAC t ${figure('ic_t_newey_west')}` },
      { label: 'return', value: `${figure('cumulative_return')} gross`, remark: 'the test spans one after another' },
      { label: 'Sharpe', value: `${figure('gross_sharpe')} gross${net}` },
    ],
  }
}

function evidenceBlock({ metrics, walk, computation }: WalkSummary): Block {
  const ratio = metrics.overfitting_ratio ?? Number.NaN
  const over = `ratio ${walkText('overfitting_ratio', metrics)}, threshold ${computation.overfittingThreshold}`
  const flag = Number.isNaN(ratio) ? 'undetermined' : metrics.is_overfit === 1 ? 'yes' : 'no'
  return {
    name: 'evidence',
    lines: [
      { label: 'overfit', value: flag, remark: over },
      { label: 'skill', value: walkText('dsr', metrics), remark: skillText(metrics.dsr ?? null) },
      { label: 'chance', value: walkText('pbo', metrics), remark: chanceText(metrics.pbo ?? null) },
      ...walk.warnings.map(({ message }, at) => ({ label: at === 0 ? 'mind' : '', value: message })),
    ],
  }
}

function skillText(dsr: number | null): string {
  if (dsr === null) return 'deflated probability of skill'
  const words =
    dsr >= SKILL ? 'more than the best of as many noise trials shows' : 'no more than luck among so many trials'
  return `deflated probability of skill: ${words}`
}

function chanceText(pbo: number | null): string {
  if (pbo === null) return 'probability that the search overfits'
  return `probability that the search overfits; ${percent(COIN)} is noise`
}

function filesBlock({ artifacts }: WalkSummary): Block {
  return { name: 'files', lines: [{ label: 'artifacts', value: artifacts }] }
}

function walkText(name: string, metrics: WalkSummary['metrics']): string {
  const value = metrics[name]
  const meaning = WALK_FORWARD[name]
  return meaning === undefined ? 'n/a' : numberText(value, meaning)
}

function percent(share: number): string {
  return numberText(share, { unit: 'percent', digits: 0 })
}
