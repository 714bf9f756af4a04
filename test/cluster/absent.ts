import { existsSync } from 'node:fs'
import { kindAbsent } from './given/kind.ts'
import { isGiven, KIND } from './given/settings.ts'
import { hasProgram } from './programs.ts'

/** Debian packages that a cluster needs; `npm test` installs them where it is root on Debian. */
export const CLUSTER_PACKAGES = [
  ...['containerd', 'runc', 'containernetworking-plugins', 'buildah', 'debootstrap', 'iproute2', 'nftables'],
  ...['postgresql-15', 'redis-server', 'openssl', 'curl', 'golang-go'],
] as const

const PROGRAMS = [
  ...['containerd', 'ctr', 'runc', '/usr/lib/cni/ptp', 'buildah', 'debootstrap', 'ip', 'nft', 'nsenter', 'setpriv'],
  ...['/usr/lib/postgresql/15/bin/postgres', 'redis-server', 'openssl', 'curl', 'go'],
] as const

/** Why a test that only speaks to a cluster, whosever it is, cannot run; undefined when it can. */
export function anyClusterAbsent(): string | undefined {
  if (!isGiven()) return clusterAbsent()
  return process.env.HINDCAST_TEST_CONTEXT === KIND ? kindAbsent() : undefined
}

/** Why a test that stops a part of the machine or looks into it is left out; undefined when the cluster is our own. */
export function notOurs(what: string): string | undefined {
  return isGiven() ? `it ${what}: HINDCAST_TEST_CONTEXT names a cluster that is not ours` : undefined
}

/** Why a test that starts a cluster of its own cannot run; undefined when it can. */
export function clusterAbsent(): string | undefined {
  return notOurs('starts a cluster of its own and stops parts of it') ?? machineAbsent()
}

/** Why no cluster of our own can be started here; undefined when one can. */
export function machineAbsent(): string | undefined {
  if (process.platform !== 'linux') return 'a cluster for tests runs on Linux only'
  if (process.getuid?.() !== 0) return 'a cluster for tests needs root: it makes network namespaces and cgroups'
  if (!existsSync('/sys/fs/cgroup')) return 'there are no cgroups on this machine'
  const missing = PROGRAMS.filter((name) => !hasProgram(name))
  if (missing.length === 0) return undefined
  return `missing: ${missing.join(', ')}; on Debian 12: apt-get install ${CLUSTER_PACKAGES.join(' ')}`
}
