import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tally } from './run-layer.ts'

const FLOORS = join(import.meta.dirname, '..', '..', 'test', 'floors.json')

/**
 * Prints every failure again, one line a layer and the closing line. False when anything failed or, where strict, was
 * left out or fell below its floor (test/floors.json).
 */
export function report(done: readonly Tally[], strict: boolean): boolean {
  for (const { layer, failures } of done) for (const failure of failures) tell(layer, failure)
  console.log('\n── what ran')
  const wrong = done.flatMap((tally) => {
    console.log(lineOf(tally))
    for (const reason of tally.skipped) console.log(`           left out: ${reason}`)
    return faultsOf(tally, strict)
  })
  for (const line of wrong) console.log(`FAILED ${line}`)
  const sum = (pick: (tally: Tally) => number) => done.reduce((total, tally) => total + pick(tally), 0)
  const [passed, failed] = [sum((t) => t.passed), sum((t) => t.failures.length)]
  console.log(`${passed} passed, ${failed} failed, ${sum((t) => t.skipped.length)} skipped`)
  return wrong.length === 0
}

/** Makes the counts of these layers their floors. */
export function writeFloors(done: readonly Tally[]): void {
  const next = { ...floors(), ...Object.fromEntries(done.map(({ layer, passed }) => [layer, passed])) }
  writeFileSync(FLOORS, `${JSON.stringify(next, null, 2)}\n`)
}

function tell(layer: string, { file, name, text }: Tally['failures'][number]): void {
  console.log(`\n── failed in ${layer}${file === null ? '' : `, ${file}`}: ${name}\n${text}`)
}

function lineOf({ layer, passed, failures, skipped, seconds }: Tally): string {
  const left = skipped.length > 0 ? `, ${skipped.length} left out` : ''
  return `${layer.padEnd(10)} ${passed} passed, ${failures.length} failed${left}  ${seconds.toFixed(1)} s`
}

function faultsOf({ layer, passed, failures, skipped }: Tally, strict: boolean): string[] {
  const floor = floors()[layer] ?? 1
  return [
    ...(failures.length > 0 ? [`${layer}: ${failures.length} failed`] : []),
    ...(strict && skipped.length > 0 ? [`${layer}: a case was left out on a machine that can run it`] : []),
    ...(strict && passed < floor ? [`${layer}: ${passed} cases, the floor is ${floor}`] : []),
  ]
}

function floors(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(FLOORS, 'utf8'))
}
