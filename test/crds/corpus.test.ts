import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ERRORS } from '../../core/errors.ts'
import { readManifest } from '../../crds/index.ts'
import { CORPUS_TODAY, readCorpus, rehostedCorpus } from './corpus.ts'

const corpus = readCorpus()
const read = (text: string) => readManifest(text, { file: 'corpus.yaml', today: CORPUS_TODAY })

test('the corpus is as large as it promises, and every case has a name of its own', () => {
  assert.ok(corpus.filter((one) => one.wrong !== null).length >= 150)
  assert.ok(corpus.filter((one) => one.wrong === null).length >= 15)
  assert.equal(new Set(corpus.map((one) => one.id)).size, corpus.length)
  for (const { wrong } of corpus) assert.ok(wrong === null || Object.hasOwn(ERRORS, wrong.code))
})

for (const { id, text, wrong } of corpus) {
  if (wrong === null) {
    test(`accepted: ${id}`, () => {
      const { requests, problems, warnings } = read(text)
      assert.deepEqual({ problems, requests: requests.length }, { problems: [], requests: 1 })
      assert.ok(warnings.every((warning) => warning.message.startsWith('TrainOverlap')))
    })
  } else {
    test(`refused: ${id}`, () => {
      const { requests, problems } = read(text)
      assert.equal(requests.length, 0)
      // One slip, one problem: a second one would blame what is right.
      assert.deepEqual(
        problems.map(({ code, pointer }) => ({ code, pointer })),
        [wrong],
      )
    })
  }
}

for (const { id, text, wrong } of rehostedCorpus()) {
  test(`refused: ${id}`, () => {
    const { requests, problems } = read(text)
    assert.equal(requests.length, 0)
    // The frame around it may have more to say: a window that cannot fit into two weeks, the name of a case.
    const found = problems.map(({ code, pointer }) => ({ code, pointer }))
    assert.deepEqual(
      found.filter(({ pointer }) => pointer === wrong?.pointer),
      [wrong],
    )
  })
}
