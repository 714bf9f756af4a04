import { strict as assert } from 'node:assert'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileStore } from '../../storage/blobs/files.ts'
import { type EntryKind, entryKind } from '../../storage/blobs/result-path.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { openResult, readBacktest } from '../../storage/out/read-result.ts'
import { samplePlan, sampleResult } from './sample-result.ts'

const CHILD = join(import.meta.dirname, 'commit-child.ts')
const PROBE = join(import.meta.dirname, 'probe-child.ts')
const KILLS = 25
const SIZE = { days: 40, names: 50 }
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'hindcast-crash-')))
after(() => rmSync(directory, { recursive: true, force: true }))

/** Starts a committer at attempt `from`; `begun` when it is under way. */
async function startChild(root: string, from: number): Promise<{ child: ChildProcess; begun: Promise<void> }> {
  const args = [CHILD, root, String(SIZE.days), String(SIZE.names), String(from), '999999']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const begun = new Promise<void>((resolve) => {
    let seen = 0
    lines.on('line', (line) => {
      // The third: the first two still load the writers.
      if (line.startsWith('begin') && ++seen === 3) resolve()
    })
  })
  return { child, begun }
}

function listing(root: string): string[] {
  const folder = join(root, 'default', samplePlan().jobId)
  return existsSync(folder) ? readdirSync(folder) : []
}

test(`killed at ${KILLS} moments of commit and removal, no result is visible and not whole`, async () => {
  const root = join(directory, 'kills')
  const store = fileStore(root)
  const met: Partial<Record<EntryKind['kind'], number>> = {}
  let next = 1
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, begun } = await startChild(root, next)
    await begun
    // Spread over a commit and a removal, some 10 ms; where it hits is what the counts below say.
    await new Promise((resolve) => setTimeout(resolve, (kill * 7) % 23))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    for (const name of listing(root)) {
      const entry = entryKind(name)
      assert.notEqual(entry.kind, 'foreign', name)
      met[entry.kind] = (met[entry.kind] ?? 0) + 1
      if ('attempt' in entry) next = Math.max(next, entry.attempt + 1)
      if (entry.kind === 'attempt') await checkWhole(store, name)
    }
    await store.removeJob({ namespace: 'default', jobId: samplePlan().jobId })
  }
  assert.ok((met.attempt ?? 0) > 0, 'some commits got through')
  assert.ok((met.staging ?? 0) > 0, 'some kills hit a commit under way')
})

async function checkWhole(store: BlobStore, name: string): Promise<void> {
  const resultPath = `default/${samplePlan().jobId}/${name}`
  const opened = await openResult(store, { resultPath, manifestSha256: null }, { verify: true })
  assert.deepEqual((await readBacktest(opened)).metrics, sampleResult(SIZE).metrics)
}

/** Runs a shell in namespaces of its own with a file system of 256 KiB at `mount`; null where that is not allowed. */
function onTinyDisk(mount: string, command: string): ReturnType<typeof spawnSync> | null {
  const script = `mount -t tmpfs -o size=256k none '${mount}' && echo mounted && ${command}`
  const ran = spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' })
  return ran.error === undefined && String(ran.stdout).includes('mounted') ? ran : null
}

test('on a full disk the commit fails as storage_full, says what is full, and its staging is removed', (context) => {
  const mount = mkdtempSync(join(directory, 'tiny-'))
  const commit = `'${process.execPath}' '${CHILD}' '${mount}/artifacts' 400 100`
  const ran = onTinyDisk(mount, `${commit}; find '${mount}' -name '.staging*' -o -name '*.parquet' | sed 's/^/left /'`)
  if (ran === null) return context.skip('needs user namespaces and tmpfs, which this machine does not allow')
  assert.match(String(ran.stdout), /^storage_full 1$/m)
  assert.match(
    String(ran.stdout),
    /^said \S*artifacts\/default\/[0-9a-f]{32}\/1 was not stored: .* of 262\.1 kB are free; /m,
  )
  assert.doesNotMatch(String(ran.stdout), /^left/m)
})

test('a pod that starts over a full volume names it by its claim, and leaves nothing of its probe', (context) => {
  const mount = mkdtempSync(join(directory, 'full-'))
  const fill = `head -c 262144 /dev/zero > '${mount}/filler'`
  const ran = onTinyDisk(mount, `${fill}; '${process.execPath}' '${PROBE}' '${mount}'; ls -A '${mount}'`)
  if (ran === null) return context.skip('needs user namespaces and tmpfs, which this machine does not allow')
  const [, said, ...left] = String(ran.stdout).trim().split('\n')
  assert.match(said ?? '', /^storage_full pvc:results\/quant\/a{32}\/1 was not stored: .* 0 B of 262\.1 kB are free; /)
  assert.deepEqual(left, ['filler'])
})
