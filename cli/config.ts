import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseIsoDate } from '../core/dates.ts'
import { HindcastError } from '../core/errors.ts'
import type { Pace } from '../runner/port.ts'

/** What the environment says to the command line, read once at start. */
export interface Config {
  /** HINDCAST_HOME; `--home` wins over it. */
  readonly home: string | null
  /** NO_COLOR holds anything. */
  readonly noColor: boolean
  /** HINDCAST_DEBUG: stacks are printed with errors. */
  readonly debug: boolean
  /** Used where a manifest has no timeoutSeconds. */
  readonly jobTimeoutSeconds: number
  /** Used where a manifest has no memoryLimit, bytes. */
  readonly jobMemoryLimitBytes: number
  /** How long a command waits for a home that another process holds, milliseconds. */
  readonly lockWaitMs: number
  /** Where what every home needs is kept to be made once a user: a folder that may be deleted at any time. */
  readonly cacheDir: string
  /** Cores of this machine. */
  readonly cores: number
  /** Test-only pacing of design.md 6; null outside tests. */
  readonly pace: Pace | null
}

type Environment = Readonly<Record<string, string | undefined>>

interface Variable<Value> {
  readonly name: string
  readonly absent: Value
  /** In words, for the message. */
  readonly allowed: string
  /** Undefined: the text is not allowed. */
  readonly parse: (text: string) => Value | undefined
}

const text = (name: string): Variable<string | null> => ({
  name,
  absent: null,
  allowed: 'a path',
  parse: (value) => value,
})

const whole = (name: string, absent: number, lowest: number, highest: number): Variable<number> => ({
  name,
  absent,
  allowed: `a whole number from ${lowest} to ${highest}`,
  parse: (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
    return number >= lowest && number <= highest ? number : undefined
  },
})

const SWITCH_WORDS: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false }

const flag = (name: string): Variable<boolean> => ({
  name,
  absent: false,
  allowed: '1, true, 0 or false',
  parse: (value) => SWITCH_WORDS[value.toLowerCase()],
})

const MOST_BALLAST_MIB = 65_536

/** `512@2015-06-30`. */
const ballast: Variable<{ readonly mib: number; readonly date: number | null }> = {
  name: 'HINDCAST_TEST_BALLAST_MIB',
  absent: { mib: 0, date: null },
  allowed: `MIB@YYYY-MM-DD, with MIB a whole number up to ${MOST_BALLAST_MIB}`,
  parse: (value) => {
    const [, mib = '', date = ''] = /^(\d{1,5})@(.{10})$/.exec(value) ?? []
    const day = parseIsoDate(date)
    return mib !== '' && Number(mib) <= MOST_BALLAST_MIB && day !== null ? { mib: Number(mib), date: day } : undefined
  },
}

const MODES = ['production', 'development', 'test', 'local', 'ci']
const mode: Variable<string> = {
  name: 'HINDCAST_ENV',
  absent: 'production',
  allowed: `one of ${MODES.join(', ')}`,
  parse: (value) => (MODES.includes(value) ? value : undefined),
}

const DEFAULT_TIMEOUT_SECONDS = 3600
const DEFAULT_MEMORY_BYTES = 4 * 1024 ** 3
const DEFAULT_LOCK_WAIT_MS = 10_000
const TEST_VARIABLES = ['HINDCAST_TEST_PACE_MS', 'HINDCAST_TEST_BALLAST_MIB']

/** Checks every variable and reports all faults in one error; throws `environment_invalid`. */
export function loadConfig(env: Environment = process.env): Config {
  const faults: string[] = []
  const read = <Value>(variable: Variable<Value>): Value => {
    const value = env[variable.name]
    if (value === undefined || value === '') return variable.absent
    const parsed = variable.parse(value)
    if (parsed === undefined) faults.push(`${variable.name}="${clip(value)}": allowed is ${variable.allowed}`)
    return parsed ?? variable.absent
  }
  const environment = read(mode)
  const paceMs = read(whole('HINDCAST_TEST_PACE_MS', 0, 0, 60_000))
  const weight = read(ballast)
  for (const name of TEST_VARIABLES) {
    if (env[name] !== undefined && environment !== 'test') {
      faults.push(`${name} is for tests: allowed only with HINDCAST_ENV=test, and HINDCAST_ENV is "${environment}"`)
    }
  }
  const config: Config = {
    home: read(text('HINDCAST_HOME')),
    noColor: (env.NO_COLOR ?? '') !== '',
    debug: read(flag('HINDCAST_DEBUG')),
    jobTimeoutSeconds: read(whole('BACKTEST_JOB_TIMEOUT', DEFAULT_TIMEOUT_SECONDS, 300, 14_400)),
    jobMemoryLimitBytes: read(
      whole('BACKTEST_JOB_MEMORY_LIMIT', DEFAULT_MEMORY_BYTES, 512 * 1024 ** 2, 64 * 1024 ** 3),
    ),
    lockWaitMs: read(whole('HINDCAST_LOCK_WAIT_MS', DEFAULT_LOCK_WAIT_MS, 0, 3_600_000)),
    cacheDir: read(text('HINDCAST_CACHE')) ?? join(env.XDG_CACHE_HOME || userCache(), 'hindcast'),
    cores: availableParallelism(),
    pace:
      environment === 'test' && (paceMs > 0 || weight.mib > 0)
        ? { msPerDate: paceMs, ballastMib: weight.mib, ballastDate: weight.date }
        : null,
  }
  if (faults.length > 0) throw new HindcastError('environment_invalid', `environment: ${faults.join('; ')}`)
  return Object.freeze(config)
}

/** An account without a home, as in some containers, keeps its cache among the temporary files. */
function userCache(): string {
  try {
    return join(homedir(), '.cache')
  } catch {
    return tmpdir()
  }
}

const LONGEST_SHOWN = 80

function clip(value: string): string {
  return value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value
}
