import type { Config } from './config.ts'
import type { Terminal } from './terminal.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'

/** What main.ts gives every command: the world outside, already checked. */
export interface Context {
  readonly config: Config
  readonly terminal: Terminal
  /** Absolute path of the home; it may not exist yet. */
  readonly home: string
  readonly output: OutputFormat
  /** Only results and errors are printed. */
  readonly quiet: boolean
  readonly version: string
  /** Folder of the installed package. */
  readonly root: string
  /** Who asks, where a manifest names nobody. */
  readonly user: string
  /** The command as it was typed, for messages that tell how to go on. */
  readonly invocation: string
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number
  /** Monotonic milliseconds. */
  readonly monotonic: () => number
  /** A new random id: 32 hex digits. */
  readonly randomId: () => string
  readonly signals: Signals
}

/** SIGINT, SIGTERM and SIGHUP of this process. */
export interface Signals {
  /** Takes the signals over until the returned function is called; without it they end the process with 130. */
  readonly take: (handle: (signal: NodeJS.Signals) => void) => () => void
}

/** What a command does; gives the exit code. */
export type Handler<Arguments extends readonly unknown[]> = (context: Context, ...rest: Arguments) => Promise<number>
