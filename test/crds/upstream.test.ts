import { strict as assert } from 'node:assert'
import { before, suite, test } from 'node:test'
import { generateCrds } from '../../scripts/generate/crds.ts'
import { readCorpus, rehostedCorpus } from './corpus.ts'
import { askUpstream, type UpstreamProblem, type UpstreamReply, upstreamAbsent } from './upstream.ts'

/** The API server writes an error of the whole document without a path. */
const WHOLE_DOCUMENT = '/'

const absent = upstreamAbsent()
const corpus = [...readCorpus(), ...rehostedCorpus()]
const definitions = generateCrds()

const HEAD = 'apiVersion: hindcast.dev/v1alpha1\nmetadata: {name: live}\n'
const COMPUTATION = 'dataset: sp500, alpha: {name: momentum}, startDate: 2015-01-02, endDate: 2015-12-31'
const backtest = (fields: string) => `${HEAD}kind: Backtest\nspec: {${COMPUTATION}, ${fields}}`
const walk = (fields: string) => `${HEAD}kind: WalkForward\nspec: {backtest: {${COMPUTATION}}, ${fields}}`
const draw = (fields: string) => `${HEAD}kind: MonteCarlo\nspec: {backtestRef: {name: a}, ${fields}}`
const regress = (fields: string) => `${HEAD}kind: Regression\nspec: {goldenRef: {configMap: a}, ${fields}}`

/** Updates of a live resource: from, to, and whether the computation is the same. */
const updates: readonly [title: string, old: string, text: string, allowed: boolean][] = [
  ['a limit may change', backtest('timeoutSeconds: 300'), backtest('timeoutSeconds: 600, priority: high'), true],
  [
    'a default may be written out',
    backtest('weightMethod: zscore'),
    backtest('decayHorizons: [1, 2, 5, 10, 20, 60]'),
    true,
  ],
  ['costs may not be switched on', backtest('priority: low'), backtest('costModel: {}'), false],
  ['costs may not change', backtest('costModel: {}'), backtest('costModel: {bpsPerTrade: 6}'), false],
  ['a snapshot may not be named later', backtest('suspend: true'), backtest('snapshotId: sp500-00000000'), false],
  ['the weight method may not change', backtest('weightMethod: rank'), backtest('weightMethod: zscore'), false],
  ['the pods of a walk may change', walk('parallelism: 1'), walk('parallelism: 2'), true],
  ['the windows of a walk may not', walk('windows: {}'), walk('windows: {trainMonths: 6}'), false],
  ['the search of a walk may not', walk('search: {}'), walk('search: {parameters: {skipDays: [5]}}'), false],
  ['the paths of a draw may not', draw('simulations: 1000'), draw('simulations: 1001'), false],
  ['the seed of a draw may not be named later', draw('basis: gross'), draw('seed: 42'), false],
  ['the key of a regression may change', regress('runKey: a'), regress('runKey: b, maxAgeDays: 7'), true],
]

/** A moved case stands under a name of another year; that is not what it is about. */
const withoutName = (found: readonly UpstreamProblem[]) =>
  found.filter(({ pointer }) => pointer !== '/spec/cases/0/name')

suite("the API server's own validation", { skip: absent }, () => {
  let reply: UpstreamReply
  before(() => {
    reply = askUpstream({
      definitions,
      manifests: [...corpus, ...updates.map(([id, old, text]) => ({ id, old, text }))],
    })
  })

  for (const file of Object.keys(definitions)) {
    test(`accepts ${file}, its CEL and its cost`, () => assert.deepEqual(reply.definitions[file], []))
  }

  for (const { id, wrong, unseen, apiPointer } of corpus) {
    if (wrong === null) test(`accepts ${id}`, () => assert.deepEqual(reply.manifests[id], []))
    else if (unseen !== null) {
      // When it begins to see it, the mark in the corpus must go.
      test(`cannot see ${id}`, () => assert.deepEqual(withoutName(reply.manifests[id]!), []))
    } else {
      test(`refuses ${id} at the same field`, () => {
        const found = reply.manifests[id]!.map((problem) => problem.pointer)
        const wanted = apiPointer === WHOLE_DOCUMENT ? '' : (apiPointer ?? wrong.pointer)
        assert.ok(found.includes(wanted), `${wanted} is not among ${JSON.stringify(reply.manifests[id])}`)
      })
    }
  }

  for (const [title, , , allowed] of updates) {
    test(`update: ${title}`, () => {
      const messages = reply.manifests[title]!.map((problem) => problem.message).join('\n')
      if (allowed) assert.equal(messages, '')
      else assert.match(messages, /use a new metadata\.name/)
    })
  }

  test('finds what it must: a definition with a planted fault is refused', () => {
    const [file, text] = Object.entries(definitions)[0]!
    const broken = text.replace('self.endDate > self.startDate', 'self.endDate > self.beginDate')
    assert.match(JSON.stringify(askUpstream({ definitions: { [file]: broken }, manifests: [] })), /beginDate/)
  })
})
