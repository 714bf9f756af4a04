import { existsSync } from 'node:fs'
import { addressOf, inNode, namespaceOf, type Place, podRange } from './place.ts'
import { run, tryRun } from './run.ts'

/** Third numbers of 198.18.0.0/16, the range reserved for tests of network devices (RFC 2544). */
const SLOTS = 64
const BRIDGE = 'node0'
/** The cable's end in the namespace of node 1. */
export const CABLE_END = 'machine'

const linkOf = (slot: number): string => `hindcast${slot}`

/**
 * Makes node 1's network: a namespace with a bridge, and a cable from it to the machine, so that tests reach the API
 * server and the databases by the same addresses as pods do. The cable's name is the slot: making it is what tells
 * whether another cluster has that slot, and exactly one of two that try will have it. Gives the slot.
 */
export async function makeNetwork(name: string): Promise<number> {
  const namespace = namespaceOf({ name }, 1)
  await run(['ip', 'netns', 'add', namespace])
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const cable = ['link', 'add', linkOf(slot), 'type', 'veth', 'peer', 'name', CABLE_END, 'netns', namespace]
    const made = await tryRun(['ip', ...cable])
    if (made.code !== 0) {
      if (/File exists/.test(made.stderr)) continue
      throw new Error(`no cable to the namespace ${namespace}: ${made.stderr}`)
    }
    await connect({ name, slot })
    return slot
  }
  throw new Error(`all ${SLOTS} networks for test clusters are in use; npm run cluster -- list tells by whom`)
}

async function connect(place: { readonly name: string; readonly slot: number }): Promise<void> {
  await run(['ip', 'addr', 'add', `${addressOf(place, 254)}/24`, 'dev', linkOf(place.slot)])
  await run(['ip', 'link', 'set', linkOf(place.slot), 'up'])
  const inside = (command: string) => run(inNode(place as Place, 1, command.split(' ')))
  await inside('ip link set lo up')
  await inside(`ip link add ${BRIDGE} type bridge`)
  await inside(`ip link set ${CABLE_END} master ${BRIDGE} up`)
  await inside(`ip addr add ${addressOf(place, 1)}/24 dev ${BRIDGE}`)
  await inside(`ip link set ${BRIDGE} up`)
  // Without a default route the API server finds no address of its own. Nothing is forwarded there.
  await inside(`ip route add default via ${addressOf(place, 254)} dev ${BRIDGE}`)
  await inside('sysctl -qw net.ipv4.ip_forward=1')
}

/** Connects a further node to node 1's bridge, each node's pods routed to the other. Nothing when it is there. */
export async function makeNodeNetwork(place: Place, node: number): Promise<void> {
  const namespace = namespaceOf(place, node)
  if (node === 1 || existsSync(`/run/netns/${namespace}`)) return
  await run(['ip', 'netns', 'add', namespace])
  const inside = (where: number, command: string) => run(inNode(place, where, command.split(' ')))
  await inside(node, 'ip link set lo up')
  await inside(node, `ip link add eth0 type veth peer name to-node${node} netns ${namespaceOf(place, 1)}`)
  await inside(1, `ip link set to-node${node} master ${BRIDGE} up`)
  await inside(node, `ip addr add ${addressOf(place, node)}/24 dev eth0`)
  await inside(node, 'ip link set eth0 up')
  await inside(node, `ip route add default via ${addressOf(place, 1)}`)
  await inside(1, `ip route add ${podRange(node)} via ${addressOf(place, node)}`)
  await inside(node, 'sysctl -qw net.ipv4.ip_forward=1')
}
