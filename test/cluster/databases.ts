import { appendFileSync, chownSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl } from './control-plane.ts'
import { startDaemon, stopDaemon, waitForDaemon } from './daemons.ts'
import { addressOf, inNode, type Place } from './place.ts'
import { processService } from './process-service.ts'
import { run } from './run.ts'

const POSTGRES = '/usr/lib/postgresql/15/bin'
/** The account that Debian's package makes: Postgres refuses to run as root. */
const ACCOUNT = 'postgres'
/** Generous, as for the API server: after a crash Postgres reads its log first. */
const READY_LIMIT_MS = 90_000
const DATABASE = 'hindcast'

/** Good on the machine and in every pod. */
export const databaseUrl = (place: Place): string => `postgres://postgres@${addressOf(place, 1)}:5432/${DATABASE}`
export const redisUrl = (place: Place): string => `redis://${addressOf(place, 1)}:6379`

/** Makes an empty database, starts both servers, and gives them the Services `postgres` and `redis` in `default`. */
export async function startDatabases(place: Place): Promise<void> {
  await Promise.all([
    makeDatabase(place).then(() => startPostgres(place)),
    startRedis(place),
    run([...kubectl(place), 'apply', '-f', '-'], { input: JSON.stringify(services(place)) }),
  ])
  await run(inNode(place, 1, [join(POSTGRES, 'createdb'), ...server(place), '-U', 'postgres', DATABASE]))
}

const data = (place: Place): string => join(place.folder, 'postgres', 'data')
const asAccount = ['setpriv', '--reuid', ACCOUNT, '--regid', ACCOUNT, '--clear-groups']
const server = (place: Place): string[] => ['-h', addressOf(place, 1)]

async function makeDatabase(place: Place): Promise<void> {
  const home = join(place.folder, 'postgres')
  const account = accountOf(ACCOUNT)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  chownSync(home, account.uid, account.gid)
  const choices = ['-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale', 'C.UTF-8']
  await run([...asAccount, join(POSTGRES, 'initdb'), '-D', data(place), ...choices], { cwd: home })
  const guests = ['10.244.0.0/16', `${addressOf(place, 0)}/24`]
  appendFileSync(join(data(place), 'pg_hba.conf'), guests.map((range) => `host all all ${range} trust\n`).join(''))
}

/** Starts Postgres on what its folder holds, after a crash too, and waits until it answers. */
export async function startPostgres(place: Place): Promise<void> {
  const settings = {
    listen_addresses: `${addressOf(place, 1)},127.0.0.1`,
    unix_socket_directories: join(place.folder, 'postgres'),
    max_connections: '200',
    // What a test writes must outlive the server, not the machine.
    fsync: 'off',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [...asAccount, join(POSTGRES, 'postgres'), '-D', data(place), ...args]
  startDaemon(place, { node: 1, label: 'postgres', command })
  const ask = inNode(place, 1, [join(POSTGRES, 'pg_isready'), ...server(place)])
  await waitForDaemon(place, 'postgres', READY_LIMIT_MS, async () => (await run(ask)) !== '')
}

/** Kills Postgres, as a machine that is switched off would. */
export const stopPostgres = (place: Place): Promise<void> => stopDaemon(place, 'postgres')

/** Starts an empty Redis and waits until it answers. */
export async function startRedis(place: Place): Promise<void> {
  const address = addressOf(place, 1)
  const nothingKept = ['--save', '', '--appendonly', 'no', '--dir', place.folder]
  const command = ['redis-server', '--bind', address, '127.0.0.1', '--protected-mode', 'no', ...nothingKept]
  startDaemon(place, { node: 1, label: 'redis', command })
  const ask = inNode(place, 1, ['redis-cli', '-h', address, 'ping'])
  await waitForDaemon(place, 'redis', READY_LIMIT_MS, async () => (await run(ask)).includes('PONG'))
}

/** Kills Redis; what it held is lost. */
export const stopRedis = (place: Place): Promise<void> => stopDaemon(place, 'redis')

function services(place: Place): object {
  const address = addressOf(place, 1)
  const at = { namespace: 'default', address }
  const items = [
    ...processService({ ...at, name: 'postgres', ports: [{ name: 'postgres', port: 5432 }] }),
    ...processService({ ...at, name: 'redis', ports: [{ name: 'redis', port: 6379 }] }),
  ]
  return { apiVersion: 'v1', kind: 'List', items }
}

function accountOf(name: string): { uid: number; gid: number } {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':')
  if (fields === undefined) throw new Error(`there is no account ${name} for Postgres to run as`)
  return { uid: Number(fields[2]), gid: Number(fields[3]) }
}
