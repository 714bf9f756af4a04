import { strict as assert } from 'node:assert'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { cli, type Ended, TINY, workFolder } from './cli-process.ts'

const work = workFolder()
const run = (...args: string[]) => cli(args, { cwd: work.dir })
const json = (ended: Ended) => JSON.parse(ended.out)
const CASE = 'momentum_2015_2015'

let snapshotId = ''

before(async () => {
  assert.equal((await run(...TINY)).code, 0)
  snapshotId = json(await run('dataset', 'list', '-o', 'json'))[0].snapshotId
  const config = {
    alpha_name: 'momentum',
    alpha_params: { lookback_days: 60, skip_days: 5 },
    start_date: '2015-06-01',
    end_date: '2015-12-31',
    weight_method: 'zscore',
    random_seed: 42,
    snapshot_id: snapshotId,
  }
  work.write(`approved/${CASE}_config.json`, JSON.stringify(config))
  assert.equal((await run('regression', 'regenerate', 'approved')).code, 0)
})
beforeEach(() => {
  rmSync(work.path('golden_results'), { recursive: true, force: true })
  cpSync(work.path('approved'), work.path('golden_results'), { recursive: true })
})
after(work.remove)

/** Changes the manifest in place. */
function changeManifest(change: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(work.read('golden_results/manifest.json'))
  change(manifest)
  work.write('golden_results/manifest.json', JSON.stringify(manifest))
}

/** Replaces the golden figures and keeps the checksum true: an approved golden that the engine no longer gives. */
async function approve(metrics: Record<string, unknown>): Promise<void> {
  const { createHash } = await import('node:crypto')
  const text = JSON.stringify({ ...JSON.parse(work.read(`golden_results/${CASE}.json`)), ...metrics })
  work.write(`golden_results/${CASE}.json`, text)
  changeManifest((manifest) => {
    const files = manifest.golden_files as { name: string; checksum: string }[]
    const checksum = `sha256:${createHash('sha256').update(text).digest('hex')}`
    manifest.golden_files = files.map((file) => (file.name === `${CASE}.json` ? { ...file, checksum } : file))
  })
}

test('goldens that were just made pass', async () => {
  const ended = await run('regression', 'check', '-o', 'json')
  assert.equal(ended.code, 0)
  assert.deepEqual([json(ended).verdict, json(ended).manifestAgeDays], ['Passed', 0])
})

test('a golden has the seven metrics, and its manifest what is required', () => {
  const golden = JSON.parse(work.read(`golden_results/${CASE}.json`))
  assert.equal(Object.keys(golden).length, 7)
  const manifest = JSON.parse(work.read('golden_results/manifest.json'))
  assert.equal(manifest.dataset_snapshot_id, snapshotId)
  assert.deepEqual(
    manifest.golden_files.map(({ name }: { name: string }) => name),
    [`${CASE}.json`, `${CASE}_config.json`],
  )
  assert.deepEqual(readdirSync(work.path('golden_results')).length, 3)
})

test('a figure that moved by 4 % exits 4 with expected, actual and difference; 0.08 % passes', async () => {
  const { icir } = JSON.parse(work.read(`golden_results/${CASE}.json`))
  await approve({ icir: icir * 1.04 })
  const { code, out, err } = await run('regression', 'check', '--junit', 'junit.xml', '--annotations')
  assert.equal(code, 4)
  assert.match(out, new RegExp(`${CASE}: icir is ${icir}, golden ${icir * 1.04}, off by 3\\.85%`))
  assert.match(err, new RegExp(`^::error title=${CASE}::icir is `, 'm'))
  assert.match(work.read('junit.xml'), /tests="2" failures="1"[\s\S]*<failure/)
  await approve({ icir: icir * 1.0008 })
  assert.equal((await run('regression', 'check')).code, 0)
})

test('a golden changed by hand exits 4 and nothing is computed', async () => {
  work.write(`golden_results/${CASE}.json`, work.read(`golden_results/${CASE}.json`).replace('{', '{ '))
  const { code, out } = await run('regression', 'check')
  assert.equal(code, 4)
  assert.match(out, new RegExp(`^${CASE}\\.json is not what its checksum says`))
})

test('a metric that the golden does not have is named', async () => {
  await approve({ sharpe: 1 })
  assert.match((await run('regression', 'check')).out, /sharpe is missing/)
})

test('old goldens warn, and exit 5 under --stale-policy fail', async () => {
  changeManifest((manifest) => {
    manifest.last_regenerated = '2020-01-01T00:00:00Z'
  })
  const warned = await run('regression', 'check')
  assert.deepEqual([warned.code, /days old, more than 90/.test(warned.err)], [0, true])
  assert.equal((await run('regression', 'check', '--stale-policy', 'fail')).code, 5)
})

test('a snapshot that is not there is an error, never a pass', async () => {
  const config = work.read(`golden_results/${CASE}_config.json`).replace(snapshotId, 'tiny-00000000')
  work.write(`golden_results/${CASE}_config.json`, config)
  const dry = await run('regression', 'regenerate', '--dry-run')
  assert.equal(dry.code, 3)
  assert.match(dry.err, /snapshot "tiny-00000000"/)
})

test('a regeneration overwrites only when it is confirmed with a reason; a dry run writes nothing', async () => {
  const before = work.read('golden_results/manifest.json')
  const refused = await run('regression', 'regenerate', '--confirm')
  assert.deepEqual([refused.code, /--reason/.test(refused.err)], [2, true])
  assert.equal((await run('regression', 'regenerate', '--dry-run')).code, 0)
  assert.equal(work.read('golden_results/manifest.json'), before)
  assert.equal((await run('regression', 'regenerate', '--confirm', '--reason', 'quarterly')).code, 0)
  const { version, previous_version, reason } = JSON.parse(work.read('golden_results/manifest.json'))
  assert.deepEqual([version, previous_version, reason], ['1.1.0', '1.0.0', 'quarterly'])
})

const broken: readonly [title: string, file: string, text: string, says: RegExp][] = [
  ['no manifest field', 'manifest.json', '{}', /manifest\.json: version is missing/],
  ['no JSON', 'manifest.json', '{', /manifest\.json: it is not JSON/],
  ['a golden of words', `${CASE}.json`, '{"icir": "high"}', /icir is neither a number nor null/],
  [
    'a config of an unknown alpha',
    `${CASE}_config.json`,
    '{"alpha_name": "x", "snapshot_id": "tiny-00000000"}',
    /alpha/,
  ],
]
for (const [title, file, text, says] of broken) {
  test(`${title}: exit 3 or 4, and the file is named`, async () => {
    work.write(`golden_results/${file}`, text)
    const { code, out, err } = await run('regression', 'check')
    assert.ok(code === 3 || code === 4, `exit ${code}`)
    assert.match(err + out, new RegExp(file.replace('.', '\\.')))
    if (code === 3) assert.match(err, says)
  })
}
