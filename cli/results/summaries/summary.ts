import { backtestEvidence } from '../../../console/report/evidence.ts'
import { type Holding, type ReportModel, securityText } from '../../../console/report/model.ts'
import { dateRangeText, durationText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import { type GlossaryGroup, meaningOf, metricText } from '../../../core/metric-glossary.ts'
import { numberText } from '../../../core/number-text.ts'
import type { AlphaChoice, NamedAlpha } from '../../../core/request.ts'
import { type Block, type BlockLine, renderBlocks } from '../../output/blocks.ts'
import { evidenceBlock } from '../../output/evidence-block.ts'
import type { Style } from '../../terminal.ts'
import { filesBlock, type SummaryFile } from './files-block.ts'

type Figures = ReportModel['metrics']

/** A completed job as the terminal shows it. */
export interface Summary {
  readonly model: ReportModel
  /** The result was there already. */
  readonly reused: boolean
  /** Null: not known. */
  readonly durationMs: number | null
  /** Absolute paths. */
  readonly files: readonly SummaryFile[]
}

/** Positions of each side that are named. */
const NAMED_POSITIONS = 3

/** The summary in blocks: run, signal, portfolio, costs, evidence, files. */
export function renderSummary(summary: Summary, style: Style): string {
  const { head } = summary.model
  const took = summary.durationMs === null ? '' : ` in ${durationText(summary.durationMs)}`
  const state = summary.reused ? 'computed before: nothing to do' : `completed${took}`
  const first = `${style('heading', head.name)}  ${style('good', state)}  ${style('quiet', head.jobId)}\n`
  const blocks = [runBlock, signalBlock, portfolioBlock, costsBlock, believeBlock]
  const told = [...blocks.map((block) => block(summary)), filesBlock(summary.files)]
  return `${first}\n${renderBlocks(told, style)}`
}

function runBlock({ model: { metrics, computation } }: Summary): Block {
  const at = (name: string) => figure('metrics', name, metrics)
  const period = dateRangeText(dayNumber(computation.startDate), dayNumber(computation.endDate))
  return {
    name: 'run',
    lines: [
      { label: 'alpha', value: alphaText(computation.alpha) },
      { label: 'period', value: `${period}, ${at('n_days_processed')} days` },
      {
        label: 'names',
        value: `${at('n_symbols_avg')} a day, ${at('universe_coverage')} of the universe`,
      },
      { label: 'data', value: `snapshot ${computation.snapshotId}` },
    ],
  }
}

function signalBlock({ model: { metrics } }: Summary): Block {
  const at = (name: string) => figure('metrics', name, metrics)
  return {
    name: 'signal',
    lines: [
      {
        label: 'rank IC',
        value: at('mean_ic'),
        remark: `HAC t ${at('ic_t_newey_west')}, above zero on ${at('ic_positive_days')} of days`,
      },
      { label: 'ICIR', value: at('icir'), remark: `${at('icir_annualised')} a year` },
      { label: 'hit rate', value: at('hit_rate'), remark: 'signs of signal and return that agreed' },
      { label: 'decay half-life', ...orReason('metrics', 'decay_half_life', metrics) },
      {
        label: 'autocorrelation',
        value: at('signal_autocorrelation_1'),
        remark: `after a day, ${at('signal_autocorrelation_20')} after 20`,
      },
    ],
  }
}

function portfolioBlock({ model }: Summary): Block {
  const { metrics, computation, holdings } = model
  const costs = model.costs?.summary ?? null
  const at = (name: string) => figure('metrics', name, metrics)
  const net = (name: string, before = ', ', after = ' net') =>
    costs === null ? '' : `${before}${figure('costs', name, costs)}${after}`
  const netLoss = costs === null ? '' : `, ${lossText(costs.net_max_drawdown)} net`
  const lines: BlockLine[] = [
    {
      label: 'return',
      value: `${at('cumulative_return')} gross${net('total_net_return')}`,
      remark: `${computation.weightMethod} weights`,
    },
    {
      label: 'Sharpe',
      value: `${at('gross_sharpe')} gross${net('net_sharpe')}`,
      ...trackRecord(metrics, costs !== null),
    },
    { label: 'volatility', value: at('volatility_ann'), remark: 'a year' },
    { label: 'max drawdown', value: `${lossText(metrics.max_drawdown)} gross${netLoss}` },
    {
      label: 'turnover',
      value: at('average_turnover'),
      remark: `a day, one way; ${at('annualized_turnover')} times a year`,
    },
  ]
  if (holdings !== null) {
    lines.push({
      label: 'longest',
      value: positionsText(holdings.long),
      remark: `of ${holdings.longCount} on the last day`,
    })
    lines.push({ label: 'shortest', value: positionsText(holdings.short), remark: `of ${holdings.shortCount}` })
  }
  return { name: 'portfolio', lines }
}

/** The interval of the last Sharpe ratio of the row, and the odds that the true one is above zero; nothing without. */
function trackRecord(metrics: Figures, net: boolean): Pick<BlockLine, 'remark'> {
  if (typeof metrics.psr !== 'number') return {}
  const at = (name: string) => figure('metrics', name, metrics)
  const interval = `90% ${at('sharpe_low')} to ${at('sharpe_high')}${net ? ' net' : ''}`
  return { remark: `${interval}, above zero with probability ${at('psr')}` }
}

function costsBlock({ model }: Summary): Block {
  if (model.costs === null)
    return { name: 'costs', lines: [{ label: 'costs', value: 'n/a: the manifest has no costModel' }] }
  const { summary, capacity } = model.costs
  const at = (name: string) => figure('costs', name, summary)
  const lines: BlockLine[] = [
    {
      label: 'paid',
      value: at('total_cost_usd'),
      remark: `${at('commission_spread_cost_usd')} commission and spread, ${at('market_impact_cost_usd')} impact`,
    },
    { label: 'per trade', value: at('avg_trade_cost_bps'), remark: `mean of ${at('num_trades')} trades` },
  ]
  const bound = capacity.limiting_factor
  const remark = typeof bound === 'string' ? { remark: `bound by ${bound.replaceAll('_', ' ')}` } : {}
  lines.push({ label: 'capacity', value: figure('costs', 'implied_max_capacity', capacity), ...remark })
  return { name: 'costs', lines }
}

function believeBlock({ model }: Summary): Block {
  return evidenceBlock(
    backtestEvidence(model),
    model.warnings.map(({ message }) => message),
  )
}

/** `AAPL (10004) +0.8%, …`, the largest first. */
function positionsText(holdings: readonly Holding[]): string {
  if (holdings.length === 0) return 'none'
  const texts = holdings
    .slice(0, NAMED_POSITIONS)
    .map(
      (holding) =>
        `${securityText(holding)} ${numberText(holding.weight, { unit: 'percent', digits: 1, signed: true })}`,
    )
  return texts.join(', ')
}

/** A loss that is kept as a positive share, with its sign. */
function lossText(share: number | string | null | undefined): string {
  return numberText(typeof share === 'number' ? -share : null, { unit: 'percent', digits: 1 })
}

/** A figure in its own words; a name that is not there reads n/a. */
function figure(group: GlossaryGroup, name: string, figures: Figures): string {
  const value = figures[name]
  return typeof value === 'string' ? value : metricText(group, name, value)
}

/** The figure, or n/a with the reason that the glossary gives. */
function orReason(group: GlossaryGroup, name: string, figures: Figures): Pick<BlockLine, 'value' | 'remark'> {
  const value = figure(group, name, figures)
  if (value !== 'n/a') return { value }
  const reason = meaningOf(group, name)?.absent.split(', ')[0]
  return reason === undefined ? { value } : { value: `n/a: ${reason}` }
}

/** `momentum, lookbackDays 252, skipDays 21`; a blend names its parts. */
function alphaText(alpha: AlphaChoice): string {
  if (!('blend' in alpha)) return namedText(alpha)
  const { of, weighting } = alpha.blend
  return `blend of ${of.map((part) => part.name).join(', ')}, weights ${weighting}`
}

function namedText({ name, parameters }: NamedAlpha): string {
  return [name, ...Object.entries(parameters).map(([key, value]) => `${key} ${value}`)].join(', ')
}
