import { tmpdir } from 'node:os'
import { isAbsolute, join, normalize } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { formatResultPath, parseResultPath } from './result-path.ts'

/** Where artifacts or datasets rest, and how to get there. Holds no secret that printing it would show. */
export type StoreConfig = FilesConfig | S3Config

export interface FilesConfig {
  readonly kind: 'files'
  /** Absolute path; it need not exist yet. */
  readonly root: string
  /** Name of the PersistentVolumeClaim mounted there; null: an ordinary folder. */
  readonly claim: string | null
}

export interface S3Config {
  readonly kind: 's3'
  readonly bucket: string
  /** `""` or `a/b/`: what every key begins with. */
  readonly prefix: string
  /** Origin of the service, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string
  readonly region: string
  /** `path`: the bucket is the first part of the path; `host`: of the host's name. */
  readonly style: 'path' | 'host'
  /** A function, so that neither a log nor an error that prints the configuration shows a key. */
  readonly keys: () => S3Keys
  /** Absolute path of a local folder for what is being written or read. */
  readonly scratchDir: string
}

export interface S3Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** The first name that is set wins. */
const VARIABLES = {
  accessKeyId: ['HINDCAST_S3_ACCESS_KEY_ID', 'AWS_ACCESS_KEY_ID'],
  secretAccessKey: ['HINDCAST_S3_SECRET_ACCESS_KEY', 'AWS_SECRET_ACCESS_KEY'],
  sessionToken: ['HINDCAST_S3_SESSION_TOKEN', 'AWS_SESSION_TOKEN'],
  endpoint: ['HINDCAST_S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  region: ['HINDCAST_S3_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
  scratchDir: ['HINDCAST_SCRATCH'],
} as const

/** A DNS-compatible bucket. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** A part of a prefix: characters that no client has to escape; never `.` or `..`. */
const PREFIX_PART = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,255}$/
const REGION = /^[a-z0-9-]{1,40}$/
const CLAIM = /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?$/
const DEFAULT_REGION = 'us-east-1'
const FORMS = '/absolute/folder, file:///absolute/folder?claim=NAME or s3://bucket/prefix?endpoint=https://…&region=…'

/**
 * Reads the text of a store: an absolute path, `file:///path[?claim=NAME]`, or
 * `s3://bucket[/prefix][?endpoint=URL&region=NAME&style=path|host]`. Keys come from `env` alone, by the names
 * HINDCAST_S3_ACCESS_KEY_ID and HINDCAST_S3_SECRET_ACCESS_KEY (and …SESSION_TOKEN) or AWS's own. Nothing is looked up.
 * Throws `environment_invalid`; no message holds a key.
 */
export function parseStore(text: string, env: Environment = {}): StoreConfig {
  if (isAbsolute(text)) return filesConfig(text, null)
  // A key pair written into the URL must not come back in a message.
  const where = text.includes('@') ? 'the store' : `the store "${text.slice(0, 200)}"`
  if (!URL.canParse(text)) throw invalid(`${where} is none: write ${FORMS}`)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw invalid(`${where} holds keys; give them as HINDCAST_S3_ACCESS_KEY_ID and HINDCAST_S3_SECRET_ACCESS_KEY`)
  }
  if (url.hash !== '') throw invalid(`${where} ends in "#…": write ${FORMS}`)
  if (url.protocol === 'file:') return fileUrlConfig(url, where)
  if (url.protocol === 's3:') return s3Config(text, url, { where, env })
  throw invalid(`${where} is none: write ${FORMS}`)
}

/** What people are shown for `{namespace}/{job_id}/{attempt}`: an absolute path, `s3://…` or `pvc:<claim>/…`. */
export function shownPlace(config: StoreConfig, resultPath: string): string {
  return shownPlaceOf(config, formatResultPath(parseResultPath(resultPath)))
}

/** What people are shown for a path below the store's root; "" for the root itself. */
export function shownPlaceOf(config: StoreConfig, path: string): string {
  if (config.kind === 's3') return `s3://${config.bucket}/${config.prefix}${path}`
  return config.claim === null ? join(config.root, path) : `pvc:${config.claim}/${path}`
}

