import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { clusterAbsent } from './absent.ts'
import { openCluster, startCluster, type TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'
import { ensureImages } from './images/project.ts'
import { clusterNames } from './place.ts'
import { apply, jobEnd, podOfJob, scriptJob, sharedClaim } from './pods.ts'

const LIMIT_MS = 180_000

/** What a pod sees of the cluster, printed as JSON. */
const LOOK = `
const { lookup } = require('node:dns').promises, net = require('node:net'), fs = require('node:fs')
const name = (of) => lookup(of).then(({ address }) => address, (error) => error.code)
const reach = (host, port) => new Promise((done) => {
  const socket = net.connect(port, host, () => { socket.destroy(); done(true) })
  socket.on('error', (error) => done(error.code))
})
const attempt = (act) => { try { act(); return true } catch (error) { return error.code } }
;(async () => console.log(JSON.stringify({
  service: await name('postgres.default.svc'),
  outside: await name('example.com'),
  postgres: await reach('postgres', 5432),
  redis: await reach('redis.default.svc.cluster.local', 6379),
  data: attempt(() => fs.writeFileSync('/data/seen', 'yes')),
  root: attempt(() => fs.writeFileSync('/seen', 'no')),
  token: fs.existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  uid: process.getuid(),
  kernel: fs.readFileSync('/proc/self/status', 'utf8').match(/(Seccomp|NoNewPrivs|CapEff):\\s*\\S+/g),
})))()`

suite('the cluster for tests is a real one', { skip: clusterAbsent() }, () => {
  let cluster: TestCluster
  let image: string
  before(async () => {
    const [runner] = await ensureImages(['runner'])
    image = runner!.name
    cluster = await startCluster({ name: 'machine', nodes: 2, images: [runner!.archive] })
    await apply(cluster, sharedClaim('data'))
  })
  after(() => cluster?.stop())

  test('a restricted pod resolves names, reaches Postgres and Redis, and writes its volume only', async () => {
    await apply(cluster, scriptJob({ name: 'look', image, script: LOOK, claim: 'data' }))
    const { condition, log } = await jobEnd(cluster, 'look', { limitMs: LIMIT_MS })
    assert.equal(condition, 'Complete', log)
    const { service, kernel, ...seen } = JSON.parse(log)
    assert.match(service, /^10\.96\./)
    assert.deepEqual(seen, {
      outside: 'ENOTFOUND',
      postgres: true,
      redis: true,
      data: true,
      root: 'EROFS',
      token: false,
      uid: 1000,
    })
    assert.deepEqual(
      kernel.map((line: string) => line.replaceAll(/\s+/g, '')),
      ['CapEff:0000000000000000', 'NoNewPrivs:1', 'Seccomp:2'],
    )
    const [volume] = JSON.parse(await cluster.kubectl(['get', 'pv', '-o', 'json'])).items.filter(
      (one: { spec: { claimRef?: { name: string } } }) => one.spec.claimRef?.name === 'data',
    )
    assert.equal(readFileSync(`${cluster.volumeFolder(volume.metadata.name)}/seen`, 'utf8'), 'yes')
  })

  test('a container over its memory limit is killed by the kernel, and Kubernetes says so', async () => {
    const script = 'const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1))'
    await apply(cluster, scriptJob({ name: 'greedy', image, script, memory: '96Mi' }))
    assert.equal((await jobEnd(cluster, 'greedy', { limitMs: LIMIT_MS })).condition, 'Failed')
    const [container] = (await podOfJob(cluster, 'greedy', 'Failed')).status.containerStatuses
    const { reason, exitCode } = container.state.terminated
    assert.deepEqual({ reason, exitCode }, { reason: 'OOMKilled', exitCode: 137 })
  })

  test('the process of a pod is found on the machine and can be killed', async () => {
    await apply(cluster, scriptJob({ name: 'victim', image, script: 'setInterval(() => {}, 1000)' }))
    const pod = await podOfJob(cluster, 'victim')
    const processes = () => cluster.podProcesses(pod.metadata.uid)
    // It runs from the moment that runc is told to become it.
    await waitFor('the one process to be the script', LIMIT_MS, () => {
      return isDeepStrictEqual(
        processes().map(({ command }) => command.slice(0, 2)),
        [['node', '-e']],
      )
    })
    process.kill(processes()[0]!.pid, 'SIGKILL')
    assert.equal((await jobEnd(cluster, 'victim', { limitMs: LIMIT_MS })).condition, 'Failed')
  })

  test('the API server, Postgres and Redis go away and come back', async () => {
    await cluster.stopPostgres()
    await assert.rejects(ask(cluster.databaseUrl))
    await cluster.stopRedis()
    await cluster.startPostgres()
    await cluster.startRedis()
    assert.equal(await ask(cluster.databaseUrl), 1)
    await cluster.restartApiServer()
    assert.match(await cluster.kubectl(['get', 'jobs']), /look/)
  })

  test('a node that fails is NotReady, and comes back', async () => {
    const script = 'setInterval(() => {}, 1000)'
    await apply(cluster, scriptJob({ name: 'lost', image, script, node: 'node-2' }))
    const pod = await podOfJob(cluster, 'lost')
    await waitFor('its process', LIMIT_MS, () => cluster.podProcesses(pod.metadata.uid).length === 1)
    await cluster.stopNode(2)
    assert.deepEqual(cluster.podProcesses(pod.metadata.uid), [])
    await waitFor('node-2 to be seen lost', LIMIT_MS, async () => (await readiness(cluster)) === 'Unknown')
    await cluster.startNode(2)
    await waitFor('node-2 to be Ready again', LIMIT_MS, async () => (await readiness(cluster)) === 'True')
  })

  test('a cluster that runs can be found by its name', () => {
    assert.equal(openCluster('machine')?.server, cluster.server)
    assert.ok(clusterNames().includes('machine'))
  })
})

async function ask(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('SELECT 1 AS one')
    return rows[0].one
  } finally {
    await client.end().catch(() => {})
  }
}

async function readiness(cluster: TestCluster): Promise<string> {
  const { json } = await cluster.api('GET', '/api/v1/nodes/node-2')
  const conditions = json.status.conditions as { type: string; status: string }[]
  return conditions.find(({ type }) => type === 'Ready')?.status ?? ''
}
