import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../core/errors.ts'
import { encodeTermination, MESSAGE_BYTES } from '../core/process/termination.ts'
import { loadRunnerConfig, type RunnerConfig, terminationLogOf } from './config.ts'
import type { Ending } from './pod/ending.ts'
import { type LineSink, type Log, openLog, redactor } from './pod/log.ts'

/**
 * The hidden command `attempt`, and the entry of the runner's image: one attempt of one job, named by the environment
 * (docs/reference/runner-environment.md), ended with the exit code and the last words of platform.md 2.6. Knows nothing
 * of Kubernetes. Clock, signals and the end of the process are taken here and nowhere else in the runner.
 */
export async function attemptMain(): Promise<never> {
  const config = readConfig()
  const redact = redactor([config.databaseUrl, config.redisUrl], storeSecrets(config))
  const log = openLog(config, { now: Date.now, sink: stdout(redact) })
  const finish = (ending: Ending): never => {
    const message = redact(ending.termination.message)
    leaveWords(config.terminationLog, encodeTermination({ ...ending.termination, message }), log)
    const { outcome, class: code, peakMemory } = ending.termination
    log('worker_ended', { outcome, class: code, message, exit_code: ending.exitCode, peak_memory: peakMemory })
    process.exit(ending.exitCode)
  }
  const { startPod } = await import('./pod/run-pod.ts')
  const terminated = new AbortController()
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
  log('worker_starting', { version, node: config.nodeName, parallelism: config.parallelism })
  const pod = startPod({
    config,
    version,
    now: Date.now,
    monotonic: () => performance.now(),
    residentBytes: () => process.memoryUsage.rss(),
    log,
    redact,
    terminated: terminated.signal,
  })
  process.once('SIGTERM', () => {
    terminated.abort()
    // What cannot end by itself is ended before the kernel does it without a word.
    const last = config.clocks.graceMs - Math.min(LAST_WORDS_MS, config.clocks.graceMs / 2)
    setTimeout(() => finish(pod.endNow(new Error('the grace is over'))), last)
  })
  // Whatever is dropped here, nothing of it can be seen: what is not recorded does not exist.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (thrown: unknown) => {
      log('attempt_failed', { stack: thrown instanceof Error ? thrown.stack : String(thrown) })
      finish(pod.endNow(thrown))
    })
  }
  return finish(await pod.ended)
}

/** Kept of the grace for writing the last words. */
const LAST_WORDS_MS = 1_500

/** A bad environment is told of in plain words: what would name the job may be what is bad. */
function readConfig(): RunnerConfig {
  try {
    return loadRunnerConfig()
  } catch (thrown) {
    const { message } = thrown instanceof HindcastError ? thrown : { message: String(thrown) }
    const log = openLog(null, { now: Date.now, sink: stdout((text) => text) })
    leaveWords(terminationLogOf(), message.slice(0, MESSAGE_BYTES), log)
    log('worker_startup_failed', { error: message })
    process.exit(1)
  }
}

function storeSecrets({ datasets, artifacts }: RunnerConfig): string[] {
  return [datasets, artifacts].flatMap((store) => {
    if (store.kind === 'files') return []
    const { secretAccessKey, sessionToken } = store.keys()
    return sessionToken === null ? [secretAccessKey] : [secretAccessKey, sessionToken]
  })
}

/** The kubelet made the file; outside a pod there is none, and nobody to read it. */
function leaveWords(path: string, text: string, log: Log): void {
  if (!existsSync(path)) return
  try {
    writeFileSync(path, text)
  } catch (thrown) {
    log('worker_startup_failed', { error: `no termination message: ${(thrown as Error).message}` })
  }
}

/** Written at once: a process that ends must not lose its last line. */
function stdout(redact: (text: string) => string): LineSink {
  return {
    write: (line) => {
      try {
        writeFileSync(1, redact(line))
      } catch {
        // A reader that is slow or gone must not end the attempt.
      }
    },
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  const [command, store] = process.argv.slice(2)
  // An import pod has this image, for it brings what Parquet needs.
  if (command === 'receive') await (await import('./receive.ts')).receiveMain(store)
  else await attemptMain()
}
