import { type IsoDate, parseIsoDate } from '../core/dates.ts'
import { HindcastError } from '../core/errors.ts'
import type { Kind, Request } from '../core/request.ts'
import schemas from './generated/schemas.json' with { type: 'json' }
import { check } from './reading/check.ts'
import { readDocuments } from './reading/documents.ts'
import { type Located, type LocatedMap, nearest } from './reading/located.ts'
import { Lines, type Problem, Problems, show, step } from './reading/problem.ts'
import type { Schema } from './reading/schema.ts'
import { closest } from './reading/suggest.ts'
import { openText } from './reading/text.ts'
import { CREATED_BY, type Manifest, toRequest } from './reading/to-request.ts'
import { trainOverlap } from './rules/walk-forward.ts'

/** The plain schemas of the four kinds, made from crds/v1alpha1 by "npm run generate". */
export const SCHEMAS = schemas.kinds as unknown as Readonly<Record<Kind, Schema>>
/** Every kind a manifest may have. */
export const KINDS = Object.keys(SCHEMAS) as readonly Kind[]

const API_VERSION = schemas.apiVersion
/** Longest name of whoever asked (platform.md 1.4). */
const MAX_CREATED_BY = 255
const CREATED_BY_POINTER = `/metadata/annotations${step(CREATED_BY)}`

export interface ReadOptions {
  /** Name of the file, as problems show it. */
  readonly file: string
  /** The checker's date in UTC; a backtest may not end after the day that follows it. */
  readonly today: IsoDate
}

export interface ReadResult {
  /** One for each document without a problem, in the order of the text. */
  readonly requests: readonly Request[]
  /** Line of the `kind` of each request, from 1. */
  readonly lines: readonly number[]
  /** Everything that must be changed before the text can be run. */
  readonly problems: readonly Problem[]
  /** What may be meant so, but deserves a second look. */
  readonly warnings: readonly Problem[]
}

/**
 * Reads a text of one or more manifests, YAML or JSON: the one validator behind command line, API and operator.
 * Finds every problem and throws on none, whatever the input; its time is bounded by the size it accepts. What the
 * catalogue of snapshots knows is not asked here. Throws `RangeError` only when `today` is no date.
 */
export function readManifest(input: string | Uint8Array, options: ReadOptions): ReadResult {
  const today = parseIsoDate(options.today)
  if (today === null) throw new RangeError(`today is "${options.today}"; allowed: YYYY-MM-DD`)
  const opened = openText(input)
  const problems = new Problems(options.file, opened.text)
  const warnings = new Problems(options.file, opened.text)
  const requests: Request[] = []
  const lines: number[] = []
  if (!opened.ok) problems.add({ code: 'config_invalid', message: opened.message, offset: opened.offset, pointer: '' })
  else {
    const roots = readDocuments(opened.text, problems)
    const named = new Map<string, number>()
    const places = new Lines(opened.text)
    for (const { root, sound } of roots) {
      const request = readRoot(root, { problems, warnings, facts: { today } })
      if (request === undefined || !sound) continue
      if (isSecond(request, root, { named, problems })) continue
      requests.push(request)
      lines.push(places.at(nearest(root, '/kind').at).line)
    }
    if (roots.length === 0 && problems.count === 0) {
      problems.add({ code: 'config_invalid', message: 'the file holds no manifest', offset: 0, pointer: '' })
    }
  }
  return { requests, lines, problems: problems.sorted(), warnings: warnings.sorted() }
}

/** `readManifest` for one manifest that must be good: throws a HindcastError that names the first problem. */
export function readOneManifest(input: string | Uint8Array, options: ReadOptions): Request {
  const { requests, problems } = readManifest(input, options)
  const [problem] = problems
  if (problem !== undefined) {
    const hint = problem.hint === undefined ? '' : `; ${problem.hint}`
    throw new HindcastError(problem.code, `${problem.message}${hint}`, { field: problem.pointer })
  }
  const [request] = requests
  if (request === undefined || requests.length > 1) {
    throw new HindcastError('config_invalid', `${options.file} holds ${requests.length} manifests; allowed: one`)
  }
  return request
}

