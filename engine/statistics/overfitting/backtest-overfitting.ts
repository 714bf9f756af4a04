import { invariant } from '../../../core/invariant.ts'
import { mean, percentileLinear } from '../../stats.ts'
import { blockMoments, sharpesOfBlocks } from './block-moments.ts'

/** Most blocks: 184,756 splits. */
const MAX_BLOCKS = 20

/** How a search's winner fares outside the data it was chosen on, over all ways to cut the data in two halves. */
export interface BacktestOverfitting {
  readonly splits: number
  /** Share of splits whose winner ranks at or below the middle of the trials out of sample. */
  readonly probability: number
  /** The same, strictly below. */
  readonly probabilityStrict: number
  /** ln(w/(1 - w)) by split, w being the winner's rank out of sample over N + 1; splits in lexicographic order. */
  readonly logits: Float64Array
  readonly meanLogit: number
  readonly medianLogit: number
  /** Line through (ratio in sample, ratio out of sample) of the winners; NaN when all are equal in sample. */
  readonly slope: number
  readonly intercept: number
  /** Share of splits whose winner lost money out of sample. */
  readonly lossProbability: number
}

/**
 * PBO by combinatorially symmetric cross-validation: the rows are cut into `blocks` contiguous blocks, each half of
 * them is once the sample in which the trial with the best Sharpe ratio is chosen and the other half the test. Ranks
 * ascend with average ties; winners that tie share their rank and ratio, so the order of the trials plays no part.
 * A trial that does not vary has ratio 0.
 *
 * Source: Bailey, Borwein, López de Prado & Zhu 2017, Journal of Computational Finance 20(4).
 * Cost: O(T N + C(S, S/2) S N); 12,870 splits for 16 blocks.
 *
 * @param trials returns of each trial over the same rows: at least 2 trials, 2 rows a block.
 * @param blocks even, from 2 to 20.
 */
export function backtestOverfitting(trials: readonly Float64Array[], blocks = 16): BacktestOverfitting {
  const rows = trials[0]?.length ?? 0
  invariant(blocks % 2 === 0 && blocks >= 2 && blocks <= MAX_BLOCKS, `${blocks} blocks are even, from 2 to 20`)
  invariant(
    trials.length >= 2 && trials.every((returns) => returns.length === rows),
    'two trials or more, one calendar',
  )
  invariant(rows >= 2 * blocks, `${rows} rows make ${blocks} blocks of at least two`)
  const halves = halvesOf(blocks)
  const splits = halves.length
  const moments = blockMoments(trials, blocks)
  const logits = new Float64Array(splits)
  const inside = new Float64Array(splits)
  const outside = new Float64Array(splits)
  const room = { inSample: new Float64Array(trials.length), outOfSample: new Float64Array(trials.length) }
  halves.forEach((half, s) => {
    sharpesOfBlocks(moments, half, room.inSample)
    // In lexicographic order the complement of split s is split (splits - 1 - s).
    sharpesOfBlocks(moments, halves[splits - 1 - s]!, room.outOfSample)
    const winner = judgeWinner(room.inSample, room.outOfSample)
    logits[s] = Math.log(winner.rank / (trials.length + 1 - winner.rank))
    inside[s] = winner.inSample
    outside[s] = winner.outOfSample
  })
  return {
    splits,
    probability: share(logits, (logit) => logit <= 0),
    probabilityStrict: share(logits, (logit) => logit < 0),
    logits,
    meanLogit: mean(logits)!,
    medianLogit: percentileLinear(logits, 0.5)!,
    ...lineThrough(inside, outside),
    lossProbability: share(outside, (ratio) => ratio < 0),
  }
}

/** All choices of half the blocks, ascending, in lexicographic order. */
function halvesOf(blocks: number): Int32Array[] {
  const size = blocks / 2
  const halves: Int32Array[] = []
  const chosen = Int32Array.from({ length: size }, (_, k) => k)
  for (;;) {
    halves.push(chosen.slice())
    let k = size - 1
    while (k >= 0 && chosen[k] === blocks - size + k) k--
    if (k < 0) return halves
    chosen[k]! += 1
    for (let j = k + 1; j < size; j++) chosen[j] = chosen[j - 1]! + 1
  }
}

interface Winner {
  readonly rank: number
  readonly inSample: number
  readonly outOfSample: number
}

/** The best in sample, with its average-tie rank out of sample; the mean over all that tie for best. */
function judgeWinner(inSample: Float64Array, outOfSample: Float64Array): Winner {
  let best = Number.NEGATIVE_INFINITY
  for (let k = 0; k < inSample.length; k++) if (inSample[k]! > best) best = inSample[k]!
  let [winners, ranks, ratios] = [0, 0, 0]
  for (let k = 0; k < inSample.length; k++) {
    if (inSample[k] !== best) continue
    winners++
    ranks += averageRank(outOfSample, outOfSample[k]!)
    ratios += outOfSample[k]!
  }
  return { rank: ranks / winners, inSample: best, outOfSample: ratios / winners }
}

function averageRank(values: Float64Array, value: number): number {
  let [below, equal] = [0, 0]
  for (let k = 0; k < values.length; k++) {
    if (values[k]! < value) below++
    else if (values[k] === value) equal++
  }
  return below + (equal + 1) / 2
}

function share(values: Float64Array, holds: (value: number) => boolean): number {
  let n = 0
  for (let k = 0; k < values.length; k++) if (holds(values[k]!)) n++
  return n / values.length
}

function lineThrough(x: Float64Array, y: Float64Array): { slope: number; intercept: number } {
  const [meanX, meanY] = [mean(x)!, mean(y)!]
  let [xx, xy] = [0, 0]
  for (let k = 0; k < x.length; k++) {
    xx += (x[k]! - meanX) ** 2
    xy += (x[k]! - meanX) * (y[k]! - meanY)
  }
  const slope = xy / xx
  return { slope, intercept: meanY - slope * meanX }
}
