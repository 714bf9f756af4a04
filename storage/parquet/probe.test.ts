import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createStream } from '../in/synth/splitmix64.ts'
import { probeParquet } from './probe.ts'
import { encodeSnapshotFile } from './snapshot-file.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-probe-'))
after(() => rmSync(root, { recursive: true }))

const good = Buffer.from(
  encodeSnapshotFile([
    { name: 'Permno', kind: 'id', values: Float64Array.from({ length: 200 }, (_, at) => at) },
    { name: 'text', kind: 'text', values: Array.from({ length: 200 }, (_, at) => `T${at}`) },
  ]),
)

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(root, name), bytes)
  return join(root, name)
}

test('files that polars can read pass, and one that it cannot is named by its place', async () => {
  const whole = file('good.parquet', good)
  const bad = file('bad.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(99, 7), Buffer.from('PAR1')]))
  assert.equal(await probeParquet([whole, whole], ['permno', 'text']), null)
  const broken = await probeParquet([whole, bad, whole], ['permno'])
  assert.equal(broken?.index, 1)
  assert.notEqual(broken?.reason, '')
})

test('no damage of a file ends this process: 60 files with changed bytes are read or refused', async () => {
  const draws = createStream(1, 1)
  let refused = 0
  const paths = Array.from({ length: 60 }, (_, variant) => {
    const bytes = Buffer.from(good)
    for (let change = 0; change < 4; change++) {
      const at = variant * 8 + change * 2
      bytes[4 + Math.floor(draws.uniform(at) * (bytes.length - 8))] = Math.floor(draws.uniform(at + 1) * 256)
    }
    return file(`${variant}.parquet`, bytes)
  })
  for (let from = 0; from < paths.length; ) {
    const broken = await probeParquet(paths.slice(from), ['permno', 'text'])
    if (broken === null) break
    refused++
    from += broken.index + 1
  }
  assert.ok(refused > 0, 'no change did any damage')
})
