import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { counterWords } from './counter-words.ts'
import { drawDays, drawPermutation } from './draw.ts'
import { createWordKernels, type RandomWords } from './kernels.ts'
import { numpyWords } from './numpy-words.ts'

const hex = (words: Iterable<number>) => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(' ')

/** Known answers published with Random123: counter, key, words. */
const PHILOX = [
  ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
] as const
for (const [counter, key, words] of PHILOX) {
  test(`Philox4x32-10 of counter ${counter} is the published one`, () => {
    const numbers = (text: string) => text.split(' ').map((word) => Number.parseInt(word, 16))
    const kernels = createWordKernels(4)
    const [k0, k1] = numbers(key)
    const [c0, c1, c2, c3] = numbers(counter)
    kernels.philox([k0!, k1!], [c0!, c1!, c2!, c3!])
    assert.equal(hex(kernels.chunk), words)
  })
}

/** What numpy 2.4.6 gives: the first 64 bits, integers(0, 2520, 8), and arange(7) shuffled. */
const NUMPY: [seed: number, first: string, days: number[], order: number[]][] = [
  [0, 'a30febcfd9c2825f', [2143, 1605, 1288, 679, 775, 103, 189, 41], [2, 4, 3, 6, 5, 0, 1]],
  [1, '8306bdf37922e4ff', [1192, 1289, 1903, 2395, 87, 363, 2073, 2390], [5, 0, 1, 4, 2, 6, 3]],
  [42, 'c621fbcd16d92688', [224, 1950, 1649, 1105, 1091, 2163, 216, 1757], [3, 2, 6, 4, 1, 5, 0]],
  [4294967295, '407f5fa930d8fd9f', [480, 634, 1825, 552, 2292, 723, 537, 1559], [0, 6, 4, 5, 3, 2, 1]],
  [4294967296, 'e3c5ebe285ac1625', [1315, 2242, 2502, 1403, 763, 2018, 576, 2410], [1, 3, 6, 0, 4, 2, 5]],
  [123456789012345, '87ae8961b8510ee6', [1814, 1335, 2147, 111, 1455, 1908, 895, 1189], [2, 5, 3, 0, 4, 1, 6]],
  [2 ** 53 - 1, 'c948dddc0fcf0895', [155, 1981, 2085, 1527, 2121, 1354, 1914, 393], [6, 2, 3, 0, 1, 4, 5]],
]
for (const [seed, first, days, order] of NUMPY) {
  test(`seed ${seed} gives numpy's words, days and shuffle`, () => {
    const [low, high] = numpyWords(seed, 4).chunk
    assert.equal(hex([high!, low!]).replace(' ', ''), first)
    const picks = new Int32Array(8)
    drawDays(numpyWords(seed, 4), picks, 2520)
    assert.deepEqual([...picks], days)
    const places = new Int32Array(7)
    drawPermutation(numpyWords(seed, 4), places)
    assert.deepEqual([...places], order)
  })
}

test('words that would favour some days are passed over as numpy does', () => {
  const picks = new Int32Array(20000)
  // About one word in 4,500 is passed over, so the last pick stands some four words later.
  drawDays(numpyWords(9, 1000), picks, 2_000_003)
  assert.equal(
    picks.reduce((total, pick) => total + pick, 0),
    19980481657,
  )
  assert.equal(picks[19999], 701032)
})

test('one day takes no word', () => {
  const words = numpyWords(5, 8)
  drawDays(words, new Int32Array(100), 1)
  assert.equal(words.next, 0)
})

const take = (words: RandomWords, count: number) =>
  Array.from({ length: count }, () => {
    if (words.next === words.chunk.length) words.refill()
    return words.chunk[words.next++]!
  })

test('the length of a chunk changes no word', () => {
  const counter = (chunk: number) => {
    const words = counterWords(77, chunk)
    words.open(3)
    return take(words, 90)
  }
  assert.deepEqual(counter(4), counter(64))
  assert.deepEqual(take(numpyWords(77, 4), 90), take(numpyWords(77, 64), 90))
})

test('a path of the counter generator is the same whatever was read before', () => {
  const fresh = counterWords(2 ** 40 + 5, 8)
  fresh.open(1234)
  const used = counterWords(2 ** 40 + 5, 8)
  used.open(7)
  take(used, 50)
  used.open(1234)
  assert.deepEqual(take(used, 50), take(fresh, 50))
})

test('seeds that differ in the upper bits alone, and other paths, give other words', () => {
  const first = (seed: number, path: number) => {
    const words = counterWords(seed, 4)
    words.open(path)
    return hex(words.chunk)
  }
  assert.equal(new Set([first(1, 0), first(1 + 2 ** 32, 0), first(1, 1), first(2, 0)]).size, 4)
})

test('numpy words are taken up again where they were left, in the middle of a chunk too', () => {
  const words = numpyWords(42, 8)
  take(words, 21)
  const position = words.position()
  const following = take(words, 30)
  const other = numpyWords(42, 8)
  other.goTo(position)
  assert.deepEqual(take(other, 30), following)
})
