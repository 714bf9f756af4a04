import { ensureServer } from './s3.ts'

/** Builds the S3 server of the contract tests, once on a machine, while `npm test` runs its other layers. */
process.once('SIGTERM', () => process.exit(143))
await ensureServer()
