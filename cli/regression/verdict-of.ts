import { type Drift, driftsOf, type Tolerances } from '../../core/verdict.ts'
import type { ComputedCase } from './compute-cases.ts'
import { ageInDays, type GoldenSet } from './golden-set.ts'

/** What came of a check: Failed before Stale before Passed. */
export type Verdict = 'Passed' | 'Failed' | 'Stale'

export interface CaseVerdict {
  readonly name: string
  readonly jobId: string
  readonly metrics: ComputedCase['metrics']
  readonly drift: readonly Drift[]
}

export interface Checked {
  readonly verdict: Verdict
  readonly manifestAgeDays: number
  /** The goldens are older than `maxAgeDays`. */
  readonly stale: boolean
  /** Why the files themselves cannot be trusted. */
  readonly faults: readonly string[]
  readonly cases: readonly CaseVerdict[]
}

export interface CheckPolicy {
  readonly tolerance: Tolerances
  readonly maxAgeDays: number
  readonly now: number
}

/** The verdict on a set of goldens and what its cases gave. Pure. */
export function verdictOf(set: GoldenSet, computed: readonly ComputedCase[], policy: CheckPolicy): Checked {
  const cases = computed.map(({ golden, jobId, metrics }) => {
    return { name: golden.name, jobId, metrics, drift: driftsOf(golden.expected, metrics, () => policy.tolerance) }
  })
  const manifestAgeDays = ageInDays(set.manifest, policy.now)
  const stale = manifestAgeDays > policy.maxAgeDays
  const failed = set.faults.length > 0 || cases.some(({ drift }) => drift.length > 0)
  return { verdict: failed ? 'Failed' : stale ? 'Stale' : 'Passed', manifestAgeDays, stale, faults: set.faults, cases }
}

/** The check as JUnit XML: one test case a golden, and one for the files. */
export function junitOf({ cases, faults }: Checked): string {
  const all = [
    testCase('golden files', faults),
    ...cases.map(({ name, drift }) => testCase(name, drift.map(driftText))),
  ]
  const failures = all.filter((text) => text.includes('<failure')).length
  const head = `<testsuite name="hindcast regression" tests="${all.length}" failures="${failures}">`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${all.join('')}</testsuite>\n`
}

/** `icir is 0.13, golden 0.12, off by 8.3%, allowed 0.00012`. */
export function driftText({ metric, expected, actual, relativeDifference, allowed }: Drift): string {
  if (expected === undefined) return `${metric} is not in the golden`
  if (actual === undefined) return `${metric} is missing`
  const off = relativeDifference === null ? '' : `, off by ${(relativeDifference * 100).toPrecision(3)}%`
  return `${metric} is ${actual}, golden ${expected}${off}, allowed ${allowed}`
}

function testCase(name: string, faults: readonly string[]): string {
  if (faults.length === 0) return `  <testcase classname="regression" name="${escaped(name)}"/>\n`
  const text = faults.map((fault) => escaped(fault)).join('\n')
  const failure = `    <failure message="${faults.length} drifted">${text}</failure>\n`
  return `  <testcase classname="regression" name="${escaped(name)}">\n${failure}  </testcase>\n`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!)
}
