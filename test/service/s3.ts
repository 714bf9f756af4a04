import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import aws4 from 'aws4'
import { tryLock } from '../../storage/blobs/file-lock.ts'
import { findGo } from '../crds/go.ts'
import { freePort } from './free-port.ts'

/** Only a go.mod, whose one tool is the server, and its go.sum. */
const SOURCE = join(import.meta.dirname, 's3')
const SERVER = 'github.com/versity/versitygw/cmd/versitygw'
const BUILD_TIMEOUT_MS = 1_200_000
/** Its modules come over a network; what has come is not asked for again. */
const BUILD_TRIES = 3
const START_MS = 30_000
const LOCK_POLL_MS = 200

export interface TestS3 {
  /** `s3://bucket?endpoint=…` of a new and empty bucket. */
  readonly bucket: (name?: string) => string
  /** What parseStore needs of the environment. */
  readonly env: Readonly<Record<string, string>>
  /** Folder of a bucket: each object is a file. */
  readonly folder: (bucketUrl: string) => string
  readonly endpoint: string
  /** An ordinary user, and the policy that says what the user may do in a bucket; gives the environment of its keys. */
  readonly grant: (bucketUrl: string, statements: readonly object[]) => Promise<Readonly<Record<string, string>>>
  /** Ends the server at once, and starts it again on the same objects and port. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** When the test is killed, the server's input ends and the server with it. */
const KEEPER = `exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
(read -r _ <&3; kill -KILL $server) 2>/dev/null &
wait $server`

/** A throw-away S3 server (versitygw over a folder), built once for each state of its go.sum. */
export async function startS3(): Promise<TestS3 | { readonly skipped: string }> {
  if (process.platform !== 'linux') return { skipped: 'the S3 server is tested on Linux only' }
  const program = programPath()
  const absent = await ensureServer()
  if (absent !== null) return { skipped: absent }
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-s3-'))
  for (const part of ['buckets', 'meta', 'users']) mkdirSync(join(folder, part))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const keys = { HINDCAST_S3_ACCESS_KEY_ID: 'hindcast-test', HINDCAST_S3_SECRET_ACCESS_KEY: randomUUID() }
  const launch = () => run(program, { folder, port, keys })
  let server = await launch()
  let buckets = 0
  return {
    bucket: (name = `bucket-${++buckets}`) => {
      mkdirSync(join(folder, 'buckets', name))
      return `s3://${name}?endpoint=${endpoint}`
    },
    env: { ...keys, HINDCAST_SCRATCH: join(folder, 'scratch') },
    folder: (url) => join(folder, 'buckets', new URL(url).hostname),
    endpoint,
    grant: (url, statements) => grant({ program, endpoint, keys }, url, statements),
    kill: () => end(server),
    start: async () => {
      server = await launch()
    },
    stop: async () => {
      await end(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function run(
  program: string,
  { folder, port, keys }: { folder: string; port: number; keys: Record<string, string> },
): Promise<ChildProcess> {
  const log = openSync(join(folder, 'log'), 'a')
  // Beside the objects: not every file system under /tmp has extended attributes.
  const backend = ['posix', '--sidecar', join(folder, 'meta'), join(folder, 'buckets')]
  const serving = ['--port', `127.0.0.1:${port}`, '--keep-alive', '--iam-dir', join(folder, 'users')]
  const server = spawn('sh', ['-c', KEEPER, program, ...serving, ...backend], {
    stdio: ['pipe', log, log],
    env: {
      PATH: process.env.PATH,
      ROOT_ACCESS_KEY_ID: keys.HINDCAST_S3_ACCESS_KEY_ID,
      ROOT_SECRET_ACCESS_KEY: keys.HINDCAST_S3_SECRET_ACCESS_KEY,
    },
  })
  for (let waited = 0; waited < START_MS; waited += 50) {
    if (server.exitCode !== null) break
    // Any answer will do: an unsigned call is refused.
    if (await fetch(`http://127.0.0.1:${port}/`).then(answered, () => false)) return server
    await sleep(50)
  }
  throw new Error(`the S3 server did not start:\n${readFileSync(join(folder, 'log'), 'utf8')}`)
}

/** By the server's own administration, and one signed call. */
async function grant(
  { program, endpoint, keys }: { program: string; endpoint: string; keys: Record<string, string> },
  url: string,
  statements: readonly object[],
): Promise<Readonly<Record<string, string>>> {
  const user = { HINDCAST_S3_ACCESS_KEY_ID: `user-${randomUUID()}`, HINDCAST_S3_SECRET_ACCESS_KEY: randomUUID() }
  const root = { accessKeyId: keys.HINDCAST_S3_ACCESS_KEY_ID!, secretAccessKey: keys.HINDCAST_S3_SECRET_ACCESS_KEY! }
  const admin = ['-a', root.accessKeyId, '-s', root.secretAccessKey, '--endpoint-url', endpoint]
  const [access, secret] = Object.values(user) as [string, string]
  const made = ['create-user', '-a', access, '-s', secret, '-r', 'user']
  const { status, stderr, stdout } = spawnSync(program, ['admin', ...admin, ...made], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the user cannot be made: ${stderr}${stdout}`)
  const body = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ ...statement, Principal: { AWS: [access] } })),
  })
  const { host } = new URL(endpoint)
  const signing = {
    service: 's3',
    region: 'us-east-1',
    method: 'PUT',
    host,
    path: `/${new URL(url).hostname}?policy`,
    body,
  }
  const { path, headers } = aws4.sign({ ...signing, headers: { 'content-type': 'application/json' } }, root)
  const answer = await fetch(`${endpoint}${path}`, { method: 'PUT', body, headers: headers as Record<string, string> })
  if (!answer.ok) throw new Error(`the policy is refused: ${answer.status} ${await answer.text()}`)
  return user
}

async function answered(response: Response): Promise<boolean> {
  await response.text()
  return true
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.stdin?.end()
  await gone
}

/** Outside the checkout, one folder for each state of the sources. */
function programPath(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(SOURCE).sort()) hash.update(file).update(readFileSync(join(SOURCE, file)))
  return join(homedir(), '.cache', 'hindcast', 's3', hash.digest('hex').slice(0, 16), 'versitygw')
}

/** Builds the server where it was never built; of several who ask one does. Null, or why it cannot be. */
export async function ensureServer(): Promise<string | null> {
  const program = programPath()
  if (existsSync(program)) return null
  const go = findGo()
  if ('absent' in go) return go.absent
  mkdirSync(join(program, '..'), { recursive: true })
  for (let waited = 0; waited < BUILD_TIMEOUT_MS; waited += LOCK_POLL_MS) {
    const lock = tryLock(join(program, '..', 'lock'))
    if (lock !== null) {
      try {
        return existsSync(program) ? null : build(go, program)
      } finally {
        lock.release()
      }
    }
    await sleep(LOCK_POLL_MS)
  }
  return 'the S3 server is being built for too long by another process'
}

function build(go: { readonly program: string }, program: string): string | null {
  const unfinished = `${program}.${process.pid}`
  const command = ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, SERVER]
  let said = ''
  for (let tries = 0; tries < BUILD_TRIES; tries++) {
    const { status, stderr } = spawnSync(go.program, command, {
      cwd: SOURCE,
      encoding: 'utf8',
      timeout: BUILD_TIMEOUT_MS,
    })
    if (status === 0) {
      renameSync(unfinished, program)
      return null
    }
    said = stderr.trim().split('\n').at(-1) ?? ''
  }
  return `the S3 server cannot be built: ${said}`
}
