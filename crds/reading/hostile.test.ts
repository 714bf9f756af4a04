import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { readManifest } from '../read-manifest.ts'

const HEAD = 'apiVersion: hindcast.dev/v1alpha1\nkind: Backtest\nmetadata: {name: a}\n'
const SPEC = 'dataset: sp500, alpha: {name: momentum}, startDate: 2015-01-02, endDate: 2015-12-31'
const GOOD = `${HEAD}spec: {${SPEC}}\n`
const read = (text: string | Uint8Array) => readManifest(text, { file: 'm.yaml', today: '2026-11-22' })
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)))
const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('')
const given = (field: string): string => `${HEAD}spec: {${SPEC}, ${field}}`

const bombLine = (i: number): string => `a${i + 1}: &a${i + 1} [${times(9, () => `*a${i}, `)}]\n`
const BOMB = `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${times(12, bombLine)}`

const MERGE_BOMB = `a: &a {${times(2000, (i) => `k${i}: 1, `)}}\nb: {<<: [${times(500, () => '*a, ')}]}`
const PROTO_PARAMETER = GOOD.replace('{name: momentum}', '{name: momentum, parameters: {__proto__: {lookbackDays: 1}}}')
const HALF_CHARACTER = GOOD.replace('{name: a}', '{name: a, annotations: {hindcast.dev/created-by: "\\ud800"}}')

/** Inputs that are refused: what stands at the place that is blamed, and the words that say what is wrong. */
const REFUSED: readonly [title: string, input: string | Uint8Array, blamed: string, message: RegExp][] = [
  ['nothing', '', '', /holds no manifest/],
  ['white space', ' \n\n  ', ' ', /holds no manifest/],
  ['comments', '# a\n# b\n', '# a', /holds no manifest/],
  ['empty documents', '---\n---\n...\n---\nnull\n', '---', /holds no manifest/],
  ['a NUL', 'a\nb\0c', '\0c', /control character U\+0000/],
  ['another control character', 'a: "\u0007"', '\u0007', /control character U\+0007/],
  ['bytes that are not UTF-8', bytes('a: é\nb: ', [0xff], 'c'), '\ufffdc', /not UTF-8/],
  ['UTF-16', bytes([0xff, 0xfe, 0x61, 0x0a]), '\ufffd\ufffda', /not UTF-8/],
  ['half of a character at the end', bytes(GOOD, [0xc3]), '\ufffd', /not UTF-8/],
  ['a million bytes', 'x'.repeat(1_000_000), '', /1000000 bytes; allowed: fewer than 1000000/],
  ['a million bytes in few characters', 'é'.repeat(500_000), '', /1000000 bytes/],
  ['256 KiB and one byte', `${GOOD}---\n${'#'.repeat(262_141)}`, '---', /262145 bytes long; allowed: at most 262144/],
  ['an alias bomb', BOMB, 'x,', /more than 50000 values, aliases counted in full/],
  ['a merge bomb', MERGE_BOMB, 'k', /more than 50000 values/],
  ['an alias of itself', 'a: &a [*a]', '*a]', /the alias \*a contains itself/],
  ['an alias of nothing', 'a: *b', '*b', /the alias \*b has no anchor/],
  ['an alias before its anchor', 'a: *b\nb: &b 1', '*b', /the alias \*b has no anchor/],
  ['brackets a thousand deep', '['.repeat(1000), '[[', /nesting deeper than 64 levels/],
  ['braces a thousand deep', '{a: '.repeat(1000), 'a: {', /nesting deeper than 64 levels/],
  ['dashes a thousand deep', '- '.repeat(1000), ' - ', /nesting deeper than 64 levels/],
  ['keys a thousand deep', '? '.repeat(1000), ' ? ', /nesting deeper than 64 levels/],
  ['a hundred thousand commas', `[${','.repeat(120_000)}]`, ',,', /more than 100000 words and signs/],
  ['a key twice', `${GOOD}metadata: {}`, 'metadata: {}', /metadata: stands twice/],
  ['a tag that asks for code', given('priority: !!js/function "x"'), '!!js', /the tag is not allowed/],
  ['a tag of its own', given('priority: !secret high'), '!secret', /the tag is not allowed/],
  ['a tag of YAML that JSON has no word for', given('priority: !!binary aGk='), 'aGk=', /has the tag/],
  ['a tab as indentation', `${HEAD}spec:\n\tdataset: a`, '\tdataset', /tab cannot indent/],
  ['a bracket that never closes', `${HEAD}spec: [`, '', /not YAML/],
  ['a merge of a word', given('costModel: {<<: x}'), 'x}', /can merge objects only/],
  ['a key that is a list', given('? [a] : b'), '[a]', /a key that is not a word/],
  ['an empty key', given('? : b'), ': b', /an empty key/],
  ['a key that is null', given('~: b'), '~: b', /an empty key/],
  ['a number that is none', given('costModel: {bpsPerTrade: .nan}'), '.nan', /\.nan is not a finite number/],
  ['a number without end', given('costModel: {bpsPerTrade: -.inf}'), '-.inf', /-\.inf is not a finite number/],
  ['a number beyond all doubles', given('costModel: {bpsPerTrade: 1e999}'), '1e999', /1e999 is not a finite number/],
  ['a yes', given('suspend: yes'), 'yes', /"yes" is a boolean to kubectl/],
  ['an Off', given('suspend: Off'), 'Off', /"Off" is a boolean to kubectl/],
  ['a no as a name', GOOD.replace('name: a', 'name: no'), 'no}', /"no" is a boolean to kubectl/],
  ['an on as a key', given('on: 1'), 'on: 1', /"on" is a boolean to kubectl/],
  ['an octal number of old', given('timeoutSeconds: 0755'), '0755', /"0755" is octal to kubectl/],
  ['an octal number of new', given('timeoutSeconds: 0o755'), '0o755', /"0o755" is text to kubectl/],
  ['a binary number', given('timeoutSeconds: 0b1'), '0b1', /"0b1" is binary to kubectl/],
  ['a number with underscores', given('timeoutSeconds: 3_600'), '3_600', /"3_600" is a number to kubectl/],
  ['a prototype', given('__proto__: {dataset: x}'), '__proto__', /spec\.__proto__ is not a field/],
  ['a constructor', given('constructor: {prototype: {x: 1}}'), 'constructor', /spec\.constructor is not a field/],
  ['a prototype among the parameters', PROTO_PARAMETER, '__proto__: {', /__proto__ is not a parameter of momentum/],
  ['half of a character by escape', HALF_CHARACTER, '"\\ud800"', /created-by must be a name/],
  [
    'JSON with a key twice',
    '{"kind": "Backtest",\n "kind": "Regression"}',
    '"kind": "Regression"',
    /kind: stands twice/,
  ],
]

