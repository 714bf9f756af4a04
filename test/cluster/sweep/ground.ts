import pg from 'pg'
import { openClusterFromKubeconfig, type RemoteCluster } from '../../../kube/client.ts'
import { type Clock, systemClock } from '../../../kube/clock.ts'
import { ACCOUNT } from '../../../operator/templates/pod-security.ts'
import { openPostgres } from '../../../storage/ledger/open.ts'
import { SNAPSHOT } from '../../world/resources.ts'
import { startApiServerAlone, type TestCluster } from '../cluster.ts'
import { installDefinitions } from '../definitions.ts'
import { type Lookout, openLookout } from './lookout.ts'

/**
 * What would do away with pods on a node that has no object and no kubelet. The controllers' own limit of calls is for
 * one cluster's worth of work, not for a dozen installations that start at once.
 */
const CONTROLLER_ARGS = [
  '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller',
  ...['--kube-api-qps=200', '--kube-api-burst=400'],
]

/** A real API server with its controllers, Postgres and Redis: room for many installations of Hindcast side by side. */
export interface Ground {
  readonly server: TestCluster
  readonly clock: Clock
  readonly cluster: RemoteCluster
  /** A client with connections of its own, that lives by a clock. */
  connect(clock: Clock): RemoteCluster
  readonly lookout: Lookout
  /** Makes a namespace and a database of its own. */
  plot(): Promise<Plot>
  close(): Promise<void>
}

export interface Plot {
  readonly namespace: string
  readonly databaseUrl: string
}

export async function openGround(): Promise<Ground> {
  const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
  const server = await startApiServerAlone('sweep', { databases: true, controllerArgs: CONTROLLER_ARGS })
  try {
    await installDefinitions(server)
    const template = await makeTemplate(server)
    await create(server, '/apis/scheduling.k8s.io/v1/priorityclasses', PRIORITIES)
    const where = { path: server.kubeconfig, context: null }
    const connect = (by: Clock) => openClusterFromKubeconfig(where, { clock: by, random: Math.random })
    const cluster = connect(clock)
    const lookout = await openLookout(cluster, clock)
    let plots = 0
    return {
      server,
      clock,
      cluster,
      connect,
      lookout,
      async plot() {
        plots += 1
        const number = plots
        const namespace = `sweep-${number}`
        await create(server, '/api/v1/namespaces', [{ metadata: { name: namespace } }])
        const [databaseUrl] = await Promise.all([
          template.copy(`sweep_${number}`),
          create(server, `/api/v1/namespaces/${namespace}/serviceaccounts`, [{ metadata: { name: ACCOUNT } }]),
        ])
        return { namespace, databaseUrl }
      },
      async close() {
        lookout.stop()
        cluster.close()
        await template.close()
        await server.stop()
      },
    }
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
}

/** As the chart makes them. */
const PRIORITIES = ['high', 'normal', 'low'].map((name, index) => ({
  metadata: { name: `hindcast-${name}` },
  value: -1 - index,
  preemptionPolicy: 'Never',
}))

async function create(server: TestCluster, path: string, bodies: readonly object[]): Promise<void> {
  for (const body of bodies) {
    const { status, json } = await server.api('POST', path, { body })
    if (status !== 201) throw new Error(`POST ${path}: ${status} ${json.message}`)
  }
}

/** A migrated database with a snapshot in it, which Postgres copies in a tenth of a second. */
async function makeTemplate({ databaseUrl }: TestCluster) {
  const ledger = await openPostgres(databaseUrl, { migrate: true })
  await ledger.insertSnapshot(SNAPSHOT)
  await ledger.close()
  const at = (database: string) => Object.assign(new URL(databaseUrl), { pathname: `/${database}` }).href
  const pool = new pg.Pool({ connectionString: at('postgres'), max: 2 })
  const template = new URL(databaseUrl).pathname.slice(1)
  return {
    async copy(database: string): Promise<string> {
      await pool.query(`CREATE DATABASE ${database} TEMPLATE ${template}`)
      return at(database)
    },
    close: () => pool.end(),
  }
}
