import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { openClusterFromKubeconfig, type RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { isKubeError } from '../../kube/kube-error.ts'
import { verifySnapshot } from '../../storage/in/verify-snapshot.ts'
import { clusterAbsent } from './absent.ts'
import { signalProcess, waitFor } from './daemons.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { apply, podOfJob, read, scriptJob } from './pods.ts'

const KILLS = process.env.HINDCAST_TEST_LONG === undefined ? 5 : 20
const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const LABEL = 'app.kubernetes.io/name=hindcast-import'
const LIMIT_MS = 60_000
/** A push is over in seconds: one may be faster than the look that is to find it at work. */
const MOST_PUSHES = 10
/** Reads all of its input, then says how long it was. */
const COUNT = `let n = 0
process.stdin.on('data', (piece) => { n += piece.length })
process.stdin.on('end', () => { console.log(n); console.error('done'); process.exit(n === 0 ? 0 : 7) })`

suite('a snapshot onto a volume, through the API server', { skip: clusterAbsent() }, () => {
  let platform: TestPlatform
  let cluster: RemoteCluster
  before(async () => {
    platform = await startPlatform({ name: 'push' })
    const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
    const where = { path: platform.cluster.kubeconfig, context: null }
    cluster = openClusterFromKubeconfig(where, { clock, random: Math.random })
    const made = await platform.hindcast(['dataset', 'synth', 'large', '--names', '400', '--days', '1500'])
    assert.equal(made.code, 0, made.stderr)
  })
  after(async () => {
    cluster?.close()
    await platform?.stop()
  })

  const push = (name: string, ...more: readonly string[]) =>
    platform.hindcast(['dataset', 'push', name, '--context', 'push', '-n', NAMESPACE, ...more], { onCluster: true })
  const pods = async (): Promise<string[]> =>
    (await platform.cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-l', LABEL, '-o', 'name']))
      .split('\n')
      .filter(Boolean)
  const noPod = () => waitFor('the import pod to go', LIMIT_MS, async () => (await pods()).length === 0)
  const phases = ['get', 'pods', '-n', NAMESPACE, '-l', LABEL, '-o', 'jsonpath={.items[*].status.phase}']
  const noneRuns = () =>
    waitFor('the pods to end', LIMIT_MS, async () => !/Running|Pending/.test(await platform.cluster.kubectl(phases)))

  /** Ids of the snapshots of a dataset that anybody can see on the volume; each of them is whole. */
  async function visible(dataset: string): Promise<string[]> {
    const datasets = join(platform.store, '.datasets')
    if (!existsSync(join(datasets, dataset))) return []
    const ids = readdirSync(join(datasets, dataset)).filter((name) => name.startsWith(`${dataset}-`))
    for (const id of ids) await verifySnapshot(datasets, id)
    return ids
  }
  async function catalogued(dataset: string): Promise<string[]> {
    const client = new pg.Client({ connectionString: platform.cluster.databaseUrl })
    await client.connect()
    const { rows } = await client.query('SELECT snapshot_id FROM dataset_snapshots WHERE dataset = $1', [dataset])
    await client.end()
    return rows.map((row) => row.snapshot_id)
  }

  /** Starts a push of `large` and gives the process, its end and what it said. */
  function started() {
    const args = ['--home', platform.home, 'dataset', 'push', 'large', '--context', 'push', '-n', NAMESPACE]
    const env = { ...process.env, KUBECONFIG: platform.cluster.kubeconfig, DATABASE_URL: platform.cluster.databaseUrl }
    const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr!.on('data', (text: Buffer) => {
      said += text.toString()
    })
    const end = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, end, said: () => said }
  }

  /** The processes that take a snapshot in, in any import pod. */
  async function receivers() {
    const path = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${encodeURIComponent(LABEL)}`
    const { items } = await read(platform.cluster, path)
    const uids = (items as { metadata: { uid: string } }[]).map(({ metadata }) => metadata.uid)
    const processes = uids.flatMap((uid) => platform.cluster.podProcesses(uid))
    return processes.filter(({ command }) => command.includes('receive')).map(({ pid }) => pid)
  }

  /** A push that cannot end: its receiver stands still with a part of the snapshot until `goOn`. */
  async function held() {
    const receiving = join(platform.store, '.datasets', '.receiving')
    for (let tries = 0; tries < MOST_PUSHES; tries++) {
      // Left by a receiver that was killed: it is no sign of this one.
      rmSync(receiving, { recursive: true, force: true })
      const push = started()
      await waitFor('the receiver', LIMIT_MS, () => existsSync(receiving) || push.child.exitCode !== null)
      const pids = await receivers()
      for (const pid of pids) signalProcess(pid, 'SIGSTOP')
      const goOn = () => {
        for (const pid of pids) signalProcess(pid, 'SIGCONT')
      }
      if (pids.length > 0 && existsSync(receiving)) return { ...push, goOn }
      goOn()
      await push.end
    }
    throw new Error(`each of ${MOST_PUSHES} pushes was over before it could be stopped in its middle`)
  }

  test('the platform got its data so: whole on the volume, in the catalogue, and the pod is gone', async () => {
    const [id] = await visible('sp500')
    assert.deepEqual(await catalogued('sp500'), [id])
    await noPod()
    const { code, stdout } = await push('sp500', '-o', 'json')
    assert.equal(code, 0)
    const { copied, inserted, location } = JSON.parse(stdout)
    assert.deepEqual([copied, inserted, location], [false, false, `pvc:hindcast-store/sp500/${id}`])
  })

  test(`killed at ${KILLS} moments, a push leaves nothing half written, and a pod that ends by itself`, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      // Those that have ended are removed by the next push, so that a number would say nothing.
      const before = await pods()
      const { child, end } = started()
      await waitFor('the import pod', LIMIT_MS, async () => {
        return (await pods()).some((pod) => !before.includes(pod)) || child.exitCode !== null
      })
      await sleep(Math.random() * 2_500)
      child.kill('SIGKILL')
      await end
      for (const id of await catalogued('large')) assert.ok((await visible('large')).includes(id))
      await visible('large')
    }
    await noneRuns()
  })

  test('interrupted, a push removes its pod and says to run it again', async () => {
    const { child, end, said } = await held()
    child.kill('SIGINT')
    assert.equal(await end, 130, said())
    assert.match(said(), /run it again/)
    await noPod()
  })

  test('a connection that is cut is told of, and the next push ends what it began', async () => {
    const { end, said, goOn } = await held()
    await platform.cluster.restartApiServer()
    assert.equal(await end, 7, said())
    assert.match(said(), /run it again/)
    await visible('large')
    // An API server that was away for longer than the push tried to remove its pod: it ends by itself, and the next
    // push removes what has ended.
    goOn()
    await noneRuns()
    const { code, stderr } = await push('large')
    assert.equal(code, 0, stderr)
    assert.equal((await visible('large')).length, 1)
    assert.deepEqual(await catalogued('large'), await visible('large'))
    assert.deepEqual(readdirSync(join(platform.store, '.datasets')).sort(), ['.lock', 'large', 'sp500'])
    await noPod()
  })

  const REFUSED: readonly [what: string, args: readonly string[], why: RegExp][] = [
    ['a claim that is not there', ['--claim', 'nope'], /no claim nope in namespace quant/],
    ['an image that is not there', ['--image', 'localhost/none:1'], /cannot start: (?:ErrImage|ImagePull)/],
  ]
  for (const [what, args, why] of REFUSED) {
    test(`${what} is refused with its name, and no pod is left`, async () => {
      const { code, stderr } = await push('sp500', ...args)
      assert.equal(code, 7, stderr)
      assert.match(stderr, why)
      await noPod()
    })
  }

  test('what the receiver refuses is told in its own words, though the rest is still on its way', async () => {
    // Where its folder would be there is a file.
    const datasets = join(platform.store, '.datasets')
    renameSync(join(datasets, 'large'), join(datasets, 'aside'))
    writeFileSync(join(datasets, 'large'), 'a file')
    try {
      const { code, stderr } = await push('large')
      assert.equal(code, 3, stderr)
      assert.match(stderr, /large: /)
    } finally {
      rmSync(join(datasets, 'large'))
      renameSync(join(datasets, 'aside'), join(datasets, 'large'))
    }
    await noPod()
  })

  test('who lacks a right is told which: verb and resource', async () => {
    const kubeconfig = await platform.cluster.userConfig({ user: 'carol' })
    const flags = ['--claim', 'hindcast-store', '--image', await runnerImage()]
    const asCarol = () =>
      platform.hindcast(['dataset', 'push', 'sp500', '--context', 'push', '-n', NAMESPACE, ...flags], {
        onCluster: true,
        kubeconfig,
      })
    const first = await asCarol()
    assert.equal(first.code, 7)
    assert.match(first.stderr, /cannot create resource "pods"/)
    await apply(platform.cluster, ...carolMay(['create', 'get', 'list', 'delete']))
    // The authorizer hears of a role by a watch.
    const mayCreate = ['auth', 'can-i', 'create', 'pods', '-n', NAMESPACE, '--as', 'carol']
    await waitFor(
      'the role to hold',
      LIMIT_MS,
      async () => (await platform.cluster.kubectl(mayCreate)).trim() === 'yes',
    )
    const second = await asCarol()
    assert.equal(second.code, 7)
    assert.match(second.stderr, /cannot (?:create|get) resource "pods\/exec"/)
    await noPod()
  })

  async function runnerImage(): Promise<string> {
    const path = 'jsonpath={.data.HINDCAST_RUNNER_IMAGE}'
    return platform.cluster.kubectl(['get', 'configmap', 'hindcast-operator', '-n', NAMESPACE, '-o', path])
  }

  test('a command in a pod: its input, its end, its exit code, and the ways it cannot run', async () => {
    const script = 'setTimeout(() => {}, 900_000)'
    await apply(platform.cluster, scriptJob({ name: 'host', image: await runnerImage(), script }))
    const pod = await podOfJob(platform.cluster, 'host')
    const at = { namespace: 'default', name: pod.metadata.name, container: 'script' }
    const some = async function* () {
      for (let k = 0; k < 40; k++) yield Buffer.alloc(1 << 20)
    }
    const none = async function* () {}
    const counted = await cluster.exec({ ...at, command: ['node', '-e', COUNT], stdin: some() })
    assert.deepEqual(counted, { exitCode: 7, stdout: `${40 << 20}\n`, stderr: 'done\n' })
    const empty = await cluster.exec({ ...at, command: ['node', '-e', COUNT], stdin: none() })
    assert.deepEqual([empty.exitCode, empty.stdout], [0, '0\n'])
    const early = await cluster.exec({ ...at, command: ['node', '-e', 'process.exit(3)'], stdin: none() })
    assert.equal(early.exitCode, 3)
    const refused = (code: Parameters<typeof isKubeError>[1], change: object) =>
      assert.rejects(cluster.exec({ ...at, command: ['none'], stdin: none(), ...change }), (error) =>
        isKubeError(error, code!),
      )
    await refused('unavailable', {})
    await refused('not_found', { name: 'nobody' })
    const abort = new AbortController()
    const stopped = cluster.exec({ ...at, command: ['node', '-e', COUNT], stdin: some(), signal: abort.signal })
    abort.abort(new Error('enough'))
    await assert.rejects(stopped, /enough/)
  })
})

function carolMay(verbs: readonly string[]): object[] {
  const metadata = { name: 'carol', namespace: NAMESPACE }
  const group = 'rbac.authorization.k8s.io'
  return [
    {
      ...{ apiVersion: `${group}/v1`, kind: 'Role', metadata },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
    },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name: 'carol' },
      subjects: [{ kind: 'User', name: 'carol', apiGroup: group }],
    },
  ]
}
