import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { machineAbsent } from './absent.ts'
import { type ClusterOptions, openCluster, removeAbandoned, startCluster } from './cluster.ts'
import { installDefinitions } from './definitions.ts'
import { BASE_IMAGE } from './images/base.ts'
import { ensureImages } from './images/project.ts'
import { clusterNames, inNode, openPlace, programsOf } from './place.ts'
import { removeCluster } from './teardown.ts'

/** `npm run cluster -- VERB`: a cluster for people, which stays until it is taken down. */
const USAGE = `npm run cluster -- VERB [ARG…]
  up [--nodes 0|1|2] [--no-databases] [--images] [--audit]   start it, or start it anew, with Hindcast's kinds
  down             end it and leave nothing
  status           where it is, and what runs there
  list             every cluster of this machine
  kubectl ARG…     kubectl as the administrator
  helm ARG…        helm
  exec COMMAND…    a program of this machine in the network of node 1
  node-stop N      node N fails at once; node-start N brings it back
  images           build ${BASE_IMAGE} and the images of this checkout
HINDCAST_CLUSTER names it (default: people).`

const name = process.env.HINDCAST_CLUSTER ?? 'people'
const [verb = '', ...args] = process.argv.slice(2)

const VERBS: Readonly<Record<string, () => Promise<number> | number>> = {
  up,
  down: () => {
    removeCluster(name)
    return 0
  },
  status,
  list: async () => {
    await removeAbandoned()
    for (const known of clusterNames()) console.log(known)
    return 0
  },
  kubectl: () => inside(['kubectl', ...args]),
  helm: () => inside(['helm', ...args]),
  exec: () => inside(args),
  'node-stop': () => onNode('stopNode'),
  'node-start': () => onNode('startNode'),
  images: async () => {
    for (const { name: image, archive } of await ensureImages()) console.log(`${image}  ${archive}`)
    return 0
  },
}

const absent = machineAbsent()
const run = VERBS[verb]
if (run === undefined) console.error(USAGE)
else if (absent !== undefined) console.error(absent)
process.exitCode = run === undefined || absent !== undefined ? 2 : await run()

async function up(): Promise<number> {
  const images = args.includes('--images') ? (await ensureImages()).map(({ archive }) => archive) : []
  const options: ClusterOptions = {
    name,
    keep: true,
    images,
    nodes: nodesAsked(),
    databases: !args.includes('--no-databases'),
    audit: args.includes('--audit'),
  }
  const started = performance.now()
  const cluster = await startCluster(options)
  await installDefinitions(cluster)
  console.log(`up in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return status()
}

function nodesAsked(): 0 | 1 | 2 {
  const text = args[args.indexOf('--nodes') + 1]
  if (!args.includes('--nodes')) return 1
  if (text === '0' || text === '1' || text === '2') return Number(text) as 0 | 1 | 2
  throw new Error(`--nodes ${text}: allowed are 0, 1 and 2`)
}

async function status(): Promise<number> {
  const cluster = openCluster(name)
  if (cluster === null) {
    console.log(`there is no cluster called ${name}`)
    return 1
  }
  console.log(`KUBECONFIG=${cluster.kubeconfig}`)
  console.log(`DATABASE_URL=${cluster.databaseUrl}`)
  console.log(`REDIS_URL=${cluster.redisUrl}`)
  console.log(`logs: ${cluster.logs}`)
  console.log(await cluster.kubectl(['get', 'nodes,pods', '-A', '-o', 'wide']))
  return 0
}

function inside(command: readonly string[]): number {
  const place = openPlace(name)
  if (place === null) {
    console.error(`there is no cluster called ${name}; npm run cluster -- up starts it`)
    return 1
  }
  const [program, ...rest] = inNode(place, 1, command) as [string, ...string[]]
  const env = { ...process.env, KUBECONFIG: join(place.folder, 'admin.conf'), PATH: programsOf(place) }
  return spawnSync(program, rest, { stdio: 'inherit', env }).status ?? 1
}

async function onNode(act: 'stopNode' | 'startNode'): Promise<number> {
  await openCluster(name)?.[act](Number(args[0]))
  return 0
}
