import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createFile, ensureDirectory, publishDirectory, replaceFile, syncFile, writeNewFile } from './durable-files.ts'
import { tryLock } from './file-lock.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-durable-'))
after(() => rmSync(root, { recursive: true }))
let count = 0
const room = () => {
  const path = join(root, `room-${count++}`)
  mkdirSync(path)
  return path
}

test('a replaced file holds the new bytes and no scratch file stays', async () => {
  const at = room()
  writeFileSync(join(at, 'a'), 'old')
  await replaceFile(join(at, 'a'), 'new', join(at, '.scratch'))
  assert.equal(readFileSync(join(at, 'a'), 'utf8'), 'new')
  assert.deepEqual(readdirSync(at), ['a'])
})

test('of many who create one file exactly one succeeds, and its bytes stay', async () => {
  const at = room()
  const wins = await Promise.all(
    Array.from({ length: 20 }, (_, i) => createFile(join(at, 'a'), `${i}`, join(at, `.s${i}`))),
  )
  assert.equal(wins.filter(Boolean).length, 1)
  assert.equal(readFileSync(join(at, 'a'), 'utf8'), `${wins.indexOf(true)}`)
  assert.deepEqual(readdirSync(at), ['a'])
})

test('a directory is published once; a second one is told that the name is taken and nothing is replaced', async () => {
  const at = room()
  for (const name of ['one', 'two']) {
    await ensureDirectory(join(at, name))
    await writeNewFile(join(at, name, 'who'), name)
    await syncFile(join(at, name, 'who'))
  }
  assert.equal(await publishDirectory(join(at, 'one'), join(at, 'final')), true)
  assert.equal(await publishDirectory(join(at, 'two'), join(at, 'final')), false)
  assert.equal(readFileSync(join(at, 'final', 'who'), 'utf8'), 'one')
  assert.deepEqual(readdirSync(at).sort(), ['final', 'two'])
})

test('a file of the system that cannot be written is a storage error that names the path', async () => {
  const at = join(root, 'absent', 'file')
  await assert.rejects(writeNewFile(at, ''), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'storage_error')
    assert.ok(error.message.includes(at))
    return true
  })
})

test('a new file is never written through a symlink', async () => {
  const at = room()
  symlinkSync(join(at, 'target'), join(at, 'link'))
  await assert.rejects(writeNewFile(join(at, 'link'), 'x'), { code: 'storage_error' })
})

test('a lock has one holder and is free again after release', () => {
  const path = join(room(), 'lock')
  const lock = tryLock(path)
  assert.notEqual(lock, null)
  assert.equal(tryLock(path), null)
  lock?.release()
  const again = tryLock(path)
  assert.notEqual(again, null)
  again?.release()
})

test('a lock on a symlink is refused', () => {
  const at = room()
  symlinkSync(join(at, 'target'), join(at, 'lock'))
  assert.throws(() => tryLock(join(at, 'lock')), { code: 'storage_error' })
})

test('a lock of a killed process is free at once', async () => {
  const path = join(room(), 'lock')
  const source = `const { tryLock } = await import(${JSON.stringify(new URL('./file-lock.ts', import.meta.url).href)})
    tryLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  const taken = tryLock(path)
  child.kill('SIGKILL')
  await ended
  assert.equal(taken, null)
  const lock = tryLock(path)
  assert.notEqual(lock, null)
  lock?.release()
})
