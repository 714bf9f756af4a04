import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { findGo } from '../crds/go.ts'
import { CLUSTER_CACHE } from './images/buildah.ts'
import { withLock } from './lock.ts'
import { tryRun } from './run.ts'

/** Where the programs stand that a cluster is made of: one Go module, a folder for each program. */
const SOURCE = join(import.meta.dirname, 'go')

/** What Kubernetes says of itself; without it the API server calls itself v0.0.0 and clients refuse it. */
const KUBERNETES = { version: 'v1.36.3', major: '1', minor: '36' }
const VERSION_PACKAGE = 'k8s.io/component-base/version'
const VERSION_FLAGS = [
  ['gitVersion', KUBERNETES.version],
  ['gitMajor', KUBERNETES.major],
  ['gitMinor', KUBERNETES.minor],
].map(([name, value]) => `-X ${VERSION_PACKAGE}.${name}=${value}`)
const BUILD_FLAGS = ['-trimpath', '-ldflags', ['-s', '-w', ...VERSION_FLAGS].join(' ')]

/** Twelve minutes on two idle cores with nothing cached; several times that beside the other layers of the tests. */
const BUILD_LIMIT_MS = 50 * 60_000

/** The folder that the programs of this state of the sources are in, built or not; outside the checkout. */
export function programsFolder(): string {
  const hash = createHash('sha256').update(BUILD_FLAGS.join('\n'))
  for (const file of globSync('**/*.{go,mod,sum}', { cwd: SOURCE }).sort()) {
    hash.update(file).update(readFileSync(join(SOURCE, file)))
  }
  return join(CLUSTER_CACHE, hash.digest('hex').slice(0, 16))
}

/** Builds the programs where this state of them was never built here, and gives their folder. */
export async function ensurePrograms(): Promise<string> {
  const folder = programsFolder()
  if (existsSync(folder)) return folder
  return withLock(`${folder}.lock`, BUILD_LIMIT_MS, async () => {
    if (!existsSync(folder)) await build(folder)
    return folder
  })
}

async function build(folder: string): Promise<void> {
  const go = findGo()
  if ('absent' in go) throw new Error(`the programs of the cluster cannot be built: ${go.absent}`)
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  const log = `${folder}.log`
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' }
  // The other layers of the tests run meanwhile, and they have limits of time.
  const command = ['nice', '-n', '10', go.program, 'build', ...BUILD_FLAGS, '-o', `${unfinished}/`, './...']
  const { code } = await tryRun(command, { cwd: SOURCE, env, log, limitMs: BUILD_LIMIT_MS })
  if (code !== 0) throw new Error(`the programs of the cluster do not build; all of it is in ${log}`)
  for (const part of ['kubectl', 'etcd']) symlinkSync('kubernetes', join(unfinished, part))
  renameSync(unfinished, folder)
}

/** Whether a program can be found on the PATH or at its absolute path. */
export function hasProgram(name: string): boolean {
  if (name.startsWith('/')) return existsSync(name)
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0
}
