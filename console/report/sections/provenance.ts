import { h, type JSX } from 'preact'
import { dateRangeText } from '../../../core/date-text.ts'
import { dayNumber } from '../../../core/dates.ts'
import type { PinnedBacktest } from '../../../core/plan.ts'
import type { AlphaChoice, NamedAlpha } from '../../../core/request.ts'
import type { Provenance as Origin, ResultHead } from '../model.ts'
import { type Fact, Facts } from '../terms/facts.ts'

const WEIGHTS = {
  zscore: 'z-score, dollar neutral, gross 1',
  rank: 'rank, dollar neutral, gross 1',
  quantile: 'top fifth long, bottom fifth short, gross 1',
} as const

/** Words for the keys of `datasetVersionIds`; another key stands for itself. */
const VERSIONS: Readonly<Record<string, string>> = {
  crsp: 'Version of prices',
  compustat: 'Version of fundamentals',
  cost_data_source: 'Costs priced from',
  cost_data_version: 'in version',
}

/** The question asked of every backtest (engine.md T15): what was known when, and which return is counted. */
const TIMING = 'signal from the close of a day, traded at that close; its return is the next day’s, dated by the signal'

export interface ProvenanceProps {
  readonly head: ResultHead
  readonly provenance: Origin
  /** The computation as it is hashed, shown as JSON. */
  readonly computation: object
  readonly question: readonly Fact[]
}

/** Where it comes from: all that is needed to compute it again, and to tell that it is the same. */
export function Provenance({ head, provenance, computation, question }: ProvenanceProps): JSX.Element {
  return h(
    'section',
    { 'aria-labelledby': 'provenance' },
    h('h2', { id: 'provenance' }, 'Where it comes from'),
    h(Facts, { facts: [...question, ...versionFacts(provenance), ...answer(head, provenance)] }),
    h(
      'details',
      { class: 'config' },
      h('summary', null, 'Computation as JSON'),
      h('pre', { tabIndex: 0 }, JSON.stringify(computation, null, 2)),
    ),
  )
}

/** What was asked of a Backtest. */
export function backtestQuestion(backtest: PinnedBacktest, { snapshotSha256 }: Origin): Fact[] {
  return [
    ['Alpha', alphaText(backtest.alpha)],
    ['Period', dateRangeText(dayNumber(backtest.startDate), dayNumber(backtest.endDate))],
    ['Weights', WEIGHTS[backtest.weightMethod]],
    ['Timing', TIMING],
    ['Dataset', backtest.dataset],
    ['Snapshot', id(backtest.snapshotId, snapshotSha256)],
  ]
}

function versionFacts({ datasetVersionIds }: Origin): Fact[] {
  return Object.entries(datasetVersionIds).map(([role, version]) => [VERSIONS[role] ?? role, h('code', null, version)])
}

function answer(head: ResultHead, provenance: Origin): Fact[] {
  const { contentSha256, manifestSha256, imageDigest, createdBy, completedAt, resultPath, again } = provenance
  return [
    ['Job', h('span', null, h('code', null, head.jobId), ` · attempt ${head.attempt}`)],
    ['Configuration', h('code', null, provenance.configHash)],
    ['Engine', `${provenance.engineVersion}, revision ${provenance.engineRevision}`],
    ...optional('Image', imageDigest),
    ...optional('Result', contentSha256),
    ...optional('Manifest of the result', manifestSha256),
    ...optional('Artifacts', resultPath),
    ...(createdBy === null ? [] : [['Asked by', createdBy] satisfies Fact]),
    ...(completedAt === null ? [] : [['Completed', completedAt] satisfies Fact]),
    ...optional('Again', again),
  ]
}

function optional(name: string, value: string | null): Fact[] {
  return value === null ? [] : [[name, h('code', null, value)]]
}

function id(short: string, full: string | null): JSX.Element {
  return h('span', null, h('code', null, short), full === null ? null : [' · ', h('code', null, full)])
}

/** An alpha with its parameters in words: `momentum, lookbackDays 252, skipDays 21`. */
export function alphaText(alpha: AlphaChoice): string {
  if (!('blend' in alpha)) return namedText(alpha)
  const { of, weighting, lookbackDays } = alpha.blend
  return `blend by ${weighting} over ${lookbackDays} calendar days of ${of.map(namedText).join('; ')}`
}

function namedText({ name, parameters }: NamedAlpha): string {
  return [name, ...Object.entries(parameters).map(([key, value]) => `${key} ${value}`)].join(', ')
}
