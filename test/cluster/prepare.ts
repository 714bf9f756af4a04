import { machineAbsent } from './absent.ts'
import { ensureBaseImage } from './images/base.ts'
import { ensurePrograms } from './programs.ts'

/**
 * Builds what a cluster for tests is made of, once on a machine: some minutes that `npm test` spends on its other
 * layers. Whoever needs a part waits for it under the same lock, or builds it where this was ended early.
 */
process.once('SIGTERM', () => process.exit(143))
if (machineAbsent() === undefined) await Promise.all([ensurePrograms(), ensureBaseImage()])
