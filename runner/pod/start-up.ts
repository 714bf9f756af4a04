import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withStorageErrors } from '../../storage/blobs/durable-files.ts'
import { explainFull } from '../../storage/blobs/full-store.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import { formatResultPath } from '../../storage/blobs/result-path.ts'
import type { PoolLimits } from '../../storage/ledger/engines/postgres.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import type { ProgressChannel } from '../../storage/progress/channel.ts'
import type { RunnerConfig } from '../config.ts'
import { type Patience, type PatiencePorts, patiently } from './patience.ts'

/**
 * One statement at a time decides, a beat or a unit may be under way beside it. A statement that a fail-over left
 * hanging is given up in half a grace.
 */
const RUNNER_LIMITS: PoolLimits = { connectionsMax: 3, connectMs: 5_000, statementMs: 7_000 }
/** Redis is optional: its absence is told of and nothing else (platform.md 7.4). */
const REDIS_START_MS = 2_000

/**
 * Throws `storage_error` or `storage_full` unless a pod's places can be used: a file can be written and removed in its
 * scratch and on its volume of artifacts; a bucket lists what the namespace has, which a wrong key or name ends.
 */
export async function checkStorage(config: RunnerConfig, now: () => number): Promise<void> {
  const { scratchDir, artifacts, namespace } = config
  await checkWritable(scratchDir)
  const store = openStore(artifacts, { namespace, now })
  try {
    if (artifacts.kind === 'files') return await checkWritable(artifacts.root)
    // The first page is enough.
    for await (const _ of store.entries()) return
  } catch (thrown) {
    throw await explainFull(thrown, store, formatResultPath(config))
  }
}

async function checkWritable(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID()}`)
  await withStorageErrors(folder, async () => {
    await mkdir(folder, { recursive: true })
    try {
      await writeFile(probe, 'x')
    } finally {
      // A full disk takes the name of a file and none of its bytes.
      await rm(probe, { force: true })
    }
  })
}

/** Opens the record, waiting for it as long as patience lasts; errors as `openPostgres`. */
export function openRecord(url: string, patience: Patience, ports: PatiencePorts): Promise<Ledger> {
  return patiently(() => openPostgres(url, { limits: RUNNER_LIMITS }), patience, ports)
}

/** Whether Redis answers within its two seconds. */
export async function redisAnswers(channel: ProgressChannel): Promise<boolean> {
  const over = new AbortController()
  const late = sleep(REDIS_START_MS, false, { signal: over.signal })
  late.catch(() => {})
  try {
    return await Promise.race([channel.up(), late])
  } finally {
    over.abort()
  }
}
