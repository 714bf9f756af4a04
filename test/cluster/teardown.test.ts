import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { clusterAbsent } from './absent.ts'
import { openCluster, removeAbandoned, startApiServerAlone, whileNoneIsRemoved } from './cluster.ts'
import { folderOf, openPlace } from './place.ts'

const NAME = 'crashed'

/** Starts a cluster with a node and says so; then waits to be killed. */
const STARTER = `
const { startCluster } = await import(${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))})
const cluster = await startCluster({ name: '${NAME}', databases: false })
await cluster.kubectl(['run', 'idle', '--image=localhost/hindcast-pause:1', '--image-pull-policy=Never'])
await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/idle', '--timeout=180s'], { limitMs: 200_000 })
console.log('ready')
setInterval(() => {}, 1000)`

/** Everything on this machine that carries the cluster's name. */
function traces(): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  return [
    ...(existsSync(folderOf(NAME)) ? [folderOf(NAME)] : []),
    ...globSync(`/sys/fs/cgroup/{,*/}hindcast-${NAME}`),
    ...(existsSync('/run/netns') ? readdirSync('/run/netns') : []).filter((name) => name === `hindcast-${NAME}`),
    ...mounts.filter((line) => line.includes(folderOf(NAME))),
    ...globSync(`/var/lib/cni/results/hindcast-${NAME}-*`),
    ...globSync('/proc/[0-9]*/cmdline').filter((file) => read(file).includes(folderOf(NAME))),
  ]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

suite('what a cluster leaves', { skip: clusterAbsent() }, () => {
  test('nothing, when its starter was killed and the next test cleans up', async () => {
    const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    starter.stderr.on('data', (part) => {
      said += part
    })
    await new Promise<void>((resolve, reject) => {
      starter.stdout.on('data', () => resolve())
      starter.once('exit', () => reject(new Error(`the starter ended: ${said}`)))
    })
    // By the device's number: another cluster may have the slot a moment later.
    const cable = `/sys/class/net/hindcast${openPlace(NAME)!.slot}/ifindex`
    const device = read(cable)
    assert.match(device, /^\d+$/m)
    await whileNoneIsRemoved(async () => {
      starter.kill('SIGKILL')
      await new Promise((resolve) => starter.once('close', resolve))
      assert.ok(traces().length > 10, 'it runs on without its starter')
      assert.match(await openCluster(NAME)!.kubectl(['get', 'pods']), /idle/)
    })

    await removeAbandoned()
    assert.deepEqual(traces(), [])
    assert.notEqual(read(cable), device, 'its cable')
    await removeAbandoned()
  })

  test('two of them do not meet, and one ends without the other', async () => {
    const [one, two] = await Promise.all([startApiServerAlone('twina'), startApiServerAlone('twinb')])
    try {
      assert.notEqual(one.server, two.server)
      await one.kubectl(['create', 'namespace', 'mine'])
      assert.doesNotMatch(await two.kubectl(['get', 'namespaces']), /mine/)
      await one.stop()
      assert.match(await two.kubectl(['get', 'namespaces']), /default/)
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
  })
})