type Reading = { readonly problems: Problems; readonly warnings: Problems; readonly facts: { readonly today: number } }

function readRoot(root: Located, reading: Reading): Request | undefined {
  const { problems } = reading
  if (root.kind === 'scalar' && root.suspect === true) return undefined
  if (root.kind !== 'map') {
    problems.add({
      code: 'config_invalid',
      message: 'a manifest is an object with apiVersion, kind, metadata and spec',
      offset: root.at,
      pointer: '',
    })
    return undefined
  }
  const kind = kindOf(root, problems)
  if (kind === undefined) return undefined
  const before = problems.count
  checkCreatedBy(root, problems)
  const manifest = check({ ...reading, suspects: 0 }, SCHEMAS[kind], root, { pointer: '', code: 'config_invalid' })
  if (problems.count > before || manifest === undefined) return undefined
  const request = toRequest(manifest as Manifest)
  if (request.kind === 'WalkForward') {
    const overlap = trainOverlap(request.walkForward.windows)
    if (overlap !== undefined) warn(reading.warnings, root, overlap)
  }
  return request
}

function warn(warnings: Problems, root: LocatedMap, message: string): void {
  const pointer = '/spec/windows'
  warnings.add({ code: 'walkforward_invalid', message, offset: nearest(root, pointer).keyAt, pointer })
}

/** The kind of a document, or nothing when it is none of ours: then no schema can say more of it. */
function kindOf(root: LocatedMap, problems: Problems): Kind | undefined {
  const [kind, apiVersion] = ['kind', 'apiVersion'].map((key) => {
    const member = root.members.get(key)
    return { value: member?.kind === 'scalar' ? member.value : undefined, offset: member?.at ?? root.keyAt }
  }) as [{ value: unknown; offset: number }, { value: unknown; offset: number }]
  if (apiVersion.value !== API_VERSION) {
    problems.add({
      code: 'config_invalid',
      message: `apiVersion must be "${API_VERSION}"; found ${show(apiVersion.value)}`,
      offset: apiVersion.offset,
      pointer: '/apiVersion',
    })
  }
  const known = KINDS.find((name) => name === kind.value)
  if (known === undefined) {
    const guess = typeof kind.value === 'string' ? closest(kind.value, KINDS) : undefined
    problems.add({
      code: 'config_invalid',
      message: `kind must be one of ${KINDS.join(', ')}; found ${show(kind.value)}`,
      offset: kind.offset,
      pointer: '/kind',
      hint: guess === undefined ? undefined : `did you mean "${guess}"?`,
    })
  }
  return apiVersion.value === API_VERSION ? known : undefined
}

function checkCreatedBy(root: LocatedMap, problems: Problems): void {
  const annotations = nearest(root, '/metadata/annotations')
  const found = annotations.kind === 'map' ? annotations.members.get(CREATED_BY) : undefined
  if (found?.kind !== 'scalar' || typeof found.value !== 'string') return
  const length = [...found.value].length
  if (length >= 1 && length <= MAX_CREATED_BY && found.value.isWellFormed()) return
  problems.add({
    code: 'identity_missing',
    message: `annotation ${CREATED_BY} must be a name of 1 to ${MAX_CREATED_BY} characters; found ${show(found.value)}`,
    offset: found.at,
    pointer: CREATED_BY_POINTER,
  })
}

type Names = { readonly named: Map<string, number>; readonly problems: Problems }

/** Two documents of one text cannot be one resource: a reference to it would be a guess. */
function isSecond(request: Request, root: Located, { named, problems }: Names): boolean {
  const id = `${request.kind} ${request.namespace}/${request.name}`
  const first = named.get(id)
  named.set(id, root.at)
  if (first === undefined) return false
  problems.add({
    code: 'name_conflict',
    message: `metadata.name: ${id} stands twice in this file; give one of them another name`,
    offset: nearest(root, '/metadata/name').at,
    pointer: '/metadata/name',
  })
  return true
}
