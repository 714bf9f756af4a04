import { tmpdir } from 'node:os'
import { HindcastError } from '../../core/errors.ts'
import type { RunnerConfig } from '../../runner/config.ts'
import { checkStorage } from '../../runner/pod/start-up.ts'

/** A process that looks at a volume as a pod does when it starts, `probe-child.ts VOLUME`, and prints what is wrong. */
const [root = ''] = process.argv.slice(2)
const job = { namespace: 'quant', jobId: 'a'.repeat(32), attempt: 1 }
const config = { ...job, scratchDir: tmpdir(), artifacts: { kind: 'files', root, claim: 'results' } }
try {
  await checkStorage(config as unknown as RunnerConfig, () => 0)
} catch (error) {
  process.stdout.write(error instanceof HindcastError ? `${error.code} ${error.message}\n` : `${error}\n`)
}
