import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type RunOptions, run } from '../run.ts'

/** What is built once on a machine, keyed by what it is built from. */
export const CLUSTER_CACHE = join(homedir(), '.cache', 'hindcast', 'cluster')

const BUILD_LIMIT_MS = 600_000

/** Runs buildah on a store of images of its own. */
export async function buildah(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const store = join(CLUSTER_CACHE, 'buildah')
  mkdirSync(store, { recursive: true })
  const where = ['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', 'overlay']
  return (await run(['buildah', ...where, ...args], { limitMs: BUILD_LIMIT_MS, ...options })).trim()
}
