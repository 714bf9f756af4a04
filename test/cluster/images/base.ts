import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../lock.ts'
import { run, tryRun } from '../run.ts'
import { buildah, CLUSTER_CACHE } from './buildah.ts'

/** The name that the project's Dockerfiles start from. */
export const BASE_IMAGE = 'docker.io/library/node:24-bookworm-slim'

const RELEASE = 'bookworm'
const PACKAGES = 'ca-certificates,tzdata,libstdc++6,libatomic1'
const NPM = join(import.meta.dirname, 'npm')
const KEY_LABEL = 'dev.hindcast.key'
const LIMIT_MS = 600_000
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** What no program reads. */
const NEEDLESS = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/cache/apt', 'var/lib/apt/lists', 'var/log']

/**
 * Makes the image `node:24-bookworm-slim` here, where no registry has to be reached: Debian's smallest system, the
 * Node that runs this (so that images and the command line compute with the same bits), npm, and the user `node` of
 * UID 1000. Made once for each Node and state of this file.
 */
export async function ensureBaseImage(): Promise<void> {
  await withLock(join(CLUSTER_CACHE, 'base.lock'), LIMIT_MS, async () => {
    const key = keyOfBase()
    if ((await keyOfImage()) === key) return
    const root = await makeSystem(key)
    await addNode(root)
    await commit(root, key)
  })
}

function keyOfBase(): string {
  const hash = createHash('sha256').update(process.version)
  for (const file of [import.meta.filename, join(NPM, 'package-lock.json')]) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

async function keyOfImage(): Promise<string | null> {
  const format = `{{index .OCIv1.Config.Labels "${KEY_LABEL}"}}`
  try {
    return await buildah(['inspect', '--type', 'image', '--format', format, BASE_IMAGE])
  } catch {
    return null
  }
}

/** A root file system of Debian alone, kept for the next time. */
async function makeSystem(key: string): Promise<string> {
  const root = join(CLUSTER_CACHE, `system-${key}`)
  if (existsSync(join(root, 'etc', 'debian_version'))) return root
  for (const old of readdirSync(CLUSTER_CACHE).filter((name) => name.startsWith('system-'))) {
    rmSync(join(CLUSTER_CACHE, old), { recursive: true, force: true })
  }
  const unfinished = `${root}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const log = join(CLUSTER_CACHE, 'debootstrap.log')
  const mirror = await mirrorOfMachine()
  await run(['debootstrap', '--variant=minbase', `--include=${PACKAGES}`, RELEASE, unfinished, ...mirror], {
    limitMs: LIMIT_MS,
    log,
  })
  await run(['chroot', unfinished, 'groupadd', '--gid', '1000', 'node'])
  const user = ['useradd', '--uid', '1000', '--gid', 'node', '--shell', '/bin/bash', '--create-home', 'node']
  await run(['chroot', unfinished, ...user])
  for (const folder of NEEDLESS) {
    rmSync(join(unfinished, folder), { recursive: true, force: true })
    mkdirSync(join(unfinished, folder), { recursive: true })
  }
  await run(['mv', unfinished, root])
  return root
}

/** Where this machine's own packages come from, when it says so. */
async function mirrorOfMachine(): Promise<string[]> {
  const ask = ['apt-get', 'indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages']
  const { stdout } = await tryRun(ask)
  const lines = stdout.split('\n').map((line) => line.split(' '))
  const uri = lines.find(([, codename]) => codename === RELEASE)?.[0]
  return uri === undefined ? [] : [uri]
}

async function addNode(root: string): Promise<void> {
  const local = join(root, 'usr', 'local')
  copyFileSync(process.execPath, join(local, 'bin', 'node'))
  const scratch = join(CLUSTER_CACHE, 'npm')
  rmSync(scratch, { recursive: true, force: true })
  cpSync(NPM, scratch, { recursive: true })
  await run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: scratch, limitMs: LIMIT_MS })
  const modules = join(local, 'lib', 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  mkdirSync(modules, { recursive: true })
  cpSync(join(scratch, 'node_modules', 'npm'), join(modules, 'npm'), { recursive: true })
  for (const name of ['npm', 'npx']) {
    const link = join(local, 'bin', name)
    rmSync(link, { force: true })
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, link)
  }
}

async function commit(root: string, key: string): Promise<void> {
  const container = await buildah(['from', 'scratch'])
  await buildah(['add', '-q', container, root, '/'])
  const settings = ['--env', `PATH=${PATH}`, '--env', `NODE_VERSION=${process.versions.node}`, '--cmd', 'node']
  await buildah(['config', ...settings, '--label', `${KEY_LABEL}=${key}`, container])
  await buildah(['commit', '-q', '--rm', container, BASE_IMAGE])
}
