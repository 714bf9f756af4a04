import { resolve } from 'node:path'
import { ERRORS, HindcastError } from '../../core/errors.ts'
import { replaceFile } from '../../storage/blobs/durable-files.ts'
import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { wholeNumber } from '../runs/options.ts'
import { computeCases } from './compute-cases.ts'
import { readGoldenSet } from './golden-set.ts'
import { type Checked, driftText, junitOf, verdictOf } from './verdict-of.ts'

interface CheckFlags {
  readonly stalePolicy: 'warn' | 'fail'
  readonly maxAgeDays: string
  readonly relative: string
  readonly absolute: string
  readonly junit?: string
  readonly annotations?: boolean
}

/** A golden difference, or a golden that was changed (design.md 5). */
const DRIFT_EXIT = ERRORS.artifact_corrupt.cli
/** Goldens are stale under `fail`. */
const STALE_EXIT = ERRORS.gate_not_met.cli
const LONGEST_AGE_DAYS = 3650

/** `hindcast regression check [DIR]`: computes every golden case here and compares it with its file. */
export async function checkGoldens(context: Context, dir: string, flags: CheckFlags): Promise<number> {
  const tolerance = { relative: share('--relative', flags.relative), absolute: share('--absolute', flags.absolute) }
  const maxAgeDays = wholeNumber('--max-age-days', flags.maxAgeDays, 1, LONGEST_AGE_DAYS)
  const set = readGoldenSet(resolve(dir))
  // Files that were changed prove nothing: no reason to compute.
  const computed = set.faults.length > 0 ? [] : await computeCases(context, set.cases)
  const checked = verdictOf(set, computed, { tolerance, maxAgeDays, now: context.now() })
  if (flags.junit !== undefined) {
    const path = resolve(flags.junit)
    await replaceFile(path, junitOf(checked), `${path}.${process.pid}.part`)
  }
  await print(context, checked, () => textOf(context, checked))
  if (flags.annotations === true) annotate(context, checked)
  if (checked.stale && !context.quiet) {
    context.terminal.note(`the goldens are ${checked.manifestAgeDays} days old, more than ${maxAgeDays}: renew them\n`)
  }
  if (checked.verdict === 'Failed') return DRIFT_EXIT
  return checked.stale && flags.stalePolicy === 'fail' ? STALE_EXIT : 0
}

function textOf(context: Context, { verdict, faults, cases }: Checked): string {
  const { style } = context.terminal
  const rows = cases.map(({ name, drift }) => ({ name, word: drift.length === 0 ? 'passed' : 'drifted' }))
  const table = renderTable(
    [
      { title: 'case', cell: (row) => row.name },
      { title: 'verdict', cell: (row) => row.word, look: (row) => (row.word === 'passed' ? 'good' : 'bad') },
    ],
    rows,
    style,
  )
  const details = [...faults, ...cases.flatMap(({ name, drift }) => drift.map((one) => `${name}: ${driftText(one)}`))]
  const parts = [...(rows.length > 0 ? [table] : []), ...details.map((line) => `${line}\n`)]
  return `${parts.join('')}${style(verdict === 'Passed' ? 'good' : 'bad', verdict)}\n`
}

/** One annotation a drift in the form that CI systems read from the output. */
function annotate(context: Context, { faults, cases }: Checked): void {
  for (const fault of faults) context.terminal.note(`::error title=golden files::${fault}\n`)
  for (const { name, drift } of cases) {
    for (const one of drift) context.terminal.note(`::error title=${name}::${driftText(one)}\n`)
  }
}

function share(option: string, text: string): number {
  const value = /^\d*\.?\d+(?:e-?\d{1,3})?$/i.test(text) ? Number(text) : Number.NaN
  if (Number.isFinite(value)) return value
  throw new HindcastError('usage', `${option} "${text}" is not a number from 0 on`)
}
