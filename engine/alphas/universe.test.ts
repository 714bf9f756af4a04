import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber } from '../../core/dates.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { createView } from '../point-in-time.ts'
import { signalScratch } from '../signal.ts'
import type { UniverseFilter } from './define-alpha.ts'
import { universeMask } from './universe.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Ids kept of names 0, 1, … with these capitalisations. */
function kept(caps: (number | null)[], filter: UniverseFilter): number[] {
  const panel = panelFromRows({
    permno: caps.map((_, i) => i),
    date: caps.map(() => dayNumber('2024-01-02')),
    ret: caps.map(() => 0),
    prc: caps.map(() => -1),
    shrout: caps,
  })
  const view = createView(panel)
  view.moveTo(0, 0)
  const mask = universeMask(view.known, filter, signalScratch(caps.length))
  return caps.map((_, i) => i).filter((i) => mask === null || mask[i] === 1)
}

const cases: [title: string, caps: (number | null)[], filter: UniverseFilter, expected: number[]][] = [
  ['A10 large of ten', upTo(10), 'large_cap', [8, 9]],
  ['A10 mid of ten', upTo(10), 'mid_cap', [2, 3, 4, 5, 6, 7]],
  ['A10 small of ten', upTo(10), 'small_cap', [0, 1]],
  ['A11 large of seven', upTo(7), 'large_cap', [5, 6]],
  ['A11 mid of seven', upTo(7), 'mid_cap', [1, 2, 3, 4]],
  ['A11 small of seven', upTo(7), 'small_cap', [0]],
  ['A12 a name without capitalisation counts, and falls nowhere: large', [null, 1, 2, 3, 4, 5], 'large_cap', [5]],
  ['A12 the same: mid', [null, 1, 2, 3, 4, 5], 'mid_cap', [2, 3, 4]],
  ['A12 the same: small', [null, 1, 2, 3, 4, 5], 'small_cap', [1]],
  ['A13 four names are not cut', upTo(4), 'large_cap', [0, 1, 2, 3]],
  ['all keeps every name', [null, 1, 2, 3, 4, 5], 'all', [0, 1, 2, 3, 4, 5]],
  ['equal capitalisations are cut by ascending id', [7, 7, 7, 7, 7], 'large_cap', [4]],
]
for (const [title, caps, filter, expected] of cases) test(title, () => assert.deepEqual(kept(caps, filter), expected))
