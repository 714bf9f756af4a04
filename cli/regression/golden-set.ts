import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { sha256Hex } from '../../core/identity.ts'
import type { GoldenMetrics } from '../../core/verdict.ts'

/** manifest.json of a folder of goldens (platform.md 5.1). */
export interface GoldenManifest {
  readonly version: string
  readonly created_at: string
  readonly dataset_snapshot_id: string
  readonly last_regenerated: string
  readonly regenerated_by: string
  /** Decimal megabytes of all golden files. */
  readonly storage_size_mb: number
  readonly golden_files: readonly { readonly name: string; readonly checksum: string }[]
  readonly [more: string]: unknown
}

/** One golden case: what it asks, and what came of it when it was approved. */
export interface GoldenCase {
  /** `{alpha}_{startYear}_{endYear}`. */
  readonly name: string
  readonly expected: GoldenMetrics
  readonly config: Readonly<Record<string, unknown>>
}

export interface GoldenSet {
  readonly manifest: GoldenManifest
  readonly cases: readonly GoldenCase[]
  /** Why the files cannot be trusted: changed, missing, not listed, of several snapshots, or too large. */
  readonly faults: readonly string[]
}

export const MANIFEST_NAME = 'manifest.json'
/** The metrics of a golden, all of them and no other. */
export const GOLDEN_METRICS = [
  'mean_ic',
  'icir',
  'hit_rate',
  'coverage',
  'long_short_spread',
  'average_turnover',
  'decay_half_life',
] as const
const CASE_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*_\d{4}_\d{4}$/
const FILE_NAME = /^[a-z][a-z0-9_]{0,120}\.json$/
const LARGEST_FILE = 1_000_000
const LARGEST_SET = 10_000_000
const REQUIRED = ['version', 'created_at', 'dataset_snapshot_id', 'last_regenerated', 'regenerated_by'] as const

/** Reads a folder of goldens and checks it against its manifest. Throws `data_missing` or `data_invalid`. */
export function readGoldenSet(dir: string): GoldenSet {
  const manifest = readManifestOf(dir)
  const listed = new Map(manifest.golden_files.map(({ name, checksum }) => [name, checksum]))
  const present = namesIn(dir)
  const faults = [
    ...[...listed.keys()].filter((name) => !present.includes(name)).map((name) => `${name} is listed and not there`),
    ...present.filter((name) => !listed.has(name)).map((name) => `${name} is there and not listed`),
    ...present.filter((name) => listed.has(name) && listed.get(name) !== checksumOf(dir, name)).map(tampered),
  ]
  const cases = present.filter((name) => name.endsWith('_config.json')).map((name) => readCase(dir, name))
  if (cases.length === 0) throw new HindcastError('data_missing', `${dir} holds no case: no NAME_config.json`)
  const asked = new Set(cases.flatMap(({ name }) => [`${name}.json`, `${name}_config.json`]))
  faults.push(...present.filter((name) => !asked.has(name)).map((name) => `${name} has no config that asks for it`))
  const strangers = cases.filter(({ config }) => config.snapshot_id !== manifest.dataset_snapshot_id)
  for (const { name, config } of strangers) {
    faults.push(
      `${name}_config.json names snapshot ${String(config.snapshot_id)}, the manifest ${manifest.dataset_snapshot_id}`,
    )
  }
  const size = sizeOf(dir)
  if (size >= LARGEST_SET) faults.push(`the files have ${size} bytes; allowed: fewer than ${LARGEST_SET}`)
  return { manifest, cases, faults }
}

/** The cases of a folder alone, also of one that has no manifest or no results yet: for a regeneration. */
export function readCases(dir: string): GoldenCase[] {
  const configs = namesIn(dir).filter((name) => name.endsWith('_config.json'))
  if (configs.length > 0) return configs.map((name) => readCase(dir, name))
  throw new HindcastError('data_missing', `${dir} holds no {alpha}_{startYear}_{endYear}_config.json: there is no case`)
}

/** Whole days since the goldens were made again. */
export function ageInDays({ last_regenerated }: GoldenManifest, now: number): number {
  return Math.floor((now - Date.parse(last_regenerated)) / 86_400_000)
}

/** `sha256:<hex>`, as the manifest has it. */
export function checksumOf(dir: string, name: string): string {
  return `sha256:${sha256Hex(readFileSync(join(dir, name)))}`
}

/** Bytes of all golden files, the manifest apart. */
export function sizeOf(dir: string): number {
  return namesIn(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
}

/** Names of the golden files, sorted; the manifest and what is no JSON file apart. */
export function namesIn(dir: string): string[] {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new HindcastError('data_missing', `there is no folder ${dir} with goldens`)
  }
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json') && name !== MANIFEST_NAME)
    .sort()
}

function readManifestOf(dir: string): GoldenManifest {
  namesIn(dir)
  const manifest = readJson(dir, MANIFEST_NAME) as unknown as GoldenManifest
  for (const field of REQUIRED) {
    if (typeof manifest[field] !== 'string' || manifest[field] === '')
      throw invalid(MANIFEST_NAME, `${field} is missing`)
  }
  if (Number.isNaN(Date.parse(manifest.last_regenerated))) {
    throw invalid(MANIFEST_NAME, `last_regenerated "${manifest.last_regenerated}" is no time`)
  }
  if (typeof manifest.storage_size_mb !== 'number') throw invalid(MANIFEST_NAME, 'storage_size_mb is missing')
  const files = manifest.golden_files
  const sound =
    Array.isArray(files) && files.every((file) => FILE_NAME.test(file?.name) && typeof file.checksum === 'string')
  if (!sound) throw invalid(MANIFEST_NAME, 'golden_files is missing, or names something that is no golden file')
  return manifest
}

function readCase(dir: string, configName: string): GoldenCase {
  const name = configName.replace(/_config\.json$/, '')
  if (!CASE_NAME.test(name)) throw invalid(configName, 'its name is not {alpha}_{startYear}_{endYear}_config.json')
  const config = readJson(dir, configName)
  if (statSync(join(dir, `${name}.json`), { throwIfNoEntry: false }) === undefined)
    return { name, config, expected: {} }
  const expected = readJson(dir, `${name}.json`)
  for (const [metric, value] of Object.entries(expected)) {
    if (value !== null && typeof value !== 'number')
      throw invalid(`${name}.json`, `${metric} is neither a number nor null`)
  }
  return { name, config, expected: expected as GoldenMetrics }
}

function readJson(dir: string, name: string): Record<string, unknown> {
  const path = join(dir, name)
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new HindcastError('data_missing', `${path} is not there`)
  if (size > LARGEST_FILE) throw invalid(name, `it has ${size} bytes; allowed: up to ${LARGEST_FILE}`)
  let found: unknown
  try {
    found = JSON.parse(readFileSync(path, 'utf8'))
  } catch (thrown) {
    throw invalid(name, `it is not JSON (${(thrown as Error).message})`)
  }
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Record<string, unknown>
  throw invalid(name, 'it is not a JSON object')
}

function tampered(name: string): string {
  return `${name} is not what its checksum says: it was changed by hand`
}

function invalid(name: string, what: string): HindcastError {
  return new HindcastError('data_invalid', `${name}: ${what}`)
}
