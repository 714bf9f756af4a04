import { availableParallelism, homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DATABASE_URL,
  type Environment,
  environmentReader,
  flag,
  matching,
  optional,
  REDIS_URL,
  readMode,
  type Variable,
  whole,
} from '../core/process/environment.ts'
import type { Pace } from '../runner/port.ts'
import { NAMESPACE } from '../storage/blobs/result-path.ts'
import { parseStore, type StoreConfig } from '../storage/blobs/store-config.ts'

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
  /** DATABASE_URL: the record of a cluster; null: not set. */
  readonly databaseUrl: string | null
  /** REDIS_URL: the progress of a cluster; null: not set. */
  readonly redisUrl: string | null
  /** HINDCAST_ARTIFACTS and HINDCAST_NAMESPACE, as a pod of a namespace has them; null: not set. */
  readonly artifacts: string | null
  readonly namespace: string | null
  /** Reads the text of a store, its keys from the environment; throws `environment_invalid`. */
  readonly parseStore: (text: string) => StoreConfig
  /** Cores of this machine. */
  readonly cores: number
  /** Test-only pacing of design.md 6; null outside tests. */
  readonly pace: Pace | null
}

const path = (name: string): Variable<string | null> => ({
  name,
  absent: null,
  allowed: 'a path',
  parse: (value) => value,
})

const DEFAULT_TIMEOUT_SECONDS = 3600
const DEFAULT_MEMORY_BYTES = 4 * 1024 ** 3
const DEFAULT_LOCK_WAIT_MS = 10_000

/** Checks every variable and reports all faults in one error; throws `environment_invalid`. */
export function loadConfig(env: Environment = process.env): Config {
  const reader = environmentReader(env)
  const { pace } = readMode(reader, env)
  const config: Config = {
    home: reader.read(path('HINDCAST_HOME')),
    noColor: (env.NO_COLOR ?? '') !== '',
    debug: reader.read(flag('HINDCAST_DEBUG')),
    jobTimeoutSeconds: reader.read(whole('BACKTEST_JOB_TIMEOUT', 300, 14_400, DEFAULT_TIMEOUT_SECONDS)),
    jobMemoryLimitBytes: reader.read(
      whole('BACKTEST_JOB_MEMORY_LIMIT', 512 * 1024 ** 2, 64 * 1024 ** 3, DEFAULT_MEMORY_BYTES),
    ),
    lockWaitMs: reader.read(whole('HINDCAST_LOCK_WAIT_MS', 0, 3_600_000, DEFAULT_LOCK_WAIT_MS)),
    cacheDir: reader.read(path('HINDCAST_CACHE')) ?? join(env.XDG_CACHE_HOME || userCache(), 'hindcast'),
    databaseUrl: reader.read(optional(DATABASE_URL)),
    redisUrl: reader.read(optional(REDIS_URL)),
    artifacts: reader.read(path('HINDCAST_ARTIFACTS')),
    namespace: reader.read(optional(matching('HINDCAST_NAMESPACE', NAMESPACE, 'a DNS label'))),
    parseStore: (text) => parseStore(text, env),
    cores: availableParallelism(),
    pace,
  }
  reader.end()
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
