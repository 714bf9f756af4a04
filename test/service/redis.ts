import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export interface TestRedis {
  /** With a random password. */
  readonly url: string
  /** A connection of the test's own. */
  readonly client: Redis
  /** Ends the server at once; what it held is lost. */
  readonly kill: () => Promise<void>
  /** A new, empty server at the same address. */
  readonly start: () => Promise<void>
  /** Stops answering without closing anything, and goes on. */
  readonly pause: () => void
  readonly resume: () => void
  readonly stop: () => Promise<void>
}

const START_MS = 60_000

/** Ends the server when the test's end of the pipe is closed, however the test ended. */
const KEEPER = `exec 3<&0
"$0" "$@" </dev/null 3<&- & server=$!
echo $server
(read -r _ <&3; kill -KILL $server) 2>/dev/null &
wait $server`

/** A throw-away Redis from Debian's package; skipped where it is not installed. */
export async function startRedis(): Promise<TestRedis | { readonly skipped: string }> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    return { skipped: 'Redis is not installed; on Debian 12: apt-get install redis-server' }
  }
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-redis-'))
  const port = await freePort()
  const password = randomUUID()
  const url = `redis://:${password}@127.0.0.1:${port}`
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  let server = await run({ folder, port, password })
  await client.connect()
  return {
    url,
    client,
    kill: () => server.end(),
    async start() {
      server = await run({ folder, port, password })
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    async stop() {
      client.disconnect()
      await server.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly password: string
}

async function run({ folder, port, password }: Place) {
  const log = join(folder, 'log')
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const keeper = spawn('sh', ['-c', KEEPER, 'redis-server', ...settings, '--requirepass', password, '--logfile', log], {
    stdio: ['pipe', 'pipe', openSync(join(folder, 'errors'), 'a')],
  })
  const pid = await firstLine(keeper)
  const probe = new Redis(`redis://:${password}@127.0.0.1:${port}`, { lazyConnect: true, retryStrategy: () => null })
  probe.on('error', () => {})
  try {
    for (let waited = 0; ; waited += 20) {
      if (
        await probe.connect().then(
          () => true,
          () => false,
        )
      )
        break
      if (keeper.exitCode !== null || waited > START_MS) throw new Error(`no Redis:\n${readFileSync(log, 'utf8')}`)
      await sleep(20)
    }
  } finally {
    probe.disconnect()
  }
  const gone = new Promise((resolve) => keeper.once('exit', resolve))
  return {
    pid,
    async end() {
      keeper.stdin?.end()
      await gone
    },
  }
}

function firstLine(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(Number(text.trim())))
  })
}
