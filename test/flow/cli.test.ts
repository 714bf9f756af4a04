import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { cli, type Ended, manifest, TINY, workFolder } from './cli-process.ts'

const work = workFolder()
const run = (...args: string[]) => cli(args, { cwd: work.dir })
const json = (ended: Ended) => JSON.parse(ended.out)

before(async () => {
  work.write('m.yaml', manifest('first', { costModel: {} }))
  work.write('other.yaml', manifest('other', { alpha: { name: 'reversal' } }))
  assert.equal((await run(...TINY)).code, 0)
})
after(work.remove)

test('a run prints the summary on stdout and nothing else; the record is there afterwards', async () => {
  const { code, out, err } = await run('run', 'm.yaml', '--html', 'report.html', '-q')
  assert.deepEqual({ code, err }, { code: 0, err: '' })
  assert.match(out, /^first {2}completed in /)
  assert.match(out, /^files .*\n.*report +report\.html$/m)
  assert.match(work.read('report.html'), /<html/)
  const list = await run('list')
  assert.match(list.out, /first +completed +momentum +2015-06-01 +2015-12-31/)
})

test('the same question again is answered at once from the files', async () => {
  const [record] = json(await run('run', 'm.yaml', '-o', 'json'))
  assert.deepEqual([record.reused, record.status, record.engineMs], [true, 'completed', 0])
})

test('-o json has one element per resource with the fields of the contract, in order', async () => {
  const records = json(await run('run', 'm.yaml', 'other.yaml', '-o', 'json'))
  assert.deepEqual(
    records.map((record: { name: string }) => record.name),
    ['first', 'other'],
  )
  assert.deepEqual(Object.keys(records[0]), [
    'kind',
    'name',
    'namespace',
    'jobId',
    'status',
    'reused',
    'snapshotId',
    'datasetVersionIds',
    'resultPath',
    'durationMs',
    'engineMs',
    'metrics',
    'error',
    'evidence',
  ])
  assert.deepEqual(Object.keys(records[0].metrics).slice(0, 7), [
    'mean_ic',
    'icir',
    'hit_rate',
    'coverage',
    'long_short_spread',
    'average_turnover',
    'decay_half_life',
  ])
  assert.ok(existsSync(join(records[0].resultPath, 'manifest.json')))
})

test('-o yaml is the same data as -o json', async () => {
  const { parse } = await import('yaml')
  const [yaml, data] = [await run('get', 'first', '-o', 'yaml'), await run('get', 'first', '-o', 'json')]
  assert.deepEqual(parse(yaml.out), json(data))
})

test('one failure does not stop the others, and the exit code is the largest', async () => {
  work.write('gone.yaml', manifest('gone', { dataset: 'nowhere' }))
  const ended = await run('run', 'gone.yaml', 'm.yaml', '-o', 'json')
  assert.equal(ended.code, 3)
  assert.deepEqual(
    json(ended).map((record: { status: string; error: { class: string } | null }) => [
      record.status,
      record.error?.class,
    ]),
    [
      ['failed', 'dataset_not_found'],
      ['completed', undefined],
    ],
  )
})

test('a job answers to its id, the beginning of its id, its name, and its namespace and name', async () => {
  const { jobId } = json(await run('get', 'first', '-o', 'json'))
  for (const text of [jobId, jobId.slice(0, 8), 'default/first']) {
    assert.equal(json(await run('get', text, '-o', 'json')).jobId, jobId, text)
  }
})

test('a gate that is not met exits 5 and says what the figure was; one that is met exits 0', async () => {
  const { code, err } = await run('run', 'm.yaml', '--require', 'icir>=99', '--require', 'average_turnover<99')
  assert.equal(code, 5)
  assert.match(err, /^first: gate not met: icir>=99: icir is -?\d/)
  assert.equal((await run('run', 'm.yaml', '--require', 'coverage>0')).code, 0)
})

test('--verify computes again and finds every byte the same', async () => {
  const { code, err } = await run('run', 'other.yaml', '--verify')
  assert.equal(code, 0)
  assert.match(err, /^other: verified: \d+ files equal byte for byte/m)
})

test('rerun computes under the next attempt, and the result is the same', async () => {
  const before = json(await run('get', 'first', '-o', 'json'))
  assert.equal((await run('rerun', 'first')).code, 0)
  const again = json(await run('get', 'first', '-o', 'json'))
  assert.deepEqual([again.attempt, again.contentSha256], [before.attempt + 1, before.contentSha256])
})

test('compare marks the best, gives differences to the first, and shows only the fields that differ', async () => {
  const { code, out } = await run('compare', 'first', 'other')
  assert.equal(code, 0)
  assert.match(out, /^alpha\.name +momentum +reversal$/m)
  assert.doesNotMatch(out, /^dataset/m)
  assert.match(out, /^Rank IC .*\*/m)
})

