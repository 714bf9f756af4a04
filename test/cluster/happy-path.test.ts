import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { cli } from '../flow/cli-process.ts'
import { clusterAbsent } from './absent.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { type Installation, install } from './hindcast/installation.ts'
import { type OperatorProcess, startOperator } from './hindcast/operator-process.ts'

const NAMESPACE = 'research'
const API_VERSION = 'hindcast.dev/v1alpha1'

const COMPUTATION = {
  dataset: 'tiny',
  alpha: { name: 'momentum', parameters: { lookbackDays: 60, skipDays: 5 } },
  startDate: '2015-06-01',
  endDate: '2016-11-30',
}
const RUN = { memoryLimit: '512Mi', cpu: '200m', timeoutSeconds: 300 }
const MANIFESTS = {
  Backtest: {
    apiVersion: API_VERSION,
    kind: 'Backtest',
    metadata: { name: 'momentum' },
    spec: { ...COMPUTATION, costModel: { bpsPerTrade: 5 }, ...RUN },
  },
  WalkForward: {
    apiVersion: API_VERSION,
    kind: 'WalkForward',
    metadata: { name: 'walk' },
    spec: {
      backtest: COMPUTATION,
      windows: { trainMonths: 6, testMonths: 3, stepMonths: 3, minTrainDays: 90 },
      search: { method: 'grid', parameters: { lookbackDays: [40, 60], skipDays: [5] }, metric: 'mean_ic' },
      parallelism: 2,
      ...RUN,
    },
  },
  MonteCarlo: {
    apiVersion: API_VERSION,
    kind: 'MonteCarlo',
    metadata: { name: 'luck' },
    spec: { backtestRef: { name: 'momentum' }, simulations: 2000, seed: 42, ...RUN },
  },
} as const
type Kind = keyof typeof MANIFESTS

suite('one manifest on a real cluster', { skip: clusterAbsent() }, () => {
  let cluster: TestCluster
  let hindcast: Installation
  let operator: OperatorProcess
  const seen: number[] = []

  before(async () => {
    cluster = await startCluster({ name: 'happy' })
    hindcast = await install(cluster, NAMESPACE)
    operator = await startOperator(hindcast, {
      HINDCAST_ENV: 'test',
      HINDCAST_TEST_PACE_MS: '20',
      HINDCAST_STATUS_MS: '500',
    })
  })
  after(async () => {
    await operator?.end('SIGTERM')
    await hindcast?.close()
    await cluster?.stop()
  })

  for (const kind of Object.keys(MANIFESTS) as Kind[]) {
    const { name } = MANIFESTS[kind].metadata
    test(`a ${kind} completes with its figures, its row and the laptop's bytes`, async () => {
      await hindcast.apply(MANIFESTS[kind])
      const { status } = await hindcast.until({ kind, name }, 'it finishes', (now) => {
        if (now.progress?.percent !== undefined) seen.push(now.progress.percent)
        return now.conditions?.some(({ type, status }) => type === 'Finished' && status === 'True') === true
      })
      assert.equal(status?.phase, 'Completed', JSON.stringify(status, null, 1))
      assert.ok(Object.keys(status?.metrics ?? {}).length > 0)
      const row = await hindcast.ledger.findJob(status?.jobId ?? '')
      assert.deepEqual([row?.status, row?.attempt], ['completed', 1])
      assert.ok(row?.snapshotId && Object.keys(row.datasetVersionIds ?? {}).length > 0)
      assert.equal(status?.resultPath, `pvc:results/${row?.resultPath}`)
      assert.deepEqual(filesOf(join(hindcast.storeFolder, row?.resultPath ?? '')), await onLaptop(kind))
    })
  }

  test('progress was seen moving', () => {
    assert.ok(new Set(seen).size >= 3, `percentages seen: ${[...new Set(seen)].join(', ')}`)
  })

  test('kubectl wait and the columns of kubectl get read it rightly', async () => {
    await cluster.kubectl(['wait', '-n', NAMESPACE, '--for=condition=Finished', '--timeout=5s', 'bt/momentum'])
    const table = await cluster.kubectl(['get', '-n', NAMESPACE, 'bt'])
    assert.match(table, /ALPHA\s+PHASE\s+PROGRESS\s+IC\s+ICIR\s+AGE/)
    assert.match(table, /momentum\s+momentum\s+Completed\s+100/)
  })

  test('on SIGTERM the operator drains, gives the Lease back and ends with 0', async () => {
    assert.equal(await operator.end('SIGTERM'), 0)
    const holder = ['get', 'lease', '-n', NAMESPACE, 'hindcast-operator', '-o', 'jsonpath={.spec.holderIdentity}']
    assert.equal(await cluster.kubectl(holder), '')
  })

  /** The same manifests by `hindcast run` in the same namespace, on the same snapshot. */
  async function onLaptop(kind: Kind): Promise<Readonly<Record<string, string>>> {
    const order: readonly Kind[] = kind === 'MonteCarlo' ? ['Backtest', 'MonteCarlo'] : [kind]
    const documents = order.map((one) => ({
      ...MANIFESTS[one],
      metadata: { ...MANIFESTS[one].metadata, namespace: NAMESPACE },
    }))
    const input = documents.map((one) => JSON.stringify(one)).join('\n---\n')
    const args = ['run', '-', '-o', 'json', '--home', hindcast.home]
    const { code, out, err } = await cli(args, { cwd: hindcast.home, input })
    assert.equal(code, 0, err)
    const records = JSON.parse(out) as readonly { readonly kind: string; readonly resultPath: string }[]
    return filesOf(records.find((record) => record.kind === kind)?.resultPath ?? '')
  }
})

/** SHA-256 of every file but the manifest, which tells of time and place. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder).filter((file) => file !== 'manifest.json')
  assert.ok(files.length > 2, `${folder} holds ${files.join(', ')}`)
  const hash = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex')
  return Object.fromEntries(files.sort().map((file) => [file, hash(file)]))
}
