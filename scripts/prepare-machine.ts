import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Programs that stand for a package: where one is there already, nothing is installed. */
const PROGRAM_OF: Readonly<Record<string, string>> = {
  'golang-go': 'go',
  buildah: 'buildah',
  chromium: '/usr/bin/chromium',
  // Docker brings its own package of this and runc, which Debian's would throw out.
  containerd: 'containerd',
  'containernetworking-plugins': '/usr/lib/cni/ptp',
  curl: 'curl',
  debootstrap: 'debootstrap',
  iproute2: 'ip',
  nftables: 'nft',
  openssl: 'openssl',
  postgresql: '/usr/lib/postgresql/15/bin/postgres',
  'postgresql-15': '/usr/lib/postgresql/15/bin/postgres',
  python3: 'python3',
  'redis-server': 'redis-server',
  runc: 'runc',
}

/**
 * Installs Debian packages that tests need, where this is root on Debian. Returns whether it is: there every layer can
 * run, and none may skip itself. Says plainly what it did, or why it did nothing.
 */
export function prepareMachine(packages: readonly string[]): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    console.log('Not root on Debian: nothing is installed, and a layer whose programs are missing skips itself.')
    return false
  }
  const missing = [...new Set(packages)].filter((name) => !present(name))
  if (missing.length === 0) return true
  console.log(`Installing Debian packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (args: readonly string[]) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  apt(['update', '-qq'])
  const done = apt(['install', '-y', '-qq', '--no-install-recommends', ...missing])
  if (done.status !== 0)
    console.log(`apt-get could not install ${missing.join(' ')}: the layers that need them will fail`)
  return true
}

function present(name: string): boolean {
  const program = PROGRAM_OF[name]
  if (program?.startsWith('/')) return existsSync(program)
  if (program !== undefined) return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0
  const query = spawnSync('dpkg-query', ['-W', '-s', name], { encoding: 'utf8' })
  return query.stdout?.includes('Status: install ok installed') ?? false
}
