import { parseIsoDate } from '../dates.ts'
import { HindcastError } from '../errors.ts'

/** What a process was started with, as the operating system gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One variable: its name, what it is when absent or empty, and the one place that says what is allowed. */
export interface Variable<Value> {
  readonly name: string
  /** Absent: the variable is required. */
  readonly absent?: Value
  /** In words, for the message. */
  readonly allowed: string
  /** Undefined: the text is not allowed. */
  readonly parse: (text: string) => Value | undefined
  /** Its value never appears in a message. */
  readonly secret?: boolean
}

/** A table with a variable for every field of a shape. */
export type Variables<Shape> = { readonly [Field in keyof Shape]: Variable<Shape[Field]> }

/** Reads variables; `end` throws `environment_invalid` naming every fault that was met. */
export interface EnvironmentReader {
  read<Value>(variable: Variable<Value>): Value
  readAll<Shape>(table: Variables<Shape>): Shape
  /** Adds a fault that no single variable shows. */
  fault(message: string): void
  end(): void
}

/**
 * A reader over an environment. A required variable that is missing reads as undefined until `end` throws, so the
 * values may be used only after it.
 */
export function environmentReader(env: Environment): EnvironmentReader {
  const faults: string[] = []
  const read = <Value>(variable: Variable<Value>): Value => {
    const { name, absent, allowed, secret } = variable
    const text = env[name]
    if (text === undefined || text === '') {
      if (!('absent' in variable)) faults.push(`${name} is not set: it is required, ${allowed}`)
      return absent as Value
    }
    const value = variable.parse(text)
    if (value === undefined) {
      faults.push(`${name}${secret === true ? '' : `="${clip(text)}"`}: allowed is ${allowed}`)
    }
    return value ?? (absent as Value)
  }
  return {
    read,
    readAll: <Shape>(table: Variables<Shape>): Shape =>
      Object.fromEntries(
        Object.entries<Variable<unknown>>(table).map(([field, variable]) => [field, read(variable)]),
      ) as Shape,
    fault: (message) => void faults.push(message),
    end: () => {
      if (faults.length > 0) throw new HindcastError('environment_invalid', `environment: ${faults.join('; ')}`)
    },
  }
}

const LONGEST_SHOWN = 80

function clip(value: string): string {
  return value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value
}

/** A whole number inside bounds, digits only. Without `absent` it is required. */
export function whole(name: string, lowest: number, highest: number, absent?: number): Variable<number> {
  return {
    name,
    ...(absent === undefined ? {} : { absent }),
    allowed: `a whole number from ${lowest} to ${highest}`,
    parse: (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
      return number >= lowest && number <= highest ? number : undefined
    },
  }
}

/** A text of a given form; `allowed` says the form in words. */
export function matching(name: string, pattern: RegExp, allowed: string): Variable<string> {
  return { name, allowed, parse: (text) => (pattern.test(text) ? text : undefined) }
}

/** A name as Kubernetes gives its objects, without the anchors of a whole text. */
export const DNS_LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'

/** A DNS label. */
export function dnsLabel(name: string): Variable<string> {
  return matching(name, new RegExp(`^${DNS_LABEL}$`), 'a DNS label of at most 63 characters')
}

/** Of the record; no message repeats it, for it holds a password. */
export const DATABASE_URL: Variable<string> = {
  ...matching('DATABASE_URL', /^postgres(ql)?:\/\/./, 'postgres://user:password@host:port/database'),
  secret: true,
}

/** Of the side channel; no message repeats it. */
export const REDIS_URL: Variable<string> = {
  ...matching('REDIS_URL', /^rediss?:\/\/./, 'redis://user:password@host:port or rediss://…'),
  secret: true,
}

/** The same variable, null where it is absent. */
export function optional<Value>(variable: Variable<Value>): Variable<Value | null> {
  return { ...variable, absent: null }
}

/** An absolute path; nothing is looked up. */
export function absolutePath(name: string): Variable<string> {
  // A NUL would end the path early in a system call.
  return matching(name, /^\/[^\0]*$/, 'an absolute path')
}

const SWITCH_WORDS: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false }

/** On or off, off when absent. */
export function flag(name: string): Variable<boolean> {
  return {
    name,
    absent: false,
    allowed: '1, true, 0 or false',
    parse: (text) => SWITCH_WORDS[text.toLowerCase()],
  }
}

const MODES = ['production', 'development', 'test', 'local', 'ci']

const MODE: Variable<string> = {
  name: 'HINDCAST_ENV',
  absent: 'production',
  allowed: `one of ${MODES.join(', ')}`,
  parse: (text) => (MODES.includes(text) ? text : undefined),
}

const MOST_BALLAST_MIB = 65_536

/** `512@2015-06-30`. */
const BALLAST: Variable<{ readonly mib: number; readonly date: number | null }> = {
  name: 'HINDCAST_TEST_BALLAST_MIB',
  absent: { mib: 0, date: null },
  allowed: `MIB@YYYY-MM-DD, with MIB a whole number up to ${MOST_BALLAST_MIB}`,
  parse: (text) => {
    const [, mib = '', date = ''] = /^(\d{1,5})@(.{10})$/.exec(text) ?? []
    const day = parseIsoDate(date)
    return mib !== '' && Number(mib) <= MOST_BALLAST_MIB && day !== null ? { mib: Number(mib), date: day } : undefined
  },
}

const PACE = whole('HINDCAST_TEST_PACE_MS', 0, 60_000, 0)

/** HINDCAST_ENV, and the test-only pacing of design.md 6, which is null outside tests and refused there. */
export interface Mode {
  readonly environment: string
  readonly pace: { readonly msPerDate: number; readonly ballastMib: number; readonly ballastDate: number | null } | null
}

/** Reads HINDCAST_ENV and the variables for tests, which are refused elsewhere whatever they say. */
export function readMode(reader: EnvironmentReader, env: Environment): Mode {
  const environment = reader.read(MODE)
  const msPerDate = reader.read(PACE)
  const weight = reader.read(BALLAST)
  for (const { name } of [PACE, BALLAST]) {
    if (env[name] !== undefined && environment !== 'test') {
      reader.fault(`${name} is for tests: allowed only with HINDCAST_ENV=test, and HINDCAST_ENV is "${environment}"`)
    }
  }
  const paced = environment === 'test' && (msPerDate > 0 || weight.mib > 0)
  return { environment, pace: paced ? { msPerDate, ballastMib: weight.mib, ballastDate: weight.date } : null }
}
