import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { imageEnvironment, imageOptions, NAMESPACE, type Stage } from './stage.ts'

const PORT = 18_473
const LOOK_MS = 10
const MIB = 1024 ** 2
/** Slots for all, and no limit of our own on calls: what is left is what the operator can do. */
const LIFTED = {
  BACKTEST_MAX_WORKERS: '10000',
  HINDCAST_SLOTS: '10000',
  HINDCAST_KUBE_QPS: '10000',
  HINDCAST_KUBE_BURST: '10000',
}

/** The operator as a process of its own. */
export interface OperatorProcess {
  /** From its start until its caches are complete. */
  readonly readyMs: number
  /** Processor time so far. */
  readonly cpu: () => number
  readonly residentMib: () => number
  /** Writes to the API server so far by `verb kind`, the Lease apart. */
  readonly writes: () => Promise<ReadonlyMap<string, number>>
  readonly end: () => Promise<void>
}

export async function startOperator({ cluster, program }: Stage): Promise<OperatorProcess> {
  const began = performance.now()
  const env = {
    ...imageEnvironment(),
    PATH: process.env.PATH,
    KUBECONFIG: cluster.kubeconfig,
    DATABASE_URL: cluster.databaseUrl,
    REDIS_URL: cluster.redisUrl,
    HINDCAST_NAMESPACE: NAMESPACE,
    HINDCAST_RUNNER_IMAGE: 'bench:1',
    HINDCAST_STORE: 's3://bench/store',
    HINDCAST_HTTP_PORT: String(PORT),
    ...LIFTED,
  }
  const child = spawn(process.execPath, [...imageOptions(), program, 'operator'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.pipe(createWriteStream(join(cluster.logs, 'operator.log'), { flags: 'a' }))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while ((await fetch(`http://127.0.0.1:${PORT}/readyz`).catch(() => null))?.status !== 200) {
    if (child.exitCode !== null) throw new Error(`the operator ended with ${child.exitCode}; see ${cluster.logs}`)
    await sleep(LOOK_MS)
  }
  const pid = child.pid!
  return {
    readyMs: performance.now() - began,
    cpu: () => cpuSeconds(pid) ?? Number.NaN,
    residentMib: () => (Number(/VmRSS:\s+(\d+)/.exec(statusOf(pid))?.[1] ?? 0) * 1024) / MIB,
    writes,
    end: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

const WRITE = /^hindcast_kube_calls_total\{verb="(create|patch|applyStatus|delete|replace)",kind="(\w+)",.*\} (\d+)$/gm

async function writes(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${PORT}/metrics`)).text()
  const sums = new Map<string, number>()
  for (const [, verb, kind, count] of text.matchAll(WRITE)) {
    if (kind === 'Lease') continue
    const name = `${verb} ${kind}`
    sums.set(name, (sums.get(name) ?? 0) + Number(count))
  }
  return sums
}

const statusOf = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8')
const TICKS_A_SECOND = 100

/** Processor seconds of a process, and of its children that ended; null: it is gone. */
export function cpuSeconds(pid: number, { withChildren = false } = {}): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    const own = Number(fields[11]) + Number(fields[12])
    return (own + (withChildren ? Number(fields[13]) + Number(fields[14]) : 0)) / TICKS_A_SECOND
  } catch {
    return null
  }
}
