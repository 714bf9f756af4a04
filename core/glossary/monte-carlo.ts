import type { NumberStyle } from '../number-text.ts'
import type { Meaning, Meanings } from './meaning.ts'

interface PathFigure extends NumberStyle {
  readonly title: string
  readonly observed: string
}

const FIGURES: Readonly<Record<string, PathFigure>> = {
  sharpe: {
    title: 'Sharpe',
    unit: 'number',
    digits: 2,
    observed: 'Mean daily return of the source over its sample standard deviation, times the square root of 252.',
  },
  max_drawdown: {
    title: 'Max drawdown',
    unit: 'percent',
    digits: 1,
    observed:
      'Largest loss from an earlier peak of the compounded wealth of the source, which starts at one; zero or below.',
  },
  mean_ic: {
    title: 'Mean rank IC',
    unit: 'number',
    digits: 4,
    observed: 'Mean of the daily rank ICs of the source.',
  },
  hit_rate: {
    title: 'Days not lost',
    unit: 'percent',
    digits: 1,
    observed: 'Share of days whose return was zero or above: not the hit rate of a Backtest.',
  },
}

const LEVELS = { q05: '5%', q50: '50%', q95: '95%' } as const

/** Numbers of a MonteCarlo (engine.md 9): observed values, what the paths say of each, and chances. */
export const MONTE_CARLO: Meanings = {
  ...Object.fromEntries(Object.entries(FIGURES).flatMap(([name, figure]) => rowsOf(name, figure))),
  p_value: {
    title: 'Chance without skill',
    unit: 'percent',
    digits: 1,
    definition:
      'Of paths drawn from the same returns less their mean, the share that reach the observed Sharpe ratio, the ' +
      'source itself counted as one of them. Small: more than luck.',
    absent: 'orders of the same days have one Sharpe ratio, or the returns do not vary',
  },
  p_value_sharpe: {
    title: 'Paths reaching the Sharpe',
    unit: 'percent',
    digits: 1,
    definition:
      'Share of the paths that reach the observed Sharpe ratio. Paths scatter about it, so the share lies near one ' +
      'half with and without skill: no test.',
    absent: 'orders of the same days have one Sharpe ratio, or the returns do not vary',
  },
  drawdown_deeper_share: {
    title: 'Paths falling as deep',
    unit: 'percent',
    digits: 1,
    definition:
      'Share of the paths whose largest drawdown is at least as deep as that of the source. Small: its bad days came ' +
      'together.',
    absent: 'the source has no drawdown that is a number',
  },
}

function rowsOf(name: string, { title, observed, ...style }: PathFigure): [string, Meaning][] {
  const own: Meaning = { ...style, title, definition: observed, absent: 'too few returns, or none that vary' }
  const levels = Object.entries(LEVELS).map(([column, level]): [string, Meaning] => [
    `${name}_${column}`,
    {
      ...style,
      title: `${title}, ${level} of paths`,
      definition: `The value that ${level} of the paths lie at or below, interpolated between paths.`,
      absent: 'the level was not asked for, or no path has a value',
    },
  ])
  return [[name, own], ...levels]
}