test('export writes tables as CSV and what they come from, with permnos only', async () => {
  assert.equal((await run('export', 'first', 'out')).code, 0)
  assert.match(work.read('out/signals.csv'), /^date,permno,signal\r?\n2015-06-0\d,1\d{4},/)
  assert.ok(readdirSync(work.path('out')).includes('result.json'))
})

test('report writes the page of an earlier result', async () => {
  const { code, out } = await run('report', 'first', '--html', 'again.html')
  assert.deepEqual([code, out], [0, `${work.path('again.html')}\n`])
  assert.match(work.read('again.html'), /<html/)
})

test('files that are gone are computed again under the next attempt', async () => {
  const { resultPath, attempt } = json(await run('get', 'other', '-o', 'json'))
  rmSync(resultPath, { recursive: true })
  const get = await run('get', 'other')
  assert.equal(get.code, 3)
  assert.match(get.err, /artifacts at .* are missing.*hindcast rerun/)
  const [record] = json(await run('run', 'other.yaml', '-o', 'json'))
  assert.deepEqual([record.reused, record.status], [false, 'completed'])
  assert.equal(json(await run('get', 'other', '-o', 'json')).attempt, attempt + 1)
})

test('a file that was changed is tampering: exit 4, and a re-run mends it', async () => {
  const { resultPath } = json(await run('get', 'other', '-o', 'json'))
  const file = join(resultPath, 'daily_ic.parquet')
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)
  const { code, err } = await run('run', 'other.yaml')
  assert.equal(code, 4)
  assert.match(err, /daily_ic\.parquet has the SHA-256/)
  assert.equal((await run('rerun', 'other')).code, 0)
  assert.equal((await run('run', 'other.yaml')).code, 0)
})

test('wait gives the exit code of the job; cancel refuses one that has ended', async () => {
  assert.equal((await run('wait', 'first')).code, 0)
  const { code, err } = await run('cancel', 'first')
  assert.equal(code, 2)
  assert.match(err, /first \([0-9a-f]{32}\) is already completed/)
})

test('records that were lost come back from the files', async () => {
  const before = json(await run('get', 'first', '-o', 'json'))
  rmSync(work.path('.hindcast/ledger'), { recursive: true })
  assert.equal(json(await run('list', '-o', 'json')).length, 0)
  assert.match((await run('migrate', '--recover')).out, /^recovered default\//m)
  const after = json(await run('get', 'first', '-o', 'json'))
  assert.deepEqual([after.jobId, after.attempt, after.metrics], [before.jobId, before.attempt, before.metrics])
  const [record] = json(await run('run', 'm.yaml', '-o', 'json'))
  assert.equal(record.reused, true)
})

test('cleanup says what it would remove, keeps what is pinned, and then removes', async () => {
  assert.equal((await run('cleanup', '--pin', 'first')).code, 0)
  const dry = await run('cleanup', '--older-than', '0', '--dry-run')
  assert.match(dry.out, /would remove 1$/m)
  assert.equal(json(await run('list', '-o', 'json')).length, 2)
  await run('cleanup', '--older-than', '0')
  assert.deepEqual(
    json(await run('list', '-o', 'json')).map((job: { name: string }) => job.name),
    ['first'],
  )
})

test('datasets are listed and shown with versions and quality', async () => {
  const [snapshot] = json(await run('dataset', 'list', '-o', 'json'))
  assert.deepEqual([snapshot.dataset, snapshot.newest, snapshot.names], ['tiny', true, 60])
  assert.match((await run('dataset', 'show', 'tiny')).out, new RegExp(`${snapshot.snapshotId}`))
})

test('manifests on standard input are read with "-"', async () => {
  const { code, out } = await cli(['validate', '-'], { cwd: work.dir, input: manifest('piped') })
  assert.deepEqual({ code, out }, { code: 0, out: '-: Backtest piped is valid\n' })
})

test('a home and its folders are for their owner alone', async () => {
  const { statSync } = await import('node:fs')
  for (const name of ['.hindcast', '.hindcast/datasets', '.hindcast/artifacts']) {
    assert.equal(statSync(work.path(name)).mode & 0o777, 0o700, name)
  }
})

test('a reader that goes away ends the printing, not the command', async () => {
  const { startCli, ended } = await import('./cli-process.ts')
  const child = startCli(['--help'], { cwd: work.dir })
  child.stdout.destroy()
  const { code, err } = await ended(child)
  assert.deepEqual({ code, err }, { code: 0, err: '' })
})

test('a run whose record was lost never takes the number of an attempt that lies on the disk', async () => {
  const before = json(await run('get', 'first', '-o', 'json'))
  rmSync(work.path('.hindcast/ledger'), { recursive: true })
  const [record] = json(await run('run', 'm.yaml', '-o', 'json'))
  assert.deepEqual([record.status, record.reused], ['completed', false])
  assert.equal(json(await run('get', 'first', '-o', 'json')).attempt, before.attempt + 1)
})
