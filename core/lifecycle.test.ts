import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ACTIVE,
  isTerminal,
  legalTransitions,
  type Setter,
  STATUSES,
  type Status,
  TERMINAL,
  TRANSITIONS,
  type Transition,
  transition,
  type Writer,
} from './lifecycle.ts'

const ROWS: readonly Transition[] = TRANSITIONS

/** A row as the table alone makes it; `clock` counts the changes. */
type Row = { status: Status; clock: number; fields: Record<string, unknown> }
type Event = { readonly row: Transition; readonly writer: Writer }

/** What the table says a writer's event does; null where it is not legal. */
function after(before: Row | null, { row, writer }: Event): Row | null {
  const legal = legalTransitions(before?.status ?? null, row.to, writer)
  if (!legal.some((id) => id === row.id)) return null
  const clock = (before?.clock ?? 0) + 1
  const fields = { ...before?.fields }
  for (const [field, setter] of Object.entries(row.sets)) fields[field] = set(fields[field], setter, { clock, fields })
  return { status: row.to, clock, fields }
}

function set(value: unknown, setter: Setter, at: { clock: number; fields: Record<string, unknown> }): unknown {
  if (typeof setter === 'object') return setter.is
  if (setter === 'now') return at.clock
  if (setter === 'first') return value ?? at.clock
  if (setter === 'later') return at.clock + 1
  if (setter === 'next') return Number(value ?? 0) + 1
  if (setter === 'attempt') return at.fields.attempt
  return setter === 'null' ? null : 'given'
}

const EVENTS: readonly Event[] = ROWS.flatMap((row) =>
  (Object.keys(row.writers) as Writer[]).map((writer) => ({ row, writer })),
)
const orders = fc.array(fc.constantFrom(...EVENTS), { minLength: 5, maxLength: 60 })

/** Plays an order from an empty record and shows every change that was legal. */
function play(order: readonly Event[], seen: (before: Row | null, event: Event, row: Row) => void): Row | null {
  let row: Row | null = null
  for (const event of order) {
    const next = after(row, event)
    if (next === null) continue
    seen(row, event, next)
    row = next
  }
  return row
}

test('the table holds T1 to T12 once each, in order', () => {
  assert.deepEqual(
    ROWS.map((row) => row.id),
    Array.from({ length: 12 }, (_, i) => `T${i + 1}`),
  )
})

test('active and terminal statuses together are the five words', () => {
  assert.deepEqual([...ACTIVE, ...TERMINAL], [...STATUSES])
  for (const status of STATUSES) assert.equal(isTerminal(status), (TERMINAL as readonly string[]).includes(status))
})

const LEGAL: readonly (readonly [Status | null, Status, Writer, readonly string[]])[] = [
  [null, 'pending', 'operator', ['T1']],
  [null, 'pending', 'runner', []],
  [null, 'running', 'runner', []],
  ['pending', 'running', 'runner', ['T2']],
  ['pending', 'running', 'operator', []],
  ['running', 'running', 'runner', ['T2']],
  ['pending', 'completed', 'runner', []],
  ['pending', 'completed', 'operator', []],
  ['running', 'completed', 'runner', ['T3']],
  ['running', 'completed', 'operator', ['T3']],
  ['running', 'failed', 'runner', ['T4']],
  ['running', 'failed', 'operator', ['T4', 'T10']],
  ['pending', 'failed', 'runner', []],
  ['pending', 'failed', 'operator', ['T7']],
  ['running', 'cancelled', 'runner', ['T5']],
  ['running', 'cancelled', 'operator', ['T5']],
  ['pending', 'cancelled', 'runner', []],
  ['pending', 'cancelled', 'operator', ['T6']],
  ['pending', 'pending', 'operator', ['T8', 'T11']],
  ['running', 'pending', 'operator', ['T8', 'T12']],
  ['running', 'pending', 'runner', []],
  ['completed', 'pending', 'operator', ['T9']],
  ['failed', 'pending', 'operator', ['T9']],
  ['cancelled', 'pending', 'operator', ['T9']],
  ['completed', 'failed', 'operator', []],
  ['cancelled', 'completed', 'runner', []],
  ['failed', 'completed', 'runner', []],
]

for (const [from, to, writer, ids] of LEGAL) {
  const how = ids.length === 0 ? 'never' : `by ${ids.join(' or ')}`
  test(`a ${writer} takes a job from ${from ?? 'nothing'} to ${to} ${how}`, () => {
    assert.deepEqual(legalTransitions(from, to, writer), ids)
  })
}

test('every transition to a terminal status sets the end, in the job and in its attempt', () => {
  for (const row of ROWS.filter((candidate) => isTerminal(candidate.to))) {
    assert.equal(row.sets.completedAt, 'now', row.id)
    assert.equal(row.attemptSets.completedAt, 'now', row.id)
  }
})

test('every writer but the one that records a job signs with the attempt it means', () => {
  for (const row of ROWS) {
    for (const guards of Object.values(row.writers)) {
      assert.ok(guards.includes(row.from.length === 0 ? 'absent' : 'attempt'), row.id)
    }
  }
})

test('every statement of the operator over a row carries its epoch', () => {
  for (const row of ROWS.filter((candidate) => candidate.from.length > 0)) {
    assert.ok(row.writers.operator === undefined || row.writers.operator.includes('epoch'), row.id)
  }
})

test('a re-run takes back everything that a result leaves', () => {
  const rerun = transition('T9').sets
  const left = Object.keys(transition('T3').sets).filter((field) => field !== 'lastGoodAttempt')
  for (const field of left) assert.ok(field in rerun, field)
})

test('in any order of events a row has an end exactly while it is terminal', () => {
  fc.assert(
    fc.property(orders, (order) => {
      play(order, (_before, { row }, next) => {
        const ended = (next.fields.completedAt ?? null) !== null
        assert.equal(ended, isTerminal(next.status), `${row.id} leaves completedAt ${next.fields.completedAt}`)
      })
    }),
    { numRuns: 500 },
  )
})

test('in any order of events no runner changes a terminal row', () => {
  fc.assert(
    fc.property(orders, (order) => {
      play(order, (before, { writer }) => {
        if (writer === 'runner') assert.ok(before !== null && !isTerminal(before.status))
      })
    }),
    { numRuns: 500 },
  )
})

test('in any order of events the attempt never falls and rises by one opening at a time', () => {
  fc.assert(
    fc.property(orders, (order) => {
      play(order, (before, { row }, next) => {
        const risen = Number(next.fields.attempt) - Number(before?.fields.attempt ?? 0)
        assert.equal(risen, row.id === 'T11' ? 1 : 0)
      })
    }),
    { numRuns: 500 },
  )
})

test('from wherever events leave a job, it can still end', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const row = play(order, () => {})
      if (row === null || isTerminal(row.status)) return
      const ends = EVENTS.filter((event) => isTerminal(event.row.to) && after(row, event) !== null)
      assert.ok(ends.length > 0, `nothing ends a job that is ${row.status}`)
    }),
    { numRuns: 500 },
  )
})
