import { strict as assert } from 'node:assert'
import { cpSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { DATA_CASES } from './bad-data.ts'
import { FLAG_CASES } from './bad-flags.ts'
import { type BadHome, HOME_CASES, HOME_MANIFEST, noMounts, type Undo } from './bad-homes.ts'
import { MANIFEST_CASES } from './bad-manifests.ts'
import { cli, type Ended, listing, TINY, type WorkFolder, workFolder } from './cli-process.ts'

/** Two cores: more processes at once only wait for each other. */
const AT_ONCE = 2

/** A home with the dataset `tiny`, another where a job has run too. Cases work on copies. */
const shared = workFolder()
before(async () => {
  shared.write('m.yaml', HOME_MANIFEST)
  assert.equal((await cli([...TINY, '--home', 'data'], { cwd: shared.dir })).code, 0)
  cpSync(shared.path('data'), shared.path('sound'), { recursive: true })
  assert.equal((await cli(['run', 'm.yaml', '--home', 'sound'], { cwd: shared.dir })).code, 0)
})
after(shared.remove)

test('there are enough of them', () => {
  const lists = [MANIFEST_CASES, DATA_CASES, FLAG_CASES, HOME_CASES]
  assert.ok(lists.flat().length >= 60, `${lists.flat().length} cases`)
  for (const list of lists)
    assert.equal(new Set(list.map(({ title }) => title)).size, list.length, 'a title stands twice')
})

for (const [name, cases, withData] of [
  ['manifests', MANIFEST_CASES, true],
  ['data files', DATA_CASES, false],
  ['flags and environments', FLAG_CASES, true],
] as const) {
  describe(name, { concurrency: AT_ONCE }, () => {
    for (const bad of cases) {
      test(bad.title, async () => {
        const work = workFolder()
        try {
          if (withData) cpSync(shared.path('data'), work.path('.hindcast'), { recursive: true })
          for (const [file, text] of Object.entries(bad.files ?? {})) work.write(file, text)
          await checkRefused(bad, work)
        } finally {
          work.remove()
        }
      })
    }
  })
}

describe('homes and disks', { concurrency: AT_ONCE }, () => {
  for (const bad of HOME_CASES) {
    const skip = bad.mounts === true ? (noMounts() ?? false) : false
    test(bad.title, { skip }, async () => {
      const work = workFolder()
      let undo: Undo = () => {}
      try {
        work.write('m.yaml', HOME_MANIFEST)
        undo = await bad.prepare(work, shared.path('sound'))
        await checkRefused(bad, work)
      } finally {
        undo()
        work.remove()
      }
    })
  }
})

/** Runs the command and holds it to the four promises: its code, one clear message, no stack, nothing left behind. */
async function checkRefused(bad: Omit<BadHome, 'prepare'>, work: WorkFolder): Promise<void> {
  const { args, env, code, says, leaves } = bad
  const before = settled(listing(work.dir))
  const found = await cli(args, { cwd: work.dir, env: env ?? {} })
  const shown = `exit ${found.code}\n${found.err}`
  assert.equal(found.code, code, shown)
  for (const text of says) {
    assert.ok(typeof text === 'string' ? found.err.includes(text) : text.test(found.err), `${text} is not in ${shown}`)
  }
  checkMessage(found, shown)
  const after = settled(listing(work.dir)).filter((line) => before.includes(line) || leaves?.test(line) !== true)
  assert.deepEqual(after, before, shown)
}

function checkMessage({ out, err }: Ended, shown: string): void {
  assert.equal(out, '', shown)
  assert.equal(err.match(/\berror: |: failed: /g)?.length, 1, `one message in ${shown}`)
  assert.doesNotMatch(err, /^\s+at .*[:(]\d+/m, `a stack in ${shown}`)
  assert.doesNotMatch(err, /internal error/, shown)
  assert.ok(
    err.split('\n').every((line) => line.length <= 700),
    shown,
  )
}

/** Records are opened, and so written to, by any command that looks into them: their inside is no trace of an input. */
function settled(files: readonly string[]): string[] {
  return files.filter(
    (line) => !/\/ledger\/|\/home\.lock|\/\.hindcast\/ledger /.test(line) && !/\/requests /.test(line),
  )
}
