import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { GLOSSARY } from '../../core/metric-glossary.ts'
import type { Context } from '../context.ts'
import { type Gate, parseGate } from './gates.ts'

/** What commander collects. */
export interface RunFlags {
  readonly threads?: string
  readonly html?: string
  readonly verify?: boolean
  readonly require?: readonly string[]
}

export interface RunOptions {
  /** Null: chosen here. */
  readonly threads: number | null
  /** Path, maybe with `{name}` in it. */
  readonly html: string | null
  readonly verify: boolean
  readonly gates: readonly Gate[]
}

const MOST_THREADS = 64
/** More threads than this gained nothing on any panel that was measured. */
const MOST_THREADS_UNASKED = 8
export const NAME_MARK = '{name}'

/** Checks the flags of `run` before anything is read or written; throws `usage`. */
export function readRunFlags(flags: RunFlags): RunOptions {
  const known = Object.keys({ ...GLOSSARY.metrics, ...GLOSSARY.walkForward, ...GLOSSARY.monteCarlo })
  return {
    threads: readThreads(flags.threads),
    html: flags.html === undefined ? null : checkHtml(flags.html),
    verify: flags.verify === true,
    gates: (flags.require ?? []).map((text) => parseGate(text, known)),
  }
}

/** `--threads`; null when absent. */
export function readThreads(text: string | undefined): number | null {
  return text === undefined ? null : wholeNumber('--threads', text, 1, MOST_THREADS)
}

/** Threads of one backtest: what was asked for, else every core here, and no fewer than spec.cpu says. */
export function threadsOf(context: Context, asked: number | null, cpu: number): number {
  return asked ?? Math.max(1, Math.floor(cpu), Math.min(context.config.cores, MOST_THREADS_UNASKED))
}

/** A whole number of an option; throws `usage` naming option, value and bounds. */
export function wholeNumber(option: string, text: string, lowest: number, highest: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= lowest && value <= highest) return value
  throw new HindcastError('usage', `${option} "${text}" is not a whole number from ${lowest} to ${highest}`)
}

/** The path of a report that can be written, as far as that can be known before. */
export function checkHtml(path: string): string {
  const file = resolve(path)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new HindcastError('usage', `--html ${path}: it is a folder; name a file in it`)
  }
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new HindcastError('usage', `--html ${path}: there is no folder ${folder}`)
  }
  return file
}
