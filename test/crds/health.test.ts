import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { type Moment, NO_EXTRA, type ResourceStatus, type StatusFacts } from '../../core/status/shape.ts'
import { statusOf } from '../../core/status.ts'
import { KINDS } from '../../crds/index.ts'
import { anyFacts } from './any-status-facts.ts'
import { goProgram } from './go-program.ts'

/** What GitOps tools make of a status, by the rules that the chart ships and the interpreters that the tools embed. */

interface Resource {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: { readonly generation: number }
  readonly spec: { readonly suspend?: boolean }
  readonly status?: ResourceStatus
}

interface Verdict {
  readonly argo: string
  readonly message: string
  readonly flux: string
}

interface Expressions {
  readonly kind: string
  readonly failed: string
  readonly current: string
}

const shipped = (file: string) =>
  parse(readFileSync(join(import.meta.dirname, '../../charts/hindcast/gitops', file), 'utf8'))
const LUA = (shipped('argocd-cm.yaml') as { data: Record<string, string> }).data
const FLUX = (shipped('flux.yaml') as { spec: { healthCheckExprs: Expressions[] } }).spec.healthCheckExprs
const program = goProgram<object, readonly Verdict[]>(join(import.meta.dirname, 'health'))
const skip = program.absent() ?? false

function judged(objects: readonly Resource[]): readonly Verdict[] {
  const [lua] = Object.values(LUA)
  const { failed, current } = FLUX[0]!
  return program.ask({ lua, failed, current, objects })
}

test('the rules are shipped for every kind, and are the same for all', () => {
  const kinds = KINDS.toSorted()
  const prefix = 'resource.customizations.health.hindcast.dev_'
  assert.deepEqual(
    Object.keys(LUA).sort(),
    kinds.map((kind) => `${prefix}${kind}`),
  )
  assert.equal(new Set(Object.values(LUA)).size, 1)
  assert.deepEqual(FLUX.map(({ kind }) => kind).sort(), kinds)
  assert.equal(new Set(FLUX.map(({ failed, current }) => `${failed} ${current}`)).size, 1)
})

const waiting: StatusFacts = {
  now: Date.UTC(2026, 10, 22),
  generation: 3,
  before: null,
  moment: { is: 'waiting', admitted: false, reason: 'NoSlot', message: 'no slot is free' },
  handledRequest: null,
  job: null,
  attempt: null,
  result: null,
  lastResult: null,
  extra: NO_EXTRA,
}
const failed: Moment = { is: 'failed', class: 'memory_limit', message: 'raise memoryLimit' }
const at = (moment: Moment, suspend = false, generation = 3): Resource => ({
  metadata: { generation },
  spec: { suspend },
  status: statusOf({ ...waiting, moment }),
})

/** The table of operator.md 6. */
const MOMENTS: readonly (readonly [title: string, resource: Resource, argo: string, flux: string, message: RegExp])[] =
  [
    ['one without a status', { metadata: { generation: 1 }, spec: {} }, 'Progressing', 'InProgress', /not looked/],
    [
      'one that nobody has looked at',
      { metadata: { generation: 1 }, spec: {}, status: { observedGeneration: -1 } },
      'Progressing',
      'InProgress',
      /not looked/,
    ],
    ['one that waits', at(waiting.moment), 'Progressing', 'InProgress', /no slot is free/],
    ['one that runs', at({ is: 'running' }), 'Progressing', 'InProgress', /runs/],
    ['a suspended one', at({ is: 'suspended' }, true), 'Suspended', 'InProgress', /spec\.suspend/],
    ['a completed one', at({ is: 'completed', reused: false }), 'Healthy', 'Current', /recorded/],
    ['a reused one', at({ is: 'completed', reused: true }), 'Healthy', 'Current', /earlier result/],
    ['a failed one', at(failed), 'Degraded', 'Failed', /raise memoryLimit/],
    ['a cancelled one', at({ is: 'cancelled', message: 'by ada' }), 'Degraded', 'Failed', /by ada/],
    [
      'a completed one whose spec says suspend',
      at({ is: 'completed', reused: false }, true),
      'Healthy',
      'Current',
      /./,
    ],
    [
      'a completed one that was edited since',
      at({ is: 'completed', reused: false }, false, 4),
      'Progressing',
      'InProgress',
      /not looked/,
    ],
    ['a failed one that was edited since', at(failed, false, 4), 'Progressing', 'InProgress', /not looked/],
  ]

const verdicts = skip === false ? judged(MOMENTS.map(([, resource]) => resource)) : []
for (const [index, [title, , argo, flux, message]] of MOMENTS.entries()) {
  test(`${title} is ${argo} to Argo CD and ${flux} to Flux`, { skip }, () => {
    const verdict = verdicts[index]
    assert.deepEqual([verdict?.argo, verdict?.flux], [argo, flux])
    assert.match(verdict?.message ?? '', message)
  })
}

for (const [title, { status, metadata }, , flux] of MOMENTS) {
  // Without a status kstatus would pass it: the CRD gives every resource one from the start.
  if (status === undefined) continue
  test(`${title} is ${flux} to kstatus`, () => assert.equal(readKstatus(status, metadata.generation), flux))
}

test('whatever the facts, no reader passes a gate early or leaves one hanging', { skip }, () => {
  const cases = fc.sample(fc.tuple(anyFacts, fc.boolean(), fc.boolean()), 400).map(([facts, suspend, edited]) => ({
    metadata: { generation: facts.generation + (edited ? 1 : 0) },
    spec: { suspend },
    status: statusOf(facts),
  }))
  for (const [index, { argo, flux }] of judged(cases).entries()) {
    const { metadata, spec, status } = cases[index]!
    const isSeen = status.observedGeneration === metadata.generation
    const said = JSON.stringify(cases[index])
    const good = isSeen && status.phase === 'Completed'
    const bad = isSeen && (status.phase === 'Failed' || status.phase === 'Cancelled')
    assert.equal(flux, good ? 'Current' : bad ? 'Failed' : 'InProgress', said)
    const live = isSeen && spec.suspend ? 'Suspended' : 'Progressing'
    assert.equal(argo, good ? 'Healthy' : bad ? 'Degraded' : live, said)
    assert.equal(readKstatus(status, metadata.generation), flux, said)
  }
})

/** kstatus, and Flux by it: the order of its own reading, newer Ready rule included (operator.md 6). */
function readKstatus(status: ResourceStatus, generation: number): string {
  if (status.observedGeneration !== undefined && status.observedGeneration !== generation) return 'InProgress'
  for (const { type, status: value } of status.conditions ?? []) {
    if (type === 'Reconciling' && value === 'True') return 'InProgress'
    if (type === 'Stalled' && value === 'True') return 'Failed'
  }
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  return ready !== undefined && ready.status !== 'True' ? 'InProgress' : 'Current'
}
