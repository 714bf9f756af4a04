import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeTermination, type Termination } from '../../../core/process/termination.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
/** A state that has not come by then never will, also on a busy machine. */
const LONGEST_MS = 120_000

/** One line of a pod's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string }

/** The program of a runner's pod, running. */
export interface PodProcess {
  readonly child: ChildProcess
  readonly podUid: string
  readonly lines: readonly LogLine[]
  /** What it printed, whole. */
  readonly text: () => string
  /** Waits for a line; fails when the pod ends without it. */
  readonly said: (event: string, fields?: Readonly<Record<string, unknown>>) => Promise<LogLine>
  readonly ended: Promise<EndedPod>
  /** Waits until it has stopped by itself where it computes, and lets it go on. Of a pod with `HELD`. */
  readonly held: () => Promise<void>
  readonly goOn: () => void
}

/** For `startPod`: the pod stops where it computes, so that what a test does then comes before its end. */
export const HELD = ['--import', join(import.meta.dirname, 'hold.ts')]

export interface EndedPod {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What stands in the file of the termination message. */
  readonly words: string
  /** The same, as the operator reads it. */
  readonly termination: Termination | null
}

let counter = 0

/** Starts `runner/main.ts` as a pod would, with nothing of this process's environment but the PATH. */
export function startPod(folder: string, env: Readonly<Record<string, string>>, node: string[] = []): PodProcess {
  counter += 1
  const podUid = env.HINDCAST_POD_UID ?? `pod-${counter}`
  const own = join(folder, `pod-${counter}`)
  mkdirSync(join(own, 'scratch'), { recursive: true })
  const words = join(own, 'termination-log')
  writeFileSync(words, '')
  const child = spawn(process.execPath, [...node, join(ROOT, 'runner', 'main.ts')], {
    cwd: own,
    env: {
      PATH: process.env.PATH,
      HOME: own,
      HINDCAST_TERMINATION_LOG: words,
      HINDCAST_SCRATCH: join(own, 'scratch'),
      HINDCAST_POD_UID: podUid,
      HINDCAST_POD_NAME: `name-of-${podUid}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  })
  const lines: LogLine[] = []
  let text = ''
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part
    const parts = `${rest}${part}`.split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) lines.push(JSON.parse(line))
  })
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  let over = false
  const ended = new Promise<EndedPod>((resolve) => {
    child.on('close', (code, signal) => {
      over = true
      const left = readFileSync(words, 'utf8')
      resolve({ code, signal, words: left, termination: decodeTermination(left) })
    })
  })
  const said: PodProcess['said'] = async (event, fields = {}) => {
    const matches = (line: LogLine) =>
      line.event === event && Object.entries(fields).every(([name, value]) => line[name] === value)
    for (;;) {
      const found = lines.find(matches)
      if (found !== undefined) return found
      if (over) throw new Error(`the pod ended without saying ${event}:\n${text}`)
      await sleep(20)
    }
  }
  const held = async () => {
    await said('attempt_stage', { stage: 'computing' })
    await until('the pod has stopped', async () => /\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')))
  }
  return { child, podUid, lines, text: () => text, said, ended, held, goOn: () => void child.kill('SIGCONT') }
}

/** Waits until `look` gives something; fails with `what` when it never does. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const deadline = performance.now() + LONGEST_MS
  while (performance.now() < deadline) {
    const found = await look()
    if (found) return found
    await sleep(30)
  }
  throw new Error(`never came: ${what}`)
}
