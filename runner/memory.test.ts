import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { memoryReader, oomKillCounter, softLimitBytes, statValue } from './memory.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** A machine described by the cgroup files it has. */
const machine = (files: Record<string, string>) => (path: string) => {
  const text = files[path]
  if (text === undefined) throw new Error(`no ${path}`)
  return text
}

const pod = (files: Record<string, string>) => ({ read: machine(files), residentBytes: () => 9 * GIB })

test('64 MiB are kept back from a small limit and 5 % from a large one', () => {
  assert.equal(softLimitBytes(512 * MIB), 448 * MIB)
  assert.equal(softLimitBytes(4 * GIB), 4 * GIB - Math.ceil(4 * GIB * 0.05))
})

test('cgroup v2 counts what is in use without the page cache that can go', () => {
  const world = pod({
    '/sys/fs/cgroup/memory.max': '536870912\n',
    '/sys/fs/cgroup/memory.current': '1000\n',
    '/sys/fs/cgroup/memory.stat': 'anon 1\ninactive_file 300\n',
  })
  assert.equal(memoryReader(512 * MIB, world)(), 700)
})

test('cgroup v1 counts the same from its own files', () => {
  const world = pod({
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912\n',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000\n',
    '/sys/fs/cgroup/memory/memory.stat': 'total_rss 1\ntotal_inactive_file 400\n',
  })
  assert.equal(memoryReader(512 * MIB, world)(), 600)
})

for (const [title, files] of [
  ['no cgroup', {}],
  ['a cgroup without a limit', { '/sys/fs/cgroup/memory.max': 'max\n' }],
  ['a cgroup with a far larger limit', { '/sys/fs/cgroup/memory.max': '99999999999999\n' }],
] as const) {
  test(`with ${title} only growth since the attempt began counts`, () => {
    let resident = 700 * MIB
    const reader = memoryReader(512 * MIB, { read: machine(files), residentBytes: () => resident })
    assert.equal(reader(), 0)
    resident += 300 * MIB
    assert.equal(reader(), 300 * MIB)
  })
}

test('a key that only begins like another is not taken for it', () => {
  assert.equal(statValue('inactive_file_x 7\ninactive_file 5', 'inactive_file'), 5)
  assert.equal(statValue('anon 1', 'inactive_file'), 0)
})

for (const [title, path, text] of [
  ['cgroup v2', '/sys/fs/cgroup/memory.events', (kills: number) => `oom 9\noom_kill ${kills}\noom_group_kill 0\n`],
  ['cgroup v1', '/sys/fs/cgroup/memory/memory.oom_control', (kills: number) => `under_oom 0\noom_kill ${kills}\n`],
] as const) {
  test(`${title} tells of the kernel's kills since the start`, () => {
    let kills = 3
    const counter = oomKillCounter({ read: (asked) => machine({ [path]: text(kills) })(asked) })
    assert.equal(counter(), 0)
    kills = 4
    assert.equal(counter(), 1)
  })
}

test('without a cgroup nothing was killed', () => {
  assert.equal(oomKillCounter({ read: machine({}) })(), 0)
})
