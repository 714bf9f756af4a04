import { HindcastError } from '../../core/errors.ts'
import { canonicalJson, type Json } from '../../core/identity.ts'
import { type GlossaryGroup, meaningOf, metricText } from '../../core/metric-glossary.ts'
import { numberText } from '../../core/number-text.ts'
import type { Job, Ledger } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { KINDS } from '../jobs/kind-of-job.ts'
import { readableResult } from '../jobs/readable-result.ts'
import { withHome } from '../local/open-home.ts'
import { print } from '../output/print.ts'
import { type Column, renderTable } from '../output/table.ts'
import { COMPARED } from './compared-figures.ts'

const FEWEST = 2
const MOST = 20
const SHORT_ID = 8

/** One job of a comparison. */
export interface Compared {
  readonly jobId: string
  /** Unique in the comparison. */
  readonly label: string
  readonly metrics: Readonly<Record<string, number | null>>
  readonly computation: { readonly [key: string]: Json }
}

/** `hindcast compare JOB JOB…`: fields that differ, then figures with the best one marked. */
export async function compareJobs(context: Context, jobs: readonly string[]): Promise<number> {
  if (jobs.length < FEWEST || jobs.length > MOST) {
    throw new HindcastError('usage', `compare takes ${FEWEST} to ${MOST} jobs, not ${jobs.length}`)
  }
  const { kind, compared } = await withHome(context, { create: false }, ({ ledger }) => readAll(context, ledger, jobs))
  const fields = differingFields(compared)
  const figures = figureRows(compared, kind)
  await print(context, dataOf(compared, fields, figures), () => {
    const { style } = context.terminal
    const heads = compared.map(({ label, jobId }) => ({ label, id: jobId.slice(0, SHORT_ID) }))
    const fieldTable = renderTable(fieldColumns(heads.map(({ label }) => label)), fields, style)
    const figureTable = renderTable(figureColumns(heads.map(({ label }) => label)), figures, style)
    const same = fields.length === 0 ? 'The jobs ask the same question.\n' : fieldTable
    return `${same}\n${figureTable}\n${style('quiet', `* best; differences are to ${heads[0]!.label}`)}\n`
  })
  return 0
}

interface OfOneKind {
  readonly kind: Job['kind']
  readonly compared: readonly Compared[]
}

/** Throws `usage` for jobs of two kinds: their figures have other meanings under the same names. */
async function readAll(context: Context, ledger: Ledger, jobs: readonly string[]): Promise<OfOneKind> {
  const compared: Compared[] = []
  const kinds: { readonly label: string; readonly kind: Job['kind'] }[] = []
  for (const text of jobs) {
    const { job, name } = await readableResult(context, ledger, await findJob(ledger, text))
    const taken = compared.some((other) => other.label === name)
    const label = taken ? `${name} [${job.jobId.slice(0, SHORT_ID)}]` : name
    compared.push({ jobId: job.jobId, label, metrics: job.metrics ?? {}, computation: job.configJson })
    kinds.push({ label, kind: job.kind })
  }
  const [first] = kinds
  const other = kinds.find(({ kind }) => kind !== first!.kind)
  if (other !== undefined) {
    const named = [first!, other].map(({ label, kind }) => `${label} is a ${KINDS[kind]}`).join(', ')
    throw new HindcastError('usage', `compare takes jobs of one kind: ${named}. "hindcast get" shows each on its own`)
  }
  return { kind: first!.kind, compared }
}

interface FieldRow {
  readonly field: string
  /** By job, as JSON; an absent field is the empty text. */
  readonly values: readonly string[]
}

/** The fields of the computations that are not the same in all, as `alpha.parameters.skipDays`. */
export function differingFields(compared: readonly Compared[]): FieldRow[] {
  const flat = compared.map(({ computation }) => new Map(leaves(computation, '')))
  const names = [...new Set(flat.flatMap((fields) => [...fields.keys()]))]
  return names
    .map((field) => ({ field, values: flat.map((fields) => fields.get(field) ?? '') }))
    .filter(({ values }) => new Set(values).size > 1)
}

function leaves(value: Json | undefined, path: string): [string, string][] {
  if (value === undefined) return []
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return [[path, typeof value === 'string' ? value : canonicalJson(value)]]
  }
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`))
}

interface FigureRow {
  readonly name: string
  /** Where its words stand. */
  readonly group: GlossaryGroup
  readonly title: string
  readonly values: readonly (number | null)[]
  /** Index of the best job; null where better has no direction or all are alike. */
  readonly best: number | null
}

/** The figures that at least one job has, in the order of the summary of their kind. */
export function figureRows(compared: readonly Compared[], kind: Job['kind'] = 'backtest'): FigureRow[] {
  const { groups, better, further } = COMPARED[kind]
  const names = [...new Set([...Object.keys(better), ...further])]
  return names
    .filter((name) => compared.some(({ metrics }) => metrics[name] !== undefined))
    .map((name) => {
      const values = compared.map(({ metrics }) => metrics[name] ?? null)
      const group = groups.find((one) => meaningOf(one, name) !== undefined) ?? groups[0]
      const title = meaningOf(group, name)?.title ?? name
      return { name, group, title, values, best: bestOf(values, better[name]) }
    })
}

function bestOf(values: readonly (number | null)[], better: 'high' | 'low' | undefined): number | null {
  if (better === undefined) return null
  const numbers = values.filter((value): value is number => value !== null && !Number.isNaN(value))
  if (numbers.length < 2 || new Set(numbers).size < 2) return null
  return values.indexOf(better === 'high' ? Math.max(...numbers) : Math.min(...numbers))
}

function fieldColumns(labels: readonly string[]): Column<FieldRow>[] {
  return [
    { title: 'differs in', cell: (row) => row.field },
    ...labels.map((title, at) => ({ title, cell: (row: FieldRow) => row.values[at] ?? '' })),
  ]
}

function figureColumns(labels: readonly string[]): Column<FigureRow>[] {
  return [
    { title: '', cell: (row) => row.title },
    ...labels.flatMap((title, at) => [valueColumn(title, at), ...(at === 0 ? [] : [deltaColumn(at)])]),
  ]
}

function valueColumn(title: string, at: number): Column<FigureRow> {
  return {
    title,
    right: true,
    cell: (row) => `${metricText(row.group, row.name, row.values[at])}${row.best === at ? ' *' : '  '}`,
    look: (row) => (row.best === at ? 'good' : null),
  }
}

function deltaColumn(at: number): Column<FigureRow> {
  return {
    title: 'difference',
    right: true,
    cell: (row) => {
      const [reference, value] = [row.values[0], row.values[at]]
      const meaning = meaningOf(row.group, row.name)
      if (reference == null || value == null || meaning === undefined) return ''
      const text = numberText(value - reference, { ...meaning, signed: true })
      return text === 'n/a' ? '' : text
    },
    look: () => 'quiet',
  }
}

function dataOf(compared: readonly Compared[], fields: readonly FieldRow[], figures: readonly FigureRow[]) {
  return {
    jobs: compared.map(({ jobId, label }) => ({ jobId, label })),
    differences: Object.fromEntries(fields.map(({ field, values }) => [field, values])),
    metrics: figures.map(({ name, values, best }) => ({
      name,
      values,
      best: best === null ? null : compared[best]!.jobId,
    })),
  }
}
