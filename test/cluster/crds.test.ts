import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { parse } from 'yaml'
import { readManifest } from '../../crds/index.ts'
import { CORPUS_TODAY, type CorpusCase, readCorpus, rehostedCorpus } from '../crds/corpus.ts'
import { clusterAbsent } from './absent.ts'
import { startApiServerAlone, type TestCluster } from './cluster.ts'
import { installDefinitions } from './definitions.ts'
import { blamedFields } from './refusal.ts'

/** The API server writes an error of the whole document without a path. */
const WHOLE_DOCUMENT = '/'
/** Where the server looks one field further than its own validation alone. */
const BLAMED_OTHERWISE: Readonly<Record<string, string>> = { 'resource.bad.yaml: no metadata': '/metadata/name' }
const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples')
const PLURALS: Readonly<Record<string, string>> = {
  Backtest: 'backtests',
  WalkForward: 'walkforwards',
  MonteCarlo: 'montecarlos',
  Regression: 'regressions',
}
const GROUP = '/apis/hindcast.dev/v1alpha1/namespaces'
const BACKTEST = {
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name: 'alive' },
  spec: { dataset: 'sp500', alpha: { name: 'momentum' }, startDate: '2015-01-02', endDate: '2015-12-31' },
}

suite('resources on a real API server, with no operator', { skip: clusterAbsent() }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startApiServerAlone('crds')
    await installDefinitions(cluster)
    await cluster.kubectl(['create', 'namespace', 'quant'])
  })
  after(() => cluster?.stop())

  /** What the API server says of a manifest that it is asked to create, strictly, and does not keep. */
  const create = (text: string) => {
    const { apiVersion, kind, namespace } = headOf(text)
    const plural = PLURALS[kind] ?? 'backtests'
    const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`
    return cluster.api('POST', path, { body: text, contentType: 'application/yaml' })
  }

  for (const one of [...readCorpus(), ...rehostedCorpus()]) {
    const { id, text, wrong } = one
    if (wrong === null) {
      test(`accepts ${id}`, async () => {
        const { status, json } = await create(text)
        assert.equal(status, 201, json.message)
      })
    } else if (one.unseen !== null) {
      test(`cannot see ${id}: ${one.unseen}`, async () => assert.deepEqual(await fieldsOf(create, one), []))
    } else {
      test(`refuses ${id} at the field that validate names`, async () => {
        const wanted =
          BLAMED_OTHERWISE[id] ?? (one.apiPointer === WHOLE_DOCUMENT ? '' : (one.apiPointer ?? wrong.pointer))
        const { status, json } = await create(text)
        assert.ok(status >= 400 && status < 500, `${status}`)
        assert.ok(blamedFields(json).includes(wanted), `${wanted} is not in ${JSON.stringify(json)}`)
        assert.deepEqual(readManifest(text, { file: id, today: CORPUS_TODAY }).requests, [])
      })
    }
  }

  for (const kind of Object.keys(PLURALS)) {
    test(`a new ${kind} has a status that no reader takes for finished`, async () => {
      const good = readCorpus().find(({ text, wrong }) => wrong === null && headOf(text).kind === kind)!
      const { json } = await create(good.text)
      assert.deepEqual(json.status, { observedGeneration: -1 })
    })
  }

  test('kubectl applies every example and shows the columns', async () => {
    await cluster.kubectl(['apply', '--validate=strict', '-f', EXAMPLES])
    const shown = await cluster.kubectl(['get', 'hindcast'])
    for (const file of ['momentum-sp500.yaml', 'walk-forward.yaml', 'monte-carlo.yaml', 'regression.yaml']) {
      const { metadata } = parse(readFileSync(join(EXAMPLES, file), 'utf8')) as { metadata: { name: string } }
      assert.ok(shown.includes(`/${metadata.name} `), shown)
    }
    const wide = await cluster.kubectl(['get', 'bt', '-o', 'wide'])
    assert.match(wide, /^NAME +ALPHA +PHASE +PROGRESS +IC +ICIR +AGE +STAGE +PRIORITY +ATTEMPT +MESSAGE$/m)
    assert.doesNotMatch(await cluster.kubectl(['get', 'bt']), /STAGE|MESSAGE/)
  })

  test('kubectl get all does not list what Hindcast keeps', async () => {
    assert.doesNotMatch(await cluster.kubectl(['get', 'all']), /hindcast/)
  })

  test('a live resource: computation frozen, how it runs free, status and request by their own ways', async () => {
    const path = `${GROUP}/default/backtests`
    await cluster.api('POST', path, { body: BACKTEST })
    const patch = (body: object, more = '') =>
      cluster.api('PATCH', `${path}/alive${more}`, { body, contentType: 'application/merge-patch+json' })

    const frozen = await patch({ spec: { endDate: '2015-11-30' } })
    assert.equal(frozen.status, 422)
    assert.match(frozen.json.message, /use a new metadata\.name/)
    const free = await patch({ spec: { priority: 'high', timeoutSeconds: 600 } })
    assert.deepEqual([free.status, free.json.metadata.generation], [200, 2])

    const request = await patch({ metadata: { labels: { 'hindcast.dev/request': 'cancel-20261122t211151z' } } })
    assert.deepEqual([request.status, request.json.metadata.generation], [200, 2], 'a label moves no generation')
    const forged = await patch({ status: { phase: 'Completed' } })
    assert.equal(forged.json.status.phase, undefined, 'the status is a resource of its own')
    const told = await patch({ status: { phase: 'Running' } }, '/status')
    assert.deepEqual([told.status, told.json.metadata.generation], [200, 2])
    const word = await patch({ status: { phase: 'running' } }, '/status')
    assert.equal(word.status, 422)
  })

  test('resources that are not terminal can be selected by their phase, new ones among them', async () => {
    const path = `${GROUP}/default/backtests`
    for (const [name, phase] of [
      ['done', 'Completed'],
      ['busy', 'Running'],
      ['fresh', null],
    ] as const) {
      await cluster.api('POST', path, { body: { ...BACKTEST, metadata: { name } } })
      if (phase === null) continue
      const call = { body: { status: { phase } }, contentType: 'application/merge-patch+json' }
      await cluster.api('PATCH', `${path}/${name}/status`, call)
    }
    const live = encodeURIComponent('status.phase!=Completed,status.phase!=Failed,status.phase!=Cancelled')
    const { json } = await cluster.api('GET', `${path}?fieldSelector=${live}`)
    const names = (json.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)
    assert.deepEqual([names.includes('done'), names.includes('busy'), names.includes('fresh')], [false, true, true])
  })
})

/** What a client reads before it knows where to send a manifest; all of it may be nonsense. */
function headOf(text: string): { apiVersion: string; kind: string; namespace: string } {
  const kind = /^kind: *(\S+)/m.exec(text)?.[1] ?? readHead(text)?.kind ?? ''
  const apiVersion = readHead(text)?.apiVersion ?? 'hindcast.dev/v1alpha1'
  const named = readHead(text)?.metadata?.namespace
  return { apiVersion, kind, namespace: typeof named === 'string' ? named : 'default' }
}

function readHead(text: string): { apiVersion?: string; kind?: string; metadata?: { namespace?: unknown } } | null {
  try {
    const value: unknown = parse(text)
    return typeof value === 'object' && value !== null ? value : null
  } catch {
    return null
  }
}

/** Fields blamed, without the name of a moved case: it stands under a name of another year. */
async function fieldsOf(
  create: (text: string) => Promise<{ json: unknown }>,
  { text }: CorpusCase,
): Promise<readonly string[]> {
  const { json } = await create(text)
  return blamedFields(json).filter((pointer) => pointer !== '/spec/cases/0/name')
}
