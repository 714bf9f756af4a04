import type { Warning } from '../result.ts'
import type { MetricInterval, MonteCarloResult } from './merge.ts'
import type { MonteCarloRun } from './run.ts'

/** Paths that should lie beyond a level before its percentile is steady. */
const TAIL_PATHS = 10

const METHOD_NOTES: Readonly<Record<MonteCarloRun['settings']['method'], Warning>> = {
  bootstrap: {
    code: 'single_days',
    message:
      'Paths are made of single days drawn with replacement. That breaks up runs of good and bad days, so drawdowns ' +
      'come out too small where such runs exist; methods stationary and circular keep them.',
  },
  shuffle: {
    code: 'order_only',
    message:
      'Every path holds the same days in another order. Sharpe ratio, hit rate and mean IC do not depend on order: ' +
      'their intervals are one point and their p-values do not exist. Only the drawdown says something.',
  },
  stationary: {
    code: 'blocks',
    message: 'Paths are made of blocks of following days, whose length varies, so runs of good and bad days survive.',
  },
  circular: {
    code: 'blocks',
    message: 'Paths are made of blocks of following days, all of one length, so runs of good and bad days survive.',
  },
}

/** What the figures of a run mean, in sentences. */
export function runNotes(
  run: MonteCarloRun,
  { pValues, intervals }: Pick<MonteCarloResult, 'pValues' | 'intervals'>,
): Warning[] {
  const { method } = run.settings
  const notes = [METHOD_NOTES[method]]
  if (run.block !== null) notes.push(blockNote(run.block))
  if (method === 'shuffle') notes.push(drawdownNote(pValues.drawdownDeeper))
  else {
    notes.push(...intervals.flatMap((interval) => rangeNote(run, interval)))
    notes.push({
      code: 'p_value_sharpe',
      message:
        'p_value_sharpe is the share of paths that reach the observed Sharpe ratio. Paths scatter about it, so the ' +
        'share lies near 0.5 with and without skill and tests nothing: read p_value_null.',
    })
    notes.push(nullNote(pValues.sharpeNull))
  }
  return notes
}

function blockNote({ days, from }: NonNullable<MonteCarloRun['block']>): Warning {
  const source = from === 'settings' ? 'as asked for' : 'by the rule of Politis and White on the returns'
  if (days === 1) {
    const message = `Blocks are single days, ${source}: paths keep no runs of good or bad days.`
    return { code: 'block_length', message }
  }
  return { code: 'block_length', message: `Length of the blocks, in days: ${figure(days)}, ${source}.` }
}

/** What the outermost levels say of the two figures that people plan with; nothing where a percentile is missing. */
function rangeNote({ settings }: MonteCarloRun, { metric, observed, quantiles }: MetricInterval): Warning[] {
  const [lowest, highest] = [Math.min(...settings.confidenceLevels), Math.max(...settings.confidenceLevels)]
  const [low, high] = [quantiles[String(lowest)], quantiles[String(highest)]]
  if (low === undefined || high === undefined || !Number.isFinite(low) || !Number.isFinite(high)) return []
  if (metric === 'sharpe' && lowest < highest) {
    const sides = low < 0 && high > 0 ? ', on both sides of 0: its sign is not settled' : ''
    const range = `the Sharpe ratio runs from ${figure(low)} to ${figure(high)}`
    return [{ code: 'sharpe_range', message: `Between levels ${lowest} and ${highest} ${range}${sides}.` }]
  }
  if (metric === 'max_drawdown' && lowest > 0) {
    const paths = `${percent(lowest)} of paths lose more than ${percent(-low)} from a peak`
    return [{ code: 'drawdown_range', message: `${paths}; the source lost ${percent(-observed)}.` }]
  }
  return []
}

function drawdownNote(share: number): Warning {
  const reading =
    share < 0.05
      ? 'Its losses came closer together than chance would put them.'
      : share > 0.95
        ? 'Its losses lay further apart than chance would put them.'
        : 'The order of its days was nothing unusual.'
  const message = `${percent(share)} of the orders have a drawdown at least as deep as the observed one. ${reading}`
  return { code: 'drawdown_order', message }
}

