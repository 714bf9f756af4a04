import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Priority } from '../../core/request.ts'
import { freeSlots, grantSlots, type Held, type Wish, whyNoSlot } from './admission.ts'

const NOW = 1_000_000_000
const MINUTE = 60_000
const LIMITS = { slotsPerPriority: 2, slots: 6, ageingMs: 30 * MINUTE }

function wish(uid: string, change: Partial<Wish> = {}): Wish {
  return { uid, namespace: 'research', priority: 'normal', wants: 1, queuedAt: NOW - 1_000, ...change }
}

const grants = (wishes: readonly Wish[], held: readonly Held[] = [], change: Partial<typeof LIMITS> = {}) =>
  Object.fromEntries(grantSlots({ wishes, held, limits: { ...LIMITS, ...change }, now: NOW }))

const two = (priority: Priority): Held => ({ namespace: 'other', priority, slots: 2 })

test('free slots are filled at once, at most two of a priority', () => {
  assert.deepEqual(grants([wish('a'), wish('b'), wish('c')]), { a: 1, b: 1 })
})

test('slots of other priorities are no slots of this one', () => {
  assert.deepEqual(grants([wish('a')], [two('normal')]), {})
  assert.deepEqual(grants([wish('a')], [two('high'), two('low')]), { a: 1 })
})

test('six slots in all bind where each priority has room', () => {
  const held = [two('high'), two('normal')]
  assert.deepEqual(grants([wish('a', { priority: 'low' }), wish('b', { priority: 'low' })], held, { slots: 5 }), {
    a: 1,
  })
})

test('high goes before normal before low where the total binds, whoever waits longer', () => {
  const wishes = [
    wish('low', { priority: 'low', queuedAt: NOW - 3 * MINUTE }),
    wish('normal', { queuedAt: NOW - 2 * MINUTE }),
    wish('high', { priority: 'high', queuedAt: NOW - MINUTE }),
  ]
  assert.deepEqual(Object.keys(grants(wishes, [], { slots: 2 })), ['high', 'normal'])
})

test('half an hour of waiting counts one class, an hour two', () => {
  const low = wish('low', { priority: 'low', queuedAt: NOW - 60 * MINUTE })
  assert.deepEqual(grants([wish('high', { priority: 'high' }), low], [], { slots: 1 }), { low: 1 })
  const younger = wish('low', { priority: 'low', queuedAt: NOW - 59 * MINUTE })
  assert.deepEqual(grants([wish('high', { priority: 'high' }), younger], [], { slots: 1 }), { high: 1 })
})

test('namespaces take turns: the one with the fewest slots first', () => {
  const wishes = [
    wish('a1', { queuedAt: 1 }),
    wish('a2', { queuedAt: 2 }),
    wish('b1', { namespace: 'lab', queuedAt: 3 }),
  ]
  assert.deepEqual(grants(wishes), { a1: 1, b1: 1 })
  const held = [{ namespace: 'research', priority: 'normal' as const, slots: 1 }]
  assert.deepEqual(grants(wishes, held), { b1: 1 })
})

test('of one namespace who waits longest goes first, then the smaller uid', () => {
  const wishes = [wish('b'), wish('a'), wish('c', { queuedAt: NOW - 5_000 })]
  assert.deepEqual(Object.keys(grants(wishes)), ['c', 'a'])
})

test('a parallel job takes what is free, and at least one', () => {
  assert.deepEqual(grants([wish('a', { wants: 4 })]), { a: 2 })
  const held = [{ namespace: 'lab', priority: 'normal' as const, slots: 1 }]
  assert.deepEqual(grants([wish('a', { wants: 4 })], held), { a: 1 })
})

test('an attempt whose places are fixed waits until all are free, and blocks nobody', () => {
  const held = [{ namespace: 'lab', priority: 'normal' as const, slots: 1 }]
  assert.deepEqual(grants([wish('a', { wants: 2, fixed: true, queuedAt: 1 }), wish('b')], held), { b: 1 })
})

test('a wait is explained by what binds', () => {
  assert.match(whyNoSlot('normal', [two('normal')], LIMITS), /2 slots of priority normal/)
  assert.match(whyNoSlot('low', [two('normal'), two('high'), two('high')], LIMITS), /all 6 slots/)
  assert.match(whyNoSlot('low', [], LIMITS), /others are before it/)
})

const PRIORITIES = ['high', 'normal', 'low'] as const
const wishes = fc.uniqueArray(
  fc.record({
    uid: fc.string({ minLength: 1, maxLength: 3 }),
    namespace: fc.constantFrom('a', 'b', 'c'),
    priority: fc.constantFrom(...PRIORITIES),
    wants: fc.integer({ min: 1, max: 5 }),
    fixed: fc.boolean(),
    queuedAt: fc.integer({ min: NOW - 180 * MINUTE, max: NOW }),
  }),
  { selector: ({ uid }) => uid, maxLength: 20 },
)
const held = fc.array(
  fc.record({
    namespace: fc.constantFrom('a', 'b', 'c'),
    priority: fc.constantFrom(...PRIORITIES),
    slots: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 5 },
)

test('never more than the limits or than was asked for, and no slot stays free that somebody could use', () => {
  fc.assert(
    fc.property(wishes, held, fc.integer({ min: 1, max: 9 }), (asked, taken, slots) => {
      const limits = { ...LIMITS, slots }
      const granted = grantSlots({ wishes: asked, held: taken, limits, now: NOW })
      const given = asked.flatMap(({ uid, priority, namespace }) => {
        const got = granted.get(uid)
        return got === undefined ? [] : [{ namespace, priority, slots: got }]
      })
      const before = freeSlots(taken, limits)
      const after = freeSlots([...taken, ...given], limits)
      for (const kind of [...PRIORITIES, 'total'] as const) {
        const sum = given
          .filter((one) => kind === 'total' || one.priority === kind)
          .reduce((all, one) => all + one.slots, 0)
        assert.ok(sum <= before[kind])
      }
      for (const one of asked) {
        const got = granted.get(one.uid) ?? 0
        assert.ok(got <= one.wants && (!one.fixed || got === 0 || got === one.wants))
        if (got === 0 && !one.fixed) assert.equal(Math.min(after[one.priority], after.total), 0)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('ten thousand wishes for ten thousand slots are granted in one count', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => wish(`w${i}`, { namespace: `ns${i % 20}` }))
  assert.equal(Object.keys(grants(many, [], { slots: 10_000, slotsPerPriority: 10_000 })).length, 10_000)
})
