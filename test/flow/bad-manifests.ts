import { document, manifest } from './cli-process.ts'

/** What a bad input must do: end with that code, and say that. */
export interface BadCase {
  readonly title: string
  readonly args: readonly string[]
  /** Written into the case's folder before. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly env?: Readonly<Record<string, string>>
  readonly code: 2 | 3
  /** Must stand in the one message: the file and its field or row, or the flag with its value. */
  readonly says: readonly (string | RegExp)[]
}

const PARTS = [
  { name: 'momentum', parameters: {} },
  { name: 'reversal', parameters: {} },
]

/** Text of m.yaml, and what the message must name besides the file. */
const TEXTS: readonly [title: string, text: string | Uint8Array, ...says: (string | RegExp)[]][] = [
  ['an empty file', '', 'm.yaml:1:1', 'no manifest'],
  ['a tab as indentation', 'spec:\n\tdataset: tiny\n', /m\.yaml:2:/],
  ['a bracket that is never closed', 'spec: [1, 2\n', /m\.yaml:\d/],
  ['a key that stands twice', manifest('a').replace('"kind"', '"kind": "Backtest",\n  "kind"'), 'm.yaml:4:3', 'kind'],
  ['aliases that grow without bound', bomb(), /m\.yaml:\d+/, /alias|anchor/i],
  ['text that is not UTF-8', new Uint8Array([0x6b, 0xff, 0xfe, 0x0a]), 'm.yaml:1:2', 'UTF-8'],
  ['a null character', 'kind: Back\u0000test\n', 'm.yaml:1:11', 'control character'],
  ['a file of a megabyte', `# ${'x'.repeat(1_000_000)}\n`, 'm.yaml:1:1', 'bytes'],
  ['a list instead of a manifest', '[1, 2]\n', 'm.yaml:1:1', 'object'],
  ['another API version', manifest('a').replace('v1alpha1', 'v1'), /m\.yaml:2:/, 'apiVersion', 'hindcast.dev/v1alpha1'],
  ['an unknown kind', manifest('a').replace('Backtest', 'Backtst'), 'kind', 'did you mean "Backtest"?'],
  ['no name', manifest('a').replace('"name": "a"', '"namespace": "x"'), 'metadata.name'],
  ['a name with capitals', manifest('Momentum'), 'metadata.name', 'Momentum'],
  ['an unknown field', manifest('a', { datset: 'tiny' }), 'spec.datset', 'did you mean "dataset"?'],
]

/** Fields of a spec that are wrong in one way each. */
const SPECS: readonly [title: string, spec: Record<string, unknown>, ...says: (string | RegExp)[]][] = [
  ['no dataset', { dataset: undefined }, 'spec.dataset'],
  ['a dataset that could be a path', { dataset: '../../etc' }, 'spec.dataset', '../../etc'],
  ['an alpha nobody knows', { alpha: { name: 'momentm' } }, 'spec.alpha.name', 'did you mean "momentum"?'],
  ['both an alpha and a blend', { alpha: { name: 'momentum', blend: { of: PARTS } } }, 'spec.alpha', 'blend'],
  ['a blend of one', { alpha: { blend: { of: PARTS.slice(1) } } }, 'spec.alpha.blend.of'],
  [
    'a parameter nobody knows',
    { alpha: { name: 'reversal', parameters: { skipDays: 1 } } },
    'skipDays',
    'lookbackDays',
  ],
  ['a parameter out of range', { alpha: { name: 'momentum', parameters: { lookbackDays: 0 } } }, 'lookbackDays', '0'],
  ['a parameter of another type', { alpha: { name: 'momentum', parameters: { skipDays: '5' } } }, 'skipDays', '"5"'],
  ['a day the calendar does not have', { startDate: '2015-02-30' }, 'spec.startDate', '2015-02-30'],
  ['an end before the start', { endDate: '2015-01-02' }, 'spec.endDate', 'startDate'],
  ['a period of four weeks', { endDate: '2015-06-28' }, /spec(\.endDate)?/, '30'],
  ['a period before 1990', { startDate: '1980-01-02' }, 'spec.startDate', '1990'],
  ['an end in the future', { endDate: '2099-12-31' }, 'spec.endDate', '2099-12-31'],
  ['a weight method nobody knows', { weightMethod: 'zcore' }, 'spec.weightMethod', 'zscore, quantile, rank'],
  ['horizons that do not rise', { decayHorizons: [5, 1] }, 'spec.decayHorizons'],
  ['a horizon of a year and more', { decayHorizons: [1, 253] }, 'spec.decayHorizons', '253'],
  ['costs below zero', { costModel: { bpsPerTrade: -1 } }, 'spec.costModel.bpsPerTrade', '-1'],
  ['a participation above one', { costModel: { participationLimit: 1.5 } }, 'spec.costModel.participationLimit', '1.5'],
  ['a single bucket', { quantiles: { count: 1 } }, 'spec.quantiles.count', '1'],
  ['a timeout below five minutes', { timeoutSeconds: 299 }, 'spec.timeoutSeconds', '299', '300'],
  ['a timeout of nothing', { timeoutSeconds: 0 }, 'spec.timeoutSeconds', '300'],
  ['too little memory', { memoryLimit: '1Mi' }, 'spec.memoryLimit', '512Mi'],
  ['memory in no unit', { memoryLimit: '4 gigabytes' }, 'spec.memoryLimit', '4 gigabytes'],
  ['no core', { cpu: '0' }, 'spec.cpu', '100m'],
  ['a priority nobody knows', { priority: 'urgent' }, 'spec.priority', 'high, normal, low'],
  ['a snapshot of another dataset', { snapshotId: 'other-00000000' }, 'spec.snapshotId', 'other-00000000'],
]

