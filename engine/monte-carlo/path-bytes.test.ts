import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { decodeBlock, encodeBlock } from './path-bytes.ts'
import { planMonteCarlo } from './run.ts'
import type { PathBlock } from './simulate.ts'

const returns = { dates: Int32Array.of(1, 2, 3), values: Float64Array.of(0.01, -0.02, 0.03) }
const run = planMonteCarlo(
  {
    simulations: 1002,
    method: 'bootstrap',
    blockLength: null,
    seed: 42,
    confidenceLevels: [0.5],
    basis: 'gross',
    generator: 'counter',
  },
  { returns, ic: returns },
)

/** The second unit: two paths. */
const BLOCK: PathBlock = {
  unit: 1,
  columns: {
    sharpe: Float64Array.of(Number.NEGATIVE_INFINITY, 1.5),
    max_drawdown: Float64Array.of(-0, Number.NaN),
    mean_ic: Float64Array.of(Number.NaN, 0.1),
    hit_rate: Float64Array.of(0, 1),
  },
  nullReaching: 2,
}

test('a block is read back to the last bit, also from the middle of other bytes', () => {
  const bytes = encodeBlock(BLOCK)
  const around = new Uint8Array(bytes.length + 3)
  around.set(bytes, 3)
  assert.deepEqual(decodeBlock(run, 1, bytes), BLOCK)
  assert.deepEqual(decodeBlock(run, 1, around.subarray(3)), BLOCK)
})

const REFUSED: readonly [title: string, change: object, says: RegExp][] = [
  ['more null paths than paths', { nullReaching: 3 }, /numbers that no paths have/],
  ['half a null path', { nullReaching: 0.5 }, /numbers that no paths have/],
  ['a share above one', { columns: { ...BLOCK.columns, hit_rate: [0, 1.5] } }, /numbers that no paths have/],
  ['a share that is NaN', { columns: { ...BLOCK.columns, hit_rate: [0, Number.NaN] } }, /numbers that no paths have/],
  [
    'a drawdown that is a gain',
    { columns: { ...BLOCK.columns, max_drawdown: [0, 0.1] } },
    /numbers that no paths have/,
  ],
  ['a path too many', { columns: { ...BLOCK.columns, sharpe: [1, 2, 3] } }, /unit 1 holds 80 bytes, its paths need 72/],
]
for (const [title, change, says] of REFUSED) {
  test(`refused: ${title}`, () => {
    const bytes = encodeBlock({ ...BLOCK, ...change } as PathBlock)
    assert.throws(() => decodeBlock(run, 1, bytes), { code: 'artifact_corrupt', message: says })
  })
}
