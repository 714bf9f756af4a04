import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { mulberry } from '../flow/mulberry.ts'
import { play } from './play.ts'
import { SCRIPTS } from './scripts.ts'

/** operator.md 5, goal 9: the operator dies at a call, before it is sent or after it is done, whichever call it is. */

const LONG = process.env.HINDCAST_TEST_LONG === '1'
/** Calls that are tried of each script, spread over all of them; in a long run every one. */
const TRIED = LONG ? Number.POSITIVE_INFINITY : 4

/** Some of the calls, first and last among them, others by chance; all of them where that is asked for. */
function chosen(count: number, seed: number): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1)
  if (count <= TRIED) return all
  const random = mulberry(seed)
  return all
    .map((index) => ({ index, by: random() }))
    .sort((a, b) => a.by - b.by)
    .slice(0, TRIED)
    .map(({ index }) => index)
    .sort((a, b) => a - b)
}

for (const [seed, script] of SCRIPTS.entries()) {
  test(`${script.title} ends the same wherever the operator dies, with one Job an attempt`, async () => {
    const calm = await play(script, () => 'fine')
    assert.deepEqual(calm.faults, [])
    for (const index of chosen(calm.calls.length, seed)) {
      for (const how of ['die-before', 'die-after'] as const) {
        const swept = await play(script, (call) => (call.index === index ? how : 'fine'))
        const at = `${how} call ${index}, ${calm.calls[index - 1]?.what}`
        assert.deepEqual(swept.faults, [], at)
        assert.deepEqual(swept.ending, calm.ending, at)
      }
    }
  })
}
