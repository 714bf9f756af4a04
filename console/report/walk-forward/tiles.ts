import { h, type JSX } from 'preact'
import { meanSearch } from '../../../core/evidence/walk-facts.ts'
import { metricText } from '../../../core/metric-glossary.ts'
import { numberText } from '../../../core/number-text.ts'
import { scalar } from '../figures.ts'
import { type Tile, TileList, tileOf } from '../sections/tiles.ts'
import type { WalkReportModel } from './model.ts'

/** The eight numbers of a walk that are asked for first, each with what it must be read against. */
export function WalkTiles({ model }: { model: WalkReportModel }): JSX.Element {
  return h(TileList, {
    tiles: [
      testIc(model),
      tile(model, 'test_icir', 'from window to window'),
      overfitting(model),
      degradation(model),
      skill(model),
      tile(model, 'pbo', 'one half is what chance gives'),
      positive(model),
      sharpe(model),
    ],
  })
}

function tile({ metrics }: WalkReportModel, name: string, note: string): Tile {
  return tileOf('walkForward', name, scalar(metrics, name), note)
}

function testIc(model: WalkReportModel): Tile {
  const train = metricText('walkForward', 'train_ic', scalar(model.metrics, 'train_ic'))
  const t = metricText('metrics', 'ic_t_newey_west', scalar(model.metrics, 'ic_t_newey_west'))
  return tile(model, 'test_ic', `${train} in train · HAC t ${t}`)
}

/** The flag of the walk, in words: a ratio that is not known flags nothing. */
export function overfitWords({ metrics }: WalkReportModel): 'OVERFIT' | 'not overfit' | 'undetermined' {
  if (Number.isNaN(scalar(metrics, 'overfitting_ratio'))) return 'undetermined'
  return scalar(metrics, 'is_overfit') === 1 ? 'OVERFIT' : 'not overfit'
}

/** The same as a badge. */
export function OverfitBadge({ model }: { model: WalkReportModel }): JSX.Element {
  const words = overfitWords(model)
  const look = words === 'OVERFIT' ? 'bad' : words === 'undetermined' ? 'caution' : 'good'
  return h('span', { class: `badge ${look}` }, words)
}

function overfitting(model: WalkReportModel): Tile {
  const { term } = tile(model, 'overfitting_ratio', '')
  const note = [h(OverfitBadge, { model }), ` threshold ${model.computation.overfittingThreshold}`]
  const ratio = scalar(model.metrics, 'overfitting_ratio')
  return { term, value: metricText('walkForward', 'overfitting_ratio', ratio), note }
}

function degradation(model: WalkReportModel): Tile {
  const gained = scalar(model.metrics, 'degradation') < 0
  return tile(model, 'degradation', gained ? 'the test IC is above the train IC' : 'of the train IC was lost')
}

function skill(model: WalkReportModel): Tile {
  const trials = metricText('walkForward', 'n_trials', scalar(model.metrics, 'n_trials'))
  const effective = meanSearch(
    model.windows.flatMap(({ search }) => search ?? []),
    'effectiveTrials',
  )
  const alike = Number.isNaN(effective) ? '' : `, worth ${numberText(effective, { unit: 'number', digits: 1 })}`
  return tile(model, 'dsr', `${trials} trials${alike}`)
}

function positive(model: WalkReportModel): Tile {
  const valid = model.windows.filter(({ testIc: ic }) => !Number.isNaN(ic))
  const above = valid.filter(({ testIc: ic }) => ic > 0).length
  return tile(model, 'positive_windows', `${above} of ${valid.length} with a test IC above zero`)
}

function sharpe({ metrics, returns }: WalkReportModel): Tile {
  const name = returns.net === null ? 'gross_sharpe' : 'net_sharpe'
  return tileOf('metrics', name, scalar(metrics, name), `test spans${returns.net === null ? ' · no costs' : ''}`)
}
