import pino from 'pino'
import { EVENTS, type EventName } from '../../core/events.ts'
import type { RunnerConfig } from '../config.ts'

/** One JSON line, at the level that its event has; whatever varies is a field. */
export type Log = (event: EventName, fields?: Readonly<Record<string, unknown>>) => void

/** Writes finished lines. */
export interface LineSink {
  write(line: string): void
}

/** A log that names its pod, job and attempt in every line. `config` null: it could not be read. */
export function openLog(config: RunnerConfig | null, ports: { now: () => number; sink: LineSink }): Log {
  const log = pino(
    {
      level: config?.logLevel ?? 'info',
      base: { component: 'runner', ...(config === null ? {} : whoOf(config)) },
      timestamp: () => `,"ts":"${new Date(ports.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    ports.sink,
  )
  return (event, fields) => log[EVENTS[event].level]({ event, ...fields })
}

function whoOf({ jobId, attempt, index, namespace, podName, requestId }: RunnerConfig) {
  return { job_id: jobId, attempt, index, namespace, pod: podName, trace_id: requestId ?? undefined }
}

/** What stands for a secret in a text. */
const HIDDEN = '***'
/** A shorter text would be found by chance in others. */
const SHORTEST_SECRET = 4

/**
 * Takes the secrets out of a text: whole URLs, and passwords as written and as decoded. Every line, message and row
 * that leaves a pod goes through it, whoever put the secret there.
 */
export function redactor(urls: readonly string[], more: readonly string[] = []): (text: string) => string {
  const secrets = [...urls.flatMap(secretsOf), ...more]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((kept, secret) => kept.replaceAll(secret, HIDDEN), text)
}

function secretsOf(url: string): string[] {
  const password = URL.canParse(url) ? new URL(url).password : ''
  return [url, password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
