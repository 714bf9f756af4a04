import pino from 'pino'
import type { LogLevel } from './config.ts'

/** Values of one line, beside its event: ids and figures, never a secret. */
export type Fields = Readonly<Record<string, unknown>>

/** One JSON line each. `event` is snake_case, from core/events.ts; whatever varies is a field. */
export interface Log {
  /** A pass. */
  debug(event: string, fields?: Fields): void
  /** A transition. */
  info(event: string, fields?: Fields): void
  /** Degraded, still right. */
  warn(event: string, fields?: Fields): void
  /** A person is needed. */
  error(event: string, fields?: Fields): void
}

/** A log to a stream, each line with its time, level and the component. `now`: ms since 1970. */
export function openLog(options: {
  readonly level: LogLevel
  readonly now: () => number
  readonly stream: pino.DestinationStream
}): Log {
  const log = pino(
    {
      level: options.level,
      base: { component: 'operator' },
      timestamp: () => `,"ts":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.stream,
  )
  const line = (level: LogLevel) => (event: string, fields?: Fields) => {
    log[level]({ event, ...fields })
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** What anything thrown says of itself, for a field `error`. */
export function errorFields(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { error: String(thrown) }
  const { code } = thrown as { code?: unknown }
  return { error: thrown.message, ...(typeof code === 'string' ? { code } : { stack: thrown.stack }) }
}
