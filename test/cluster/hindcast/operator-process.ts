import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation } from './installation.ts'

const MAIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts')
const READY_LIMIT_MS = 60_000
const LOOK_MS = 100

/** The operator as a process of this machine, with the administrator's kubeconfig. */
export interface OperatorProcess {
  readonly pid: number
  /** Lines of its log so far, parsed. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[]
  readonly metrics: () => Promise<string>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Sends a signal and gives the exit code; null: killed. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}

/** Starts it and waits until its caches are complete. `env` adds to the chart's settings. */
export async function startOperator(
  { cluster, namespace, runnerImage }: Installation,
  env: Readonly<Record<string, string>> = {},
): Promise<OperatorProcess> {
  const port = await freePort()
  const settings = {
    PATH: process.env.PATH,
    KUBECONFIG: cluster.kubeconfig,
    DATABASE_URL: cluster.databaseUrl,
    REDIS_URL: cluster.redisUrl,
    HINDCAST_NAMESPACE: namespace,
    HINDCAST_RUNNER_IMAGE: runnerImage,
    HINDCAST_RUNNER_PULL_POLICY: 'Never',
    HINDCAST_STORE: 'pvc:results',
    HINDCAST_HTTP_PORT: String(port),
    BACKTEST_JOB_MEMORY_LIMIT: String(512 * 1024 ** 2),
    HINDCAST_LOG_LEVEL: 'debug',
  }
  const child = spawn(process.execPath, [MAIN, 'operator'], { env: { ...settings, ...env } })
  const lines: Readonly<Record<string, unknown>>[] = []
  const file = createWriteStream(join(cluster.logs, 'operator.log'), { flags: 'a' })
  follow(child, lines, file)
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  for (const end = performance.now() + READY_LIMIT_MS; ; await sleep(LOOK_MS)) {
    if (child.exitCode !== null || performance.now() > end) {
      child.kill('SIGKILL')
      throw new Error(`the operator did not start; its log: ${join(cluster.logs, 'operator.log')}`)
    }
    if ((await ask('/readyz').catch(() => null))?.status === 200) break
  }
  return {
    pid: child.pid ?? 0,
    lines: () => lines,
    metrics: async () => (await ask('/metrics')).text(),
    signal: (signal) => void child.kill(signal),
    end: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

function follow(child: ChildProcess, lines: Readonly<Record<string, unknown>>[], file: NodeJS.WritableStream): void {
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    file.write(text)
    const parts = `${rest}${text}`.split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>)
  })
  child.stderr?.on('data', (text: Buffer) => file.write(text))
  child.once('exit', () => file.end())
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
