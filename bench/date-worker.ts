import { parentPort, workerData } from 'node:worker_threads'
import { computeDates, type Run } from '../engine/compute.ts'

/** A thread of the engine benchmark: computes the ranges of dates it is sent, on shared memory. */
const run = workerData as Run
parentPort!.on('message', ({ from, to }: { from: number; to: number }) => {
  for (const step of computeDates(run, from, to)) if (step.done === step.total) break
  parentPort!.postMessage('done')
})
