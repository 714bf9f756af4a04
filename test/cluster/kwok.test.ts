import { strict as assert } from 'node:assert'
import { after, before, suite, test } from 'node:test'
import { clusterAbsent } from './absent.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'
import { FAKE_NODE_TAINT, startKwok } from './kwok.ts'

const JOBS = 20
const NODES = ['fake-1', 'fake-2', 'fake-3', 'fake-4', 'fake-5']

suite('simulated nodes', { skip: clusterAbsent() }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster({ name: 'kwok', databases: false })
    await startKwok(cluster, { nodes: NODES.length, runMs: { least: 200, most: 400 } })
  })
  after(() => cluster?.stop())

  test('each run the pods of Jobs to their end, and only of those that may come to them', async () => {
    const path = '/apis/batch/v1/namespaces/default/jobs'
    for (let index = 0; index < JOBS; index += 1) {
      const { status, json } = await cluster.api('POST', path, {
        body: job(`job-${index}`, NODES[index % NODES.length]!),
      })
      assert.equal(status, 201, json.message)
    }
    await waitFor(`${JOBS} Jobs to be complete`, 180_000, async () => {
      const { json } = await cluster.api('GET', path)
      const items = json.items as { status: { succeeded?: number } }[]
      return items.filter(({ status }) => status.succeeded === 1).length === JOBS
    })
    const { json } = await cluster.api('GET', '/api/v1/namespaces/default/pods')
    const nodes = (json.items as { spec: { nodeName: string } }[]).map(({ spec }) => spec.nodeName)
    assert.deepEqual([...new Set(nodes)].sort(), NODES)
  })
})

/** A node of its own for each in turn: the scheduler may as well give all of them the same. */
function job(name: string, node: string): object {
  const { key, value, effect } = FAKE_NODE_TAINT
  const spec = {
    restartPolicy: 'Never',
    nodeSelector: { type: 'kwok', 'kubernetes.io/hostname': node },
    tolerations: [{ key, value, effect, operator: 'Equal' }],
    containers: [{ name: 'runner', image: 'nobody/pulls-it' }],
  }
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template: { spec } } }
}
