import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Stopped } from './control.ts'
import type { Task } from './tasks.ts'
import { startThreads } from './threads.ts'

/** A task no thread can do: its folder is not there. */
const IMPOSSIBLE = {
  do: 'write',
  directory: '/dev/null/nowhere',
  table: {
    artifact: 'dailyIc',
    source: { columns: { date: new Int32Array(0), ic: new Float64Array(0), rank_ic: new Float64Array(0) } },
  },
} as const satisfies Task

test('a task that fails rejects with its own error, and the thread goes on', async () => {
  const threads = startThreads(1)
  try {
    for (const _ of [1, 2]) await assert.rejects(threads.run(0, IMPOSSIBLE), { code: 'storage_error' })
  } finally {
    await threads.close()
  }
})

test('closing stops a task that waits for its answer', async () => {
  const threads = startThreads(2)
  const waiting = threads.run(1, IMPOSSIBLE)
  const stopped = assert.rejects(waiting, (error) => error instanceof Stopped)
  await threads.close()
  await stopped
})

test('a thread that has been closed takes no task', async () => {
  const threads = startThreads(1)
  await threads.close()
  await assert.rejects(threads.run(0, IMPOSSIBLE), (error) => error instanceof Stopped)
})
