import { h, type JSX } from 'preact'
import { metricText } from '../../../core/metric-glossary.ts'
import { scalar } from '../figures.ts'
import { TileList, tileOf } from '../sections/tiles.ts'
import type { PathMetric, PathReportModel } from './model.ts'

/** The eight numbers of a MonteCarlo that are asked for first, each with what it must be read against. */
export function PathTiles({ model }: { model: PathReportModel }): JSX.Element {
  const { metrics } = model
  const words = (name: string) => metricText('monteCarlo', name, scalar(metrics, name))
  const of = (name: string, note: string) => tileOf('monteCarlo', name, scalar(metrics, name), note)
  const range = (metric: PathMetric) => of(metric, `paths ${words(`${metric}_q05`)} to ${words(`${metric}_q95`)}`)
  return h(TileList, {
    tiles: [
      range('sharpe'),
      range('max_drawdown'),
      range('mean_ic'),
      range('hit_rate'),
      of('p_value', 'of paths without any mean return'),
      of('drawdown_deeper_share', 'small: its bad days came together'),
      of('max_drawdown_q05', 'one path in twenty loses more'),
      of('p_value_sharpe', 'near one half whatever the skill'),
    ],
  })
}
