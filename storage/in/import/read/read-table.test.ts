import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { HindcastError } from '../../../../core/errors.ts'
import { NO_DATE } from '../../../../engine/panel.ts'
import { NATIVE_PRICES } from '../presets/native.ts'
import { dateColumn, numberColumn, placeOf, RAW, textColumn } from './raw-table.ts'
import { readTable } from './read-table.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-read-table-'))
after(() => rmSync(root, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(root, name), content)
  return join(root, name)
}

test('a column that one file lacks is blank in its rows and kept in the others, wherever they stand', async () => {
  const whole = file('whole.csv', 'permno,date,ret,prc,ticker\n1,20200102,0.5,9,A\n')
  const bare = file('bare.csv', 'ret,date,permno\n0.25,20200103,2\n')
  for (const order of [
    [whole, bare, whole],
    [bare, whole, bare],
  ]) {
    const table = await readTable(order, NATIVE_PRICES)
    const lacks = order.map((path) => path === bare)
    const prc = numberColumn(table, 'prc')!
    assert.deepEqual(
      [...prc.values],
      lacks.map((lack) => (lack ? NaN : 9)),
    )
    assert.deepEqual(
      [...prc.state],
      lacks.map((lack) => (lack ? RAW.null : RAW.value)),
    )
    assert.deepEqual(
      [...textColumn(table, 'ticker')!.values],
      lacks.map((lack) => (lack ? -1 : 0)),
    )
    assert.deepEqual(placeOf(table, 1), { file: order[1], row: 2 })
    assert.deepEqual(table.absent.has('prc'), true)
  }
})

test('words for nothing are nulls, NaN and infinities are values for the rule to judge', async () => {
  const cells = ['', ' ', 'null', 'NA', 'N/A', '.', 'None', 'nan', '-inf', 'Infinity']
  const rows = cells.map((cell) => `1,20200102,${cell}\n`).join('')
  const ret = numberColumn(await readTable([file('words.csv', `permno,date,ret\n${rows}`)], NATIVE_PRICES), 'ret')!
  assert.deepEqual([...ret.state], [...Array(7).fill(RAW.null), ...Array(3).fill(RAW.value)])
  assert.deepEqual([...ret.values].slice(7), [NaN, -Infinity, Infinity])
})

test('a blank date is no date', async () => {
  const table = await readTable([file('blank.csv', 'permno,date,ret\n1,,1\n')], NATIVE_PRICES)
  assert.deepEqual([...dateColumn(table, 'date')!.values], [NO_DATE])
})

const faults: [title: string, files: string[], message: RegExp][] = [
  ['the first bad row is told, whatever its column', ['1,20200102,x\n1,2020010,1\n'], /0\.csv, row 2, column ret/],
  ['the first bad column of a row is told', ['1,2020010,x\n'], /0\.csv, row 2, column date/],
  ['a bad cell before a ragged row is told', ['1,20200102,x\n1,2\n'], /0\.csv, row 2, column ret/],
  ['a ragged row before a bad cell is told', ['1,2\n1,20200102,x\n'], /0\.csv, row 2: has 2 fields/],
  ['a bad cell of an earlier file is told', ['1,20200102,x\n', '1,2\n'], /0\.csv, row 2, column ret/],
  ['a bad cell of a later file is told', ['1,20200102,1', '\n\n1,20200102,"1,5"\n'], /1\.csv, row 4.*a decimal comma/],
  ['a quote inside a field is shown', ['1,20200102,1"5\n'], /row 2, column ret: "1\\"5" is not a number/],
]
for (const [title, texts, message] of faults) {
  test(title, async () => {
    const paths = texts.map((text, at) => file(`fault-${at}.csv`, `permno,date,ret\n${text}`))
    await assert.rejects(readTable(paths, NATIVE_PRICES), { code: 'data_invalid', message })
  })
}

const good = Buffer.from(`permno,date,ret,ticker\r\n${'7,2020-01-02,"0.5","A ""B"""\r\n'.repeat(5)}`)
const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), cut: fc.boolean() })

test('whatever the bytes, a file is read or refused in one line', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      let bytes = Buffer.from(good)
      for (const { at, byte, cut } of changes) {
        bytes[at % bytes.length] = byte
        if (cut) bytes = bytes.subarray(0, Math.max(1, at))
      }
      try {
        await readTable([file('any.csv', bytes)], NATIVE_PRICES)
      } catch (error) {
        assert.ok(error instanceof HindcastError, String(error))
        assert.match(error.code, /^data_/)
        assert.ok(!/[\n\p{Cc}]/u.test(error.message), error.message)
      }
    }),
    { numRuns: 300 },
  )
})
