import { ERRORS, HindcastError } from '../core/errors.ts'
import { pathOf } from '../crds/reading/problem.ts'
import type { Style } from './terminal.ts'

/** A fault at a place in a file, as readManifest and the imports report it. */
export interface Fault {
  readonly message: string
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly hint?: string | undefined
}

/** What is printed of a failure, and the exit code of the process. */
export interface Failure {
  readonly text: string
  readonly exitCode: number
}

const INTERNAL_EXIT = 1

/**
 * Turns anything thrown into one message. Expected failures say what, where and what is allowed; a bug says so and
 * carries an id. A stack is given only with `debug`.
 */
export function describeFailure(
  thrown: unknown,
  options: { debug: boolean; style: Style; newId: () => string },
): Failure {
  const error = expectedError(thrown)
  const stack = options.debug && thrown instanceof Error ? `${thrown.stack ?? ''}\n` : ''
  if (error === null || ERRORS[error.code].family === 'bug') {
    const said = thrown instanceof Error ? thrown.message : String(thrown)
    const id = options.newId().slice(0, 8)
    const advice = options.debug ? '' : '\n  Run it again with HINDCAST_DEBUG=1 and report the stack with this id.'
    const text = `${options.style('bad', 'internal error')} ${id}: ${oneLine(said)}${advice}\n${stack}`
    return { text, exitCode: error === null ? INTERNAL_EXIT : ERRORS[error.code].cli }
  }
  const field = error.field === undefined ? '' : `\n  field ${pathOf(error.field)}`
  const text = `${options.style('bad', 'error:')} ${printable(error.message)}${field}\n${stack}`
  return { text, exitCode: ERRORS[error.code].cli }
}

/** One fault as `file:line:column: message`, the form that editors and terminals can follow. */
export function formatFault(fault: Fault, style: Style, grade: 'error' | 'warning' = 'error'): string {
  const place = [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(':')
  const word = style(grade === 'error' ? 'bad' : 'warn', `${grade}:`)
  const lines = [`${place === '' ? '' : `${place}: `}${word} ${printable(fault.message)}`]
  if (fault.hint !== undefined) lines.push(`  ${printable(fault.hint)}`)
  return `${lines.join('\n')}\n`
}

/** What the operating system says of a path, in our words: a full disk is `storage_full`, the rest `storage_error`. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EISDIR: 'it is a directory, not a file',
  ENOENT: 'no such file or directory',
  EEXIST: 'it exists already',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  EIO: 'the disk reports an input/output error',
}
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])

/** The expected failure behind anything thrown, also by the file system; null where it is a bug. */
export function expectedError(thrown: unknown): HindcastError | null {
  if (thrown instanceof HindcastError) return thrown
  const { code, path } = (thrown ?? {}) as NodeJS.ErrnoException
  const said = code === undefined ? undefined : SYSTEM_ERRORS[code]
  if (said === undefined) return null
  const where = path === undefined ? '' : `${path}: `
  return new HindcastError(DISK_FULL.has(code!) ? 'storage_full' : 'storage_error', `${where}${said} (${code})`, {
    cause: thrown,
  })
}

/** Control characters of hostile input must not reach a terminal. */
function printable(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return message.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}

function oneLine(message: string): string {
  return printable(message.split('\n', 1)[0] ?? '')
}
