import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sha256Hex } from '../../core/identity.ts'
import { artifactTables } from '../../storage/out/artifact-tables.ts'
import { encodeWhole } from '../../storage/parquet/encode.ts'
import { ROW_GROUP_ROWS } from '../../storage/parquet/row-groups.ts'
import { ARTIFACTS } from '../../storage/parquet/schemas.ts'
import { sampleResult } from './sample-result.ts'

const REQUIREMENTS = ['pyarrow==26.0.1', 'polars==2.1.0']
const directory = mkdtempSync(join(tmpdir(), 'hindcast-python-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** Prints, for every file and both readers, what an independent eye sees; NaN cannot be JSON, so it is counted. */
const READER = `
import json, math, sys
import polars, pyarrow.parquet as pq

def column(values):
    finite = [v for v in values if not (isinstance(v, float) and math.isnan(v))]
    return {"nan": len(values) - len(finite), "first": [str(v) for v in finite[:3]]}

seen = {}
for path in sys.argv[1:]:
    parquet = pq.ParquetFile(path)
    meta = parquet.metadata
    table = parquet.read()
    frame = polars.read_parquet(path)
    groups = [meta.row_group(g) for g in range(meta.num_row_groups)]
    seen[path] = {
        "rows": meta.num_rows,
        "groups": [g.num_rows for g in groups],
        "created_by": meta.created_by,
        "codecs": sorted({g.column(c).compression for g in groups for c in range(meta.num_columns)}),
        "null_counts": [table.column(n).null_count for n in table.column_names],
        "stat_nulls": sorted({g.column(c).statistics.null_count for g in groups for c in range(meta.num_columns)}),
        "arrow": {f.name: str(f.type) for f in table.schema},
        "polars": {n: str(t) for n, t in frame.schema.items()},
        "polars_nulls": [frame[n].null_count() for n in frame.columns],
        "values": {n: column(table.column(n).to_pylist()) for n in table.column_names},
        "polars_values": {n: column(frame[n].to_list()) for n in frame.columns},
    }
json.dump(seen, sys.stdout)
`

/** A Python with the readers, kept outside the checkout for the next time; or why there is none. */
function python(): { path: string } | { missing: string } {
  const probe = spawnSync('python3', ['-c', 'import venv, sys; print(sys.version_info >= (3, 10))'], {
    encoding: 'utf8',
  })
  if (probe.status !== 0 || !probe.stdout.startsWith('True')) return { missing: 'there is no Python 3.10 with venv' }
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hindcast')
  const place = join(cache, `python-readers-${sha256Hex(REQUIREMENTS.join()).slice(0, 12)}`)
  const path = join(place, 'bin', 'python')
  if (existsSync(join(place, 'complete'))) return { path }
  rmSync(place, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  const made = spawnSync('python3', ['-m', 'venv', place], { encoding: 'utf8' })
  if (made.status !== 0) return { missing: `no virtual environment could be made: ${made.stderr.slice(-200)}` }
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--only-binary',
    ':all:',
    ...REQUIREMENTS,
  ]
  const installed = spawnSync(path, pip, { encoding: 'utf8', timeout: 1_200_000 })
  if (installed.status !== 0) return { missing: `pip could not install the readers: ${installed.stderr.slice(-200)}` }
  writeFileSync(join(place, 'complete'), '')
  return { path }
}

const ARROW = { date: 'date32[day]', int32: 'int32', int64: 'int64', float64: 'double' }
const POLARS = { date: 'Date', int32: 'Int32', int64: 'Int64', float64: 'Float64' }

test('pyarrow and polars see the types of the contract, snappy, NaN as NaN and no null', async (context) => {
  const found = python()
  if ('missing' in found) return context.skip(found.missing)
  const large = { days: 300, names: 600 }
  const tables = artifactTables(sampleResult({ ...large, costs: true, quantiles: true, blend: true }))
  const paths = new Map<string, string>()
  for (const { artifact, source } of tables) {
    const path = join(directory, ARTIFACTS[artifact].file)
    writeFileSync(path, await encodeWhole(ARTIFACTS[artifact], source))
    paths.set(artifact, path)
  }
  const ran = spawnSync(found.path, ['-c', READER, ...paths.values()], { encoding: 'utf8', maxBuffer: 1 << 26 })
  assert.equal(ran.status, 0, ran.stderr)
  const seen = JSON.parse(ran.stdout)
  for (const [artifact, path] of paths) {
    const { columns } = ARTIFACTS[artifact as keyof typeof ARTIFACTS]
    const file = seen[path]
    const types = (of: Record<string, string>) => Object.fromEntries(columns.map(({ name, type }) => [name, of[type]]))
    assert.deepEqual(file.arrow, types(ARROW), artifact)
    assert.deepEqual(file.polars, types(POLARS), artifact)
    assert.deepEqual(
      Object.keys(file.arrow),
      columns.map(({ name }) => name),
      artifact,
    )
    assert.deepEqual([file.codecs, file.stat_nulls, file.created_by], [['SNAPPY'], [0], 'hindcast'], artifact)
    assert.ok(
      [...file.null_counts, ...file.polars_nulls].every((nulls) => nulls === 0),
      artifact,
    )
    assert.deepEqual(file.polars_values, file.values, artifact)
    assert.ok(
      file.groups.slice(0, -1).every((rows: number) => rows === ROW_GROUP_ROWS),
      artifact,
    )
  }
  const signals = seen[paths.get('dailySignals') as string]
  assert.equal(signals.groups.length, 2)
  assert.ok(signals.values.signal.nan > 0)
  assert.deepEqual(signals.values.date.first, ['2015-01-01', '2015-01-01', '2015-01-01'])
  assert.deepEqual(signals.values.permno.first, ['10001', '10008', '10015'])
})