function nullNote(p: number): Warning {
  const message = Number.isNaN(p)
    ? 'p_value_null cannot be computed: the observed Sharpe ratio is not a finite number.'
    : `p_value_null: of paths whose days earn nothing on average, ${percent(p)} reach the observed Sharpe ratio.`
  return { code: 'p_value_null', message }
}

/** What a reader must know before believing the figures of a run. */
export function runWarnings(run: MonteCarloRun): Warning[] {
  return [...sampleWarnings(run), ...returnWarnings(run), ...drawWarnings(run)]
}

function sampleWarnings({ sample, paired }: MonteCarloRun): Warning[] {
  const warnings: Warning[] = []
  const { nanReturns, nanIcs, ics, icsWithoutReturn, icOfDay } = sample
  if (nanReturns + nanIcs > 0) {
    const message = `${nanReturns} returns and ${nanIcs} rank ICs are NaN and were left out.`
    warnings.push({ code: 'nan_left_out', message })
  }
  if (ics.length === 0) {
    warnings.push({ code: 'no_ic', message: 'The source has no rank IC: the interval of mean_ic is empty.' })
  } else if (paired) {
    const without = icOfDay.filter((ic) => Number.isNaN(ic)).length
    if (icsWithoutReturn + without > 0) {
      const message =
        `${icsWithoutReturn} rank ICs lie on dates without a return and enter no path; ` +
        `${without} returns have no rank IC, and paths average over those that do.`
      warnings.push({ code: 'ic_dates_differ', message })
    }
  } else {
    const message =
      'Returns and rank ICs were drawn apart, as the reference does: generator counter keeps those of a day together.'
    warnings.push({ code: 'drawn_apart', message })
  }
  return warnings
}

function returnWarnings({ sample, observed }: MonteCarloRun): Warning[] {
  const warnings: Warning[] = []
  const days = sample.returns.length
  if (days < 2) warnings.push({ code: 'one_return', message: 'With one return there is no Sharpe ratio.' })
  else if (!Number.isFinite(observed.sharpe)) {
    const message = `The ${days} returns have no finite spread: the Sharpe ratio is ${observed.sharpe}.`
    warnings.push({ code: 'no_spread', message })
  }
  const ruins = sample.returns.filter((r) => r <= -1).length
  if (ruins > 0) {
    const message = `${ruins} returns lose everything or more: drawdowns of paths with them have no meaning beyond -1.`
    warnings.push({ code: 'ruin', message })
  }
  return warnings
}

function drawWarnings({ settings, block, sample }: MonteCarloRun): Warning[] {
  const warnings: Warning[] = []
  const days = sample.returns.length
  if (block !== null && Number.isNaN(block.rule)) {
    const message = 'The rule of Politis and White has no answer for these returns: single days are drawn.'
    warnings.push({ code: 'block_length_unknown', message })
  }
  if (block !== null && days > 1 && 2 * block.days > days) {
    const message = `Blocks of ${figure(block.days)} days make paths of ${days} days from one or two pieces.`
    warnings.push({ code: 'block_too_long', message })
  }
  const beyond = settings.confidenceLevels.map((level) => Math.min(level, 1 - level) * settings.simulations)
  const thin = settings.confidenceLevels.filter((_, i) => beyond[i]! > 0 && beyond[i]! < TAIL_PATHS)
  if (thin.length > 0) {
    const message =
      `Fewer than ${TAIL_PATHS} of ${settings.simulations} paths lie beyond level ${thin.join(', ')}: ` +
      'another seed would move those percentiles; ask for more simulations.'
    warnings.push({ code: 'few_paths', message })
  }
  return warnings
}

function percent(share: number): string {
  return `${figure(100 * share)} %`
}

/** Three significant digits, without an exponent for what is shown here. */
function figure(value: number): string {
  return String(Number(value.toPrecision(3)))
}
