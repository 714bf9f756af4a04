import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOM = join(import.meta.dirname, '..', '..', 'crds', 'index.ts')

/** Prints every module that the import of the room's public face resolves. */
const SPY = `
  import { registerHooks } from 'node:module'
  const seen = []
  registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context) } })
  await import(${JSON.stringify(ROOM)})
  console.log(JSON.stringify(seen))
`

test('reading manifests loads neither the schema library nor anything of Node', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SPY], { encoding: 'utf8' })
  const seen = JSON.parse(stdout || '[]') as string[]
  assert.ok(seen.includes('yaml') && seen.some((name) => name.endsWith('check.ts')), stderr)
  // The yaml package asks Node for two of its own; the browser build of it does not.
  const ours = seen.filter((name) => name !== 'process' && name !== 'buffer')
  assert.deepEqual(
    ours.filter((name) => name.startsWith('typebox') || name.startsWith('node:')),
    [],
  )
})
