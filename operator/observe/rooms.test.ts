import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { StoreWord } from '../../storage/ledger/operator/port.ts'
import { watchRooms } from './rooms.ts'

/** Rooms whose record answers when a test says so, on a clock that it winds. */
function worldOf() {
  let now = 1_000
  const asked: ((words: readonly StoreWord[]) => void)[] = []
  const rooms = watchRooms({
    ledger: {
      storeWords: () =>
        new Promise((resolve) => {
          asked.push((words) => resolve({ now: new Date(now).toISOString(), words }))
        }),
    },
    clock: { now: () => now, monotonic: () => now, after: () => () => {} },
    place: 'pvc:store',
  })
  return {
    rooms,
    /** Looks, lets something happen while the record is asked, and gives the record's answer. */
    async look(words: readonly StoreWord[], meanwhile: () => void = () => {}) {
      now += 1_000
      const looked = rooms.look()
      now += 100
      meanwhile()
      now += 100
      asked.pop()!(words)
      await looked
    },
  }
}

test('a store noted to be full while the record is asked stays full, and the next look decides', async () => {
  const { rooms, look } = worldOf()
  await look([], () => rooms.noteFull('quant'))
  assert.match(rooms.whyFull('quant') ?? '', /^pvc:store is full: /)
  await look([])
  assert.equal(rooms.whyFull('quant'), null)
})