function fileUrlConfig(url: URL, where: string): FilesConfig {
  if (url.host !== '') throw invalid(`${where} names a host; write file:///absolute/folder`)
  const { claim = null } = parameters(url, ['claim'], where)
  if (claim !== null && !CLAIM.test(claim)) throw invalid(`${where}: claim is the name of a PersistentVolumeClaim`)
  return filesConfig(decodeURIComponent(url.pathname), claim)
}

function filesConfig(path: string, claim: string | null): FilesConfig {
  if (path.includes('\0')) throw invalid('the path of a store holds a NUL character')
  return { kind: 'files', root: normalize(path), claim }
}

function s3Config(text: string, url: URL, { where, env }: { where: string; env: Environment }): S3Config {
  const given = parameters(url, ['endpoint', 'region', 'style'], where)
  if (!BUCKET.test(url.hostname) || url.port !== '') {
    throw invalid(`${where}: a bucket has 3 to 63 lower-case letters, digits, "." and "-"`)
  }
  const parts = prefixParts(text)
  if (!parts.every((part) => PREFIX_PART.test(part))) {
    throw invalid(`${where}: the parts of a prefix have letters, digits, "_", "." and "-"`)
  }
  const region = given.region ?? first(env, 'region') ?? DEFAULT_REGION
  if (!REGION.test(region)) throw invalid(`${where}: the region has lower-case letters, digits and "-"`)
  const endpoint = given.endpoint ?? first(env, 'endpoint')
  const style = given.style ?? (endpoint === null ? 'host' : 'path')
  if (style !== 'path' && style !== 'host') throw invalid(`${where}: style is path or host`)
  const keys = readKeys(env, where)
  return {
    kind: 's3',
    bucket: url.hostname,
    prefix: parts.map((part) => `${part}/`).join(''),
    endpoint: endpoint === null ? `https://s3.${region}.amazonaws.com` : originOf(endpoint),
    region,
    style,
    keys: () => keys,
    scratchDir: scratchOf(env),
  }
}

/** From the text itself: a URL would have resolved `..` by now, and taken a prefix for another. */
function prefixParts(text: string): string[] {
  const path = text.slice('s3://'.length).split(/[?#]/)[0] as string
  return path
    .split('/')
    .slice(1)
    .filter((part) => part !== '')
}

/** Those of the names that the query gives. Throws on any other, and on one given twice. */
function parameters<Name extends string>(url: URL, names: readonly Name[], where: string): { [name in Name]?: string } {
  const given: { [name in Name]?: string } = {}
  for (const [name, value] of url.searchParams) {
    const known = names.find((allowed) => allowed === name)
    if (known === undefined) throw invalid(`${where}: allowed after "?" are ${names.join(', ')}`)
    if (given[known] !== undefined) throw invalid(`${where}: ${name} is given twice`)
    given[known] = value
  }
  return given
}

function originOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === ''
  if (!plain || url.username !== '' || url.password !== '') {
    throw invalid('the endpoint of an S3 store is http:// or https://, a host and a port, and nothing else')
  }
  return url.origin
}

function readKeys(env: Environment, where: string): S3Keys {
  const accessKeyId = first(env, 'accessKeyId')
  const secretAccessKey = first(env, 'secretAccessKey')
  if (accessKeyId === null || secretAccessKey === null) {
    const missing = accessKeyId === null ? VARIABLES.accessKeyId : VARIABLES.secretAccessKey
    throw invalid(`${where} needs keys: ${missing.join(' or ')} is not set`)
  }
  return { accessKeyId, secretAccessKey, sessionToken: first(env, 'sessionToken') }
}

function scratchOf(env: Environment): string {
  const scratchDir = first(env, 'scratchDir') ?? join(tmpdir(), 'hindcast-scratch')
  if (!isAbsolute(scratchDir)) throw invalid(`HINDCAST_SCRATCH="${scratchDir}": allowed is an absolute path`)
  return scratchDir
}

function first(env: Environment, variable: keyof typeof VARIABLES): string | null {
  for (const name of VARIABLES[variable]) if (env[name]) return env[name]
  return null
}

function invalid(what: string): HindcastError {
  return new HindcastError('environment_invalid', what)
}
