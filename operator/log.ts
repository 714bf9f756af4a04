import pino from 'pino'
import { EVENTS, type EventName } from '../core/events.ts'
import type { LogLevel } from './config.ts'

/** Values of one line, beside its event: ids and figures, never a secret. */
export type Fields = Readonly<Record<string, unknown>>

/** One JSON line, at the level that its event has. Whatever varies is a field. */
export type Log = (event: EventName, fields?: Fields) => void

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
  return (event, fields) => log[EVENTS[event].level]({ event, ...fields })
}

/** What anything thrown says of itself, for a field `error`. */
export function errorFields(thrown: unknown): Fields {
  if (!(thrown instanceof Error)) return { error: String(thrown) }
  const { code } = thrown as { code?: unknown }
  return { error: thrown.message, ...(typeof code === 'string' ? { code } : { stack: thrown.stack }) }
}
