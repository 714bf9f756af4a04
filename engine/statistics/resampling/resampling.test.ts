import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { fillCircular, fillStationary } from './block-indexes.ts'
import { blockLength, usableLength } from './block-length.ts'
import { circularError, stationaryError } from './exact-error.ts'
import {
  basicInterval,
  correctedInterval,
  type Interval,
  jackknifeAcceleration,
  oneSidedP,
  percentileInterval,
} from './intervals.ts'

const uniforms = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true })
const bootstraps = fc
  .tuple(fc.array(finite, { minLength: 1, maxLength: 60 }), finite)
  .map(([stats, estimate]) => ({ estimate, sorted: Float64Array.from(stats).sort() }))

test('a stationary path goes to the next date or starts a block, and stays inside the dates', () => {
  fc.assert(
    fc.property(uniforms, fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true }), (u, n, p) => {
      const drawn: number[] = []
      const path = new Int32Array(40)
      fillStationary(path, n, p, () => {
        drawn.push(u.next().value as number)
        return drawn.at(-1)!
      })
      assert.equal(drawn.length, 80)
      path.forEach((at, i) => {
        const starts = i === 0 || drawn[2 * i]! < p
        assert.equal(at, starts ? Math.floor(drawn[2 * i + 1]! * n) : (path[i - 1]! + 1) % n)
        assert.ok(at >= 0 && at < n)
      })
    }),
  )
})

test('a circular path is made of whole blocks, the last one cut, one number drawn for each', () => {
  fc.assert(
    fc.property(uniforms, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 60 }), (u, n, length) => {
      let drawn = 0
      const path = new Int32Array(40)
      fillCircular(path, n, length, () => {
        drawn++
        return u.next().value as number
      })
      assert.equal(drawn, Math.ceil(40 / length))
      path.forEach((at, i) => {
        if (i % length !== 0) assert.equal(at, (path[i - 1]! + 1) % n)
      })
    }),
  )
})

test('blocks of one date draw the same path as a stationary path that always restarts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 30, maxLength: 30 }),
      (starts) => {
        const [circular, stationary] = [new Int32Array(30), new Int32Array(30)]
        let [a, b] = [0, 0]
        fillCircular(circular, 17, 1, () => starts[a++]!)
        fillStationary(stationary, 17, 1, () => (b++ % 2 === 0 ? 0 : starts[(b - 2) / 2]!))
        assert.deepEqual(circular, stationary)
      },
    ),
  )
})

const kinds: [name: string, interval: (of: { estimate: number; sorted: Float64Array }, level: number) => Interval][] = [
  ['percentile', percentileInterval],
  ['basic', basicInterval],
  ['BC', (of, level) => correctedInterval(of, level)],
  ['BCa', (of, level) => correctedInterval(of, level, 0.05)],
]
for (const [name, interval] of kinds) {
  test(`a ${name} interval is in order, and a wider level holds a narrower one`, () => {
    fc.assert(
      fc.property(bootstraps, (of) => {
        const [low, high] = interval(of, 0.8)
        const [lower, higher] = interval(of, 0.95)
        const slack = 1e-9
        assert.ok(lower <= low + slack && low <= high + slack && high <= higher + slack)
      }),
    )
  })

  test(`a ${name} interval of a constant is that constant`, () => {
    fc.assert(
      fc.property(finite, (value) => {
        const [low, high] = interval({ estimate: value, sorted: new Float64Array(50).fill(value) }, 0.9)
        assert.ok(Math.abs(low - value) <= 1e-9 && Math.abs(high - value) <= 1e-9)
      }),
    )
  })
}

test('a p is never 0 and at most 1', () => {
  fc.assert(
    fc.property(bootstraps, finite, (of, bound) => {
      const p = oneSidedP(of, bound)
      assert.ok(p > 0 && p <= 1)
    }),
  )
})

test('4 of 9 paths at or below the bound make a p of a half', () => {
  assert.equal(oneSidedP({ estimate: 1, sorted: Float64Array.of(-3, -2, -1, 0, 1, 2, 3, 4, 5) }), 0.5)
})

test('a symmetric jackknife has no acceleration, a constant one neither, a long left tail a positive one', () => {
  assert.equal(jackknifeAcceleration(Float64Array.of(-1, 0, 1)), 0)
  assert.equal(jackknifeAcceleration(Float64Array.of(2, 2, 2)), 0)
  assert.ok(jackknifeAcceleration(Float64Array.of(-5, 1, 1, 1, 1)) > 0)
})

test('the mean of a constant has no error under either bootstrap', () => {
  const flat = new Float64Array(24).fill(0.01)
  assert.ok(stationaryError(flat, 0.2) < 1e-15)
  assert.ok(circularError(flat, 6) < 1e-15)
})

test('single dates have the plain error of the mean under both bootstraps', () => {
  const x = Float64Array.from({ length: 30 }, (_, t) => Math.sin(t * t))
  assert.ok(Math.abs(stationaryError(x, 1) - circularError(x, 1)) < 1e-15)
})

test('a constant series has no block length, and is drawn date by date', () => {
  const { stationary, circular } = blockLength(new Float64Array(60).fill(0.02))
  assert.ok(Number.isNaN(stationary) && Number.isNaN(circular))
  assert.equal(usableLength(stationary), 1)
})

test('a block length stays within its bounds for any series', () => {
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 120 }), (values) => {
      const { stationary, circular, longest, lags } = blockLength(Float64Array.from(values))
      for (const length of [stationary, circular]) {
        const usable = usableLength(length)
        assert.ok(usable >= 1 && usable <= Math.max(1, longest), `${length} of ${values.length}`)
      }
      assert.ok(lags >= 0 && lags < Math.max(1, values.length))
    }),
  )
})