/** Sound manifests that ask for data which is not there. */
const UNANSWERABLE: readonly [title: string, spec: Record<string, unknown>, ...says: string[]][] = [
  ['a dataset that was never imported', { dataset: 'nowhere' }, 'nowhere', 'spec.dataset', 'known: tiny'],
  ['a snapshot that was never imported', { snapshotId: 'tiny-00000000' }, 'tiny-00000000', 'spec.snapshotId'],
  ['an end after the last price', { endDate: '2020-12-31' }, '2020-12-31', 'spec.endDate', 'last price date'],
]

/** Every bad manifest; they run in a folder where the dataset `tiny` is there. */
export const MANIFEST_CASES: readonly BadCase[] = [
  ...TEXTS.map(([title, text, ...says]) => caseOf(title, text, 2, says)),
  ...SPECS.map(([title, spec, ...says]) => caseOf(title, manifest('a', spec), 2, [/m\.yaml:\d+:\d+/, ...says])),
  ...UNANSWERABLE.map(([title, spec, ...says]) => caseOf(title, manifest('a', spec), 3, says)),
  { title: 'a file that is not there', args: ['run', 'none.yaml'], code: 2, says: ['none.yaml', 'no such file'] },
  { title: 'a folder', args: ['run', '.'], code: 2, says: ['.:1:1', 'folder'] },
  {
    title: 'a bad document behind a good one',
    args: ['run', 'm.yaml'],
    files: { 'm.yaml': `${manifest('a')}---\n${manifest('b', { priority: 'urgent' })}` },
    code: 2,
    says: ['spec.priority', /m\.yaml:3\d:/],
  },
  {
    title: 'a bad file beside a good one',
    args: ['run', 'good.yaml', 'm.yaml'],
    files: { 'good.yaml': manifest('a'), 'm.yaml': manifest('b', { cpu: '0' }) },
    code: 2,
    says: ['m.yaml:', 'spec.cpu', 'nothing was run'],
  },
  {
    title: 'a name that stands twice in one file',
    args: ['run', 'm.yaml'],
    files: { 'm.yaml': `${manifest('a')}---\n${manifest('a', { weightMethod: 'rank' })}` },
    code: 2,
    says: ['m.yaml:', 'metadata.name', 'twice'],
  },
  {
    title: 'a kind that this release validates and does not run',
    args: ['run', 'm.yaml'],
    files: { 'm.yaml': document('Regression', 'golden', { runKey: 'a', goldenRef: { configMap: 'golden' } }) },
    code: 2,
    says: ['m.yaml:3:', 'Regression "golden"', 'this release does not run it'],
  },
]

function caseOf(title: string, text: string | Uint8Array, code: 2 | 3, says: BadCase['says']): BadCase {
  return { title, args: ['run', 'm.yaml'], files: { 'm.yaml': text }, code, says }
}

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, at) => {
    const from = at === 0 ? '"x"' : `*a${at - 1}`
    return `a${at}: &a${at} [${Array.from({ length: 10 }, () => from).join(', ')}]`
  })
  return `${levels.join('\n')}\n`
}
