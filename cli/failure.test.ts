import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ERRORS, type ErrorCode, HindcastError } from '../core/errors.ts'
import { describeFailure, formatFault } from './failure.ts'
import { plainStyle } from './terminal.ts'

const describe = (thrown: unknown, debug = false) =>
  describeFailure(thrown, { debug, style: plainStyle, newId: () => 'abcdef0123456789abcdef0123456789' })

for (const code of Object.keys(ERRORS) as ErrorCode[]) {
  test(`${code} exits with the code of its row and shows no stack`, () => {
    const { text, exitCode } = describe(new HindcastError(code, 'what, where, allowed'))
    assert.equal(exitCode, ERRORS[code].cli)
    assert.match(text, /what, where, allowed/)
    assert.doesNotMatch(text, /\n\s+at /)
  })
}

test('anything that is no HindcastError is an internal error with an id, exit 1', () => {
  const { text, exitCode } = describe(new TypeError('x is undefined\nsecond line'))
  assert.equal(exitCode, 1)
  assert.match(text, /^internal error abcdef01: x is undefined\n {2}Run it again with HINDCAST_DEBUG=1/)
})

test('the stack comes with debug alone', () => {
  assert.match(describe(new TypeError('x'), true).text, /\n {4}at /)
})

test('a field is written as people write it', () => {
  const error = new HindcastError('dataset_not_found', 'gone', { field: '/spec/alpha/blend/of/0/name' })
  assert.match(describe(error).text, /^error: gone\n {2}field spec\.alpha\.blend\.of\[0\]\.name\n$/)
})

const systemErrors: readonly [code: string, exit: number, says: RegExp][] = [
  ['ENOSPC', 3, /error: \/a: the disk is full \(ENOSPC\)/],
  ['EROFS', 3, /error: \/a: the file system is read-only \(EROFS\)/],
  ['EACCES', 3, /error: \/a: permission denied \(EACCES\)/],
  ['ENOTDIR', 3, /error: \/a: a part of the path is a file/],
]
for (const [code, exit, says] of systemErrors) {
  test(`${code} from the file system is a storage error that names the path`, () => {
    const { text, exitCode } = describe(Object.assign(new Error('raw'), { code, path: '/a' }))
    assert.equal(exitCode, exit)
    assert.match(text, says)
  })
}

test('control characters of an input never reach the terminal', () => {
  const { text } = describe(new HindcastError('usage', 'name \u001b[31mred\u0007'))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\u0000-\u001f]/)
})

test('a fault stands behind file, line and column, its hint below', () => {
  const fault = { file: 'm.yaml', line: 3, column: 7, message: 'spec.x is wrong', hint: 'did you mean "y"?' }
  assert.equal(formatFault(fault, plainStyle), 'm.yaml:3:7: error: spec.x is wrong\n  did you mean "y"?\n')
})
