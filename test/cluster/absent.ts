import { existsSync } from 'node:fs'
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

/** Why no cluster can be started here; undefined when one can. */
export function clusterAbsent(): string | undefined {
  if (process.platform !== 'linux') return 'a cluster for tests runs on Linux only'
  if (process.getuid?.() !== 0) return 'a cluster for tests needs root: it makes network namespaces and cgroups'
  if (!existsSync('/sys/fs/cgroup')) return 'there are no cgroups on this machine'
  const missing = PROGRAMS.filter((name) => !hasProgram(name))
  if (missing.length === 0) return undefined
  return `missing: ${missing.join(', ')}; on Debian 12: apt-get install ${CLUSTER_PACKAGES.join(' ')}`
}