for (const [title, input, blamed, message] of REFUSED) {
  test(`refused: ${title}`, () => {
    const { requests, problems } = read(input)
    assert.deepEqual(requests, [])
    const found = problems.find((problem) => message.test(problem.message))
    assert.ok(found !== undefined, JSON.stringify(problems.slice(0, 3)))
    const text = typeof input === 'string' ? input : new TextDecoder().decode(input)
    const line = text.split('\n')[found.line - 1] ?? ''
    const place = line.slice(found.column - 1)
    assert.ok(
      place.startsWith(blamed) && (blamed !== '' || place === '' || found.column === 1),
      `${found.line}:${found.column}`,
    )
  })
}

const AS_JSON = {
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name: 'a' },
  spec: { dataset: 'a', alpha: { name: 'value' }, startDate: '2015-01-02', endDate: '2015-12-31' },
}

/** Inputs that look odd and are right. */
const ACCEPTED: readonly [title: string, input: string | Uint8Array][] = [
  ['a byte order mark', bytes([0xef, 0xbb, 0xbf], GOOD)],
  ['a byte order mark in a string', `\ufeff${GOOD}`],
  ['lines that end as on Windows', GOOD.replaceAll('\n', '\r\n')],
  ['a document mark, a comment and an end mark', `# head\n---\n${GOOD}...\n`],
  ['JSON indented with tabs', JSON.stringify(AS_JSON, null, '\t')],
  ['a manifest of 256 KiB', `${GOOD}${'#'.repeat(262_144 - GOOD.length)}`],
  [
    'four manifests of 200 KiB',
    times(4, (i) => `---\n${GOOD.replace('name: a', `name: a${i}`)}${'#'.repeat(200_000)}\n`),
  ],
  ['tags of the core', given('priority: !!str high, timeoutSeconds: !!int 300')],
  ['words of YAML 1.1 in quotes', GOOD.replace('name: a', 'name: "no"')],
  ['whole numbers with a point', given('timeoutSeconds: 300.0, costModel: {bpsPerTrade: -0.0}')],
  ['hexadecimal, as kubectl reads it', given('timeoutSeconds: 0x1F4')],
]
for (const [title, input] of ACCEPTED) {
  test(`accepted: ${title}`, () => {
    const { requests, problems } = read(input)
    assert.deepEqual(problems, [])
    assert.ok(requests.length > 0)
  })
}

test('a minus in front of a zero is lost, as it is in canonical JSON', () => {
  const [request] = read(given('costModel: {bpsPerTrade: -0.0}')).requests
  assert.ok(request?.kind === 'Backtest' && Object.is(request.backtest.costModel?.bpsPerTrade, 0))
})

test('an alias is an own copy of its anchor, and a problem in it is shown where it is used', () => {
  const fields = [
    'dataset: &d S',
    'alpha: {name: momentum}',
    'startDate: 2015-01-02',
    'endDate: 2015-12-31',
    'priority: *d',
  ]
  const text = `${HEAD}spec:\n${fields.map((field) => `  ${field}\n`).join('')}`
  assert.deepEqual(
    read(text).problems.map(({ pointer, line }) => ({ pointer, line })),
    [
      { pointer: '/spec/dataset', line: 5 },
      { pointer: '/spec/priority', line: 9 },
    ],
  )
})

test('no more than a hundred problems are told one by one, the others are counted', () => {
  const { problems } = read(`${HEAD}spec:\n${times(5000, (i) => `  k${i}: 1\n`)}`)
  assert.equal(problems.length, 101)
  assert.match(problems.at(-1)?.message ?? '', /at least \d+ further problems/)
})

test('reading bad input leaves the prototypes alone', () => {
  read(given('__proto__: {polluted: 1}, constructor: {prototype: {polluted: 1}}'))
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})
