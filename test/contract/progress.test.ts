import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { progressTtlSeconds } from '../../storage/progress/channel.ts'
import { memoryProgress } from '../../storage/progress/memory.ts'
import { progressContract } from './progress.ts'

progressContract('memory', async () => {
  let now = 0
  return {
    channel: memoryProgress(() => now),
    pass: async (seconds) => {
      now += seconds * 1000
    },
  }
})

const lives: [timeout: number, life: number][] = [
  [300, 3600],
  [3600, 3600],
  [14400, 14400],
]
for (const [timeout, life] of lives) {
  test(`the keys of a job with ${timeout} s live ${life} s`, () => assert.equal(progressTtlSeconds(timeout), life))
}
