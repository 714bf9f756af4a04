import { HindcastError } from '../../core/errors.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import { parseStore } from '../../storage/blobs/store-config.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { samplePlan, sampleResult } from './sample-result.ts'

/**
 * A process that commits the sample into a store until it is killed: `commit-child.ts STORE DAYS NAMES [FIRST LAST]`.
 * Once an attempt is there it removes the one before. Prints `begin N` before attempt N and its outcome behind it; a
 * failure is printed as its code, then what it says.
 */
const [root = '', days = '40', names = '50', first = '1', last = '1'] = process.argv.slice(2)
const store = openStore(parseStore(root, process.env), { now: () => 0 })
const plan = samplePlan()
const result = sampleResult({ days: Number(days), names: Number(names) })

for (let attempt = Number(first); attempt <= Number(last); attempt++) {
  process.stdout.write(`begin ${attempt}\n`)
  try {
    const { outcome } = await commitAttempt(
      {
        plan,
        result,
        name: 'sample',
        attempt,
        claim: `pod-${process.pid}`,
        engineVersion: '0.1.0',
        image: null,
        startedAt: new Date(0),
        completedAt: new Date(0),
        peakMemoryBytes: null,
      },
      { store, record: async () => 'recorded' },
    )
    process.stdout.write(`${outcome} ${attempt}\n`)
    await store.remove({ ...plan, name: String(attempt - 1) })
  } catch (error) {
    process.stdout.write(`${error instanceof HindcastError ? error.code : error} ${attempt}\n`)
    if (error instanceof HindcastError) process.stdout.write(`said ${error.message}\n`)
  }
}
