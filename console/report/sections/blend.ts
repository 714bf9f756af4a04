import { h, type JSX } from 'preact'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import { Figure } from '../../charts/figure.ts'
import type { Interval } from '../../charts/scale.ts'
import { lastFinite, TimeChart, type TimeLayer } from '../../charts/time-chart.ts'
import type { BlendPart } from '../model.ts'
import { type Fact, Facts } from '../terms/facts.ts'

const WEIGHT: NumberStyle = { unit: 'percent', digits: 0 }
const CORRELATION: NumberStyle = { unit: 'number', digits: 2, signed: true }
/** A blend has at most eight parts: three tones, each in three strokes. */
const TONES = ['accent', 'second', 'ink'] as const
const STROKES = ['solid', 'dashed', 'dotted'] as const
const CONDITION = 'condition_number'
const RANK_PAIR = /^spearman:(.*)\|(.*)$/s

/** What each alpha of a blend weighs from day to day, and how alike they are. */
export function BlendSection({ blend, span }: { blend: BlendPart; span: Interval }): JSX.Element {
  const { names, dates, weights } = blend
  const parts = names.map((_, part) => Float64Array.from(dates, (_, k) => weights[k * names.length + part]!))
  const ends = names.map((name, i) => `${name} ${numberText(lastFinite(parts[i]!), WEIGHT)}`)
  return h(
    'div',
    null,
    h(
      Figure,
      {
        id: 'blend',
        title: 'Weights of the blend',
        note: 'share of each alpha by day, from what was known the day before',
        table: {
          caption: 'Weight of each alpha by day',
          rows: { id: 'date', days: dates },
          columns: names.map((name, i) => ({ id: name, name, style: { ...WEIGHT, digits: 2 }, values: parts[i]! })),
        },
      },
      h(TimeChart, {
        label: `Weights of the blend, on the last day ${ends.join(', ')}`,
        dates,
        span,
        layers: parts.map(
          (values, i): TimeLayer => ({
            mark: 'line',
            values,
            tone: TONES[i % TONES.length]!,
            stroke: STROKES[Math.floor(i / TONES.length) % STROKES.length]!,
            name: names[i]!,
          }),
        ),
        style: WEIGHT,
        height: 130,
        zero: true,
        axis: true,
      }),
    ),
    h(Facts, { facts: likeness(blend), columns: true }),
  )
}

function likeness({ correlation }: BlendPart): Fact[] {
  const pairs = Object.entries(correlation).flatMap(([key, value]): Fact[] => {
    const [, one, other] = RANK_PAIR.exec(key) ?? []
    return one === undefined ? [] : [[`Rank correlation of ${one} and ${other}`, numberText(value, CORRELATION)]]
  })
  const condition = Object.hasOwn(correlation, CONDITION) ? correlation[CONDITION] : undefined
  if (condition === undefined) return pairs
  return [...pairs, ['Condition number of the correlations', numberText(condition, { unit: 'number', digits: 1 })]]
}
