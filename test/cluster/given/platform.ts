import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { TestCluster } from '../cluster.ts'
import { waitFor } from '../daemons.ts'
import { CLAIM, type Installed, installOn, NAMESPACE, OF_TESTS, RELEASE } from '../install.ts'
import type { TestPlatform } from '../platform.ts'
import { apply, podOfJob, scriptJob } from '../pods.ts'
import { run } from '../run.ts'
import { openGiven } from './cluster.ts'
import { ensureKind } from './kind.ts'
import { type GivenSettings, KIND, readSettings } from './settings.ts'

const REMOVE_LIMIT_MS = 300_000
const DATABASE_LIMIT_MS = 180_000
const [LABEL] = Object.keys(OF_TESTS) as [keyof typeof OF_TESTS]

/** Installs Hindcast on the given cluster, in a namespace and a database that the tests make and remove. */
export async function startOnGiven(values: object): Promise<TestPlatform> {
  const settings = process.env.HINDCAST_TEST_CONTEXT === KIND ? await ensureKind() : readSettings()
  const database = await makeDatabase(settings.databaseUrl)
  const cluster = await openGiven({ ...settings, databaseUrl: database.url })
  const remove = async () => {
    await removeRelease(cluster)
    await database.drop()
  }
  try {
    await removeRelease(cluster)
    const installed = await installOn(cluster, [valuesOf(settings, await hasKinds(cluster)), values])
    const reader = await startReader(cluster, settings)
    return platformOf(installed, reader, remove)
  } catch (thrown) {
    await remove().catch(() => {})
    throw thrown
  }
}

function platformOf(installed: Installed, reader: string, remove: () => Promise<void>): TestPlatform {
  const { cluster, home } = installed
  return {
    ...installed,
    get store(): string {
      throw new Error('the store of a given cluster is no folder of this machine')
    },
    fetch: async (path) => {
      const folder = mkdtempSync(join(home, 'fetched-'))
      // Base64: what a program prints is taken for text here.
      const packed = ['sh', '-c', 'tar c -C /data "$0" | base64', path]
      const input = await cluster.kubectl(['exec', '-n', NAMESPACE, reader, '--', ...packed])
      await run(['sh', '-c', 'base64 -d | tar x -C "$0"', folder], { input })
      return join(folder, path)
    },
    stop: async () => {
      await remove()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Kinds that are there already belong to somebody: they are used as they are. */
function valuesOf({ images, storageClass, accessMode }: GivenSettings, kinds: boolean): object {
  return {
    images: { ...images, pullPolicy: 'IfNotPresent' },
    store: { pvc: { claim: CLAIM, storageClass, size: '1Gi', accessModes: [accessMode] } },
    crds: { install: !kinds },
    environment: 'test',
  }
}

const hasKinds = async (cluster: TestCluster): Promise<boolean> =>
  (await cluster.tryKubectl(['get', 'crd', 'backtests.hindcast.dev', '-o', 'name'])).code === 0

/** Removes what an earlier run of the tests left; a namespace that is not theirs is refused. */
async function removeRelease(cluster: TestCluster): Promise<void> {
  const path = `jsonpath={.metadata.labels.${LABEL.replaceAll('.', '\\.')}}`
  const { code, stdout } = await cluster.tryKubectl(['get', 'namespace', NAMESPACE, '-o', path])
  if (code !== 0) return
  if (stdout !== OF_TESTS[LABEL])
    throw new Error(`namespace ${NAMESPACE} of ${cluster.name} has no label ${LABEL}: it is not the tests' to remove`)
  await cluster.helm(['uninstall', RELEASE, '-n', NAMESPACE, '--ignore-not-found', '--wait'], {
    limitMs: REMOVE_LIMIT_MS,
  })
  await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait'], { limitMs: REMOVE_LIMIT_MS })
}

/** A database of its own on the server of the URL: no row of an earlier run answers for this one. */
async function makeDatabase(server: string): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `hindcast_test_${randomBytes(6).toString('hex')}`
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: server })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  // A server that kind has just been given is still on its way.
  const answers = () => ask('SELECT 1').then(() => true)
  await waitFor('the Postgres of HINDCAST_TEST_DATABASE_URL', DATABASE_LIMIT_MS, answers)
  await ask(`CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => ask(`DROP DATABASE ${name} WITH (FORCE)`) }
}

/** A pod that mounts the store, for what a test wants to look at. */
async function startReader(cluster: TestCluster, { images }: GivenSettings): Promise<string> {
  const script = 'setTimeout(() => {}, 3_600_000)'
  await apply(cluster, scriptJob({ name: 'reader', namespace: NAMESPACE, image: images.runner, script, claim: CLAIM }))
  return (await podOfJob(cluster, 'reader')).metadata.name
}
