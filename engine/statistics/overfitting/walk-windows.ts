import { invariant } from '../../../core/invariant.ts'
import { mean } from '../../stats.ts'

/** First and last date of training and of test, numbered from 0, all inclusive. */
export interface WalkWindow {
  readonly train: readonly [from: number, to: number]
  readonly test: readonly [from: number, to: number]
}

export interface WalkRule {
  /** Dates trained on, tested on, and between one window and the next. */
  readonly train: number
  readonly test: number
  readonly step: number
  /** Dates left out between training and test: the label's horizon plus the delay of execution, or more. */
  readonly gap: number
  /** Training always starts at the first date. */
  readonly anchored?: boolean
}

/** Windows over a calendar of dates, by count and not by month; the last one fits whole. */
export function walkWindows(dates: number, rule: WalkRule): WalkWindow[] {
  const { train, test, step, gap, anchored = false } = rule
  invariant(train >= 1 && test >= 1 && step >= 1 && gap >= 0, 'train, test and step are positive, gap is not negative')
  const windows: WalkWindow[] = []
  for (let start = 0; start + train + gap + test <= dates; start += step) {
    const testFrom = start + train + gap
    windows.push({ train: [anchored ? 0 : start, start + train - 1], test: [testFrom, testFrom + test - 1] })
  }
  return windows
}

/** How much of what training earned survives: mean test over mean training, and the share of tests above zero. */
export interface WalkEfficiency {
  readonly efficiency: number
  readonly consistency: number
}

/** Efficiency of a walk from a figure of each window, such as an annual return or a Sharpe ratio; NaN without one. */
export function walkEfficiency(training: Float64Array, test: Float64Array): WalkEfficiency {
  const positive = test.filter((value) => value > 0).length
  return {
    efficiency: (mean(test) ?? Number.NaN) / (mean(training) ?? Number.NaN),
    consistency: positive / test.length,
  }
}
