import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The date the corpus is judged on. */
export const CORPUS_TODAY = '2026-11-22'

const FOLDER = join(import.meta.dirname, 'corpus')

/** One manifest of the corpus and what must be said of it. */
export interface CorpusCase {
  /** File and title: a name of its own. */
  readonly id: string
  readonly text: string
  /** Null: the manifest is good. */
  readonly wrong: { readonly code: string; readonly pointer: string } | null
  /** The field the API server blames, where it tells less than we do. */
  readonly apiPointer: string | null
  /** Why the API server accepts what we refuse; null: it refuses too. */
  readonly unseen: string | null
}

/** Every case of test/crds/corpus: documents with a head of comments. */
export function readCorpus(): readonly CorpusCase[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const documents = readFileSync(join(FOLDER, file), 'utf8').split(/^---\n/m)
      return documents.slice(1).map((text) => readCase(file, text))
    })
}

function readCase(file: string, text: string): CorpusCase {
  const head = new Map([...text.matchAll(/^# ([a-z-]+): ?(.*)$/gm)].map((match) => [match[1]!, match[2]!] as const))
  const code = head.get('code')
  const pointer = head.get('pointer') ?? ''
  return {
    id: `${file}: ${head.get('case')}`,
    text,
    wrong: code === undefined ? null : { code, pointer },
    apiPointer: head.get('api-pointer') ?? null,
    unseen: head.get('unseen') ?? null,
  }
}

const COMPUTATION: readonly string[] = [
  ...['dataset', 'snapshotId', 'alpha', 'startDate', 'endDate', 'weightMethod', 'decayHorizons'],
  ...['costModel', 'quantiles'],
]

/** Where the other kinds hold the computation of a Backtest, and how they are written around it. */
const HOSTS: Readonly<Record<string, { at: string; wrap: (computation: object) => object }>> = {
  WalkForward: { at: '/backtest', wrap: (backtest) => ({ backtest }) },
  MonteCarlo: { at: '/backtest', wrap: (backtest) => ({ backtest }) },
  Regression: {
    at: '/cases/0/spec',
    wrap: (spec) => ({ runKey: 'a', cases: [{ name: 'momentum_2015_2015', spec, expected: { icir: 1 } }] }),
  },
}

/** Every bad Backtest of the corpus, moved into each of the other kinds: the same rules must hold there. */
export function rehostedCorpus(): readonly CorpusCase[] {
  return readCorpus()
    .filter(({ id, wrong }) => id.startsWith('backtest.bad.yaml') && wrong?.code !== 'config_invalid')
    .flatMap((one) => {
      const { spec, ...frame } = parse(one.text) as { spec: Record<string, unknown> }
      const computation = Object.fromEntries(Object.entries(spec).filter(([key]) => COMPUTATION.includes(key)))
      const run = Object.fromEntries(Object.entries(spec).filter(([key]) => !COMPUTATION.includes(key)))
      return Object.entries(HOSTS).map(([kind, host]) => {
        const pointer = one.wrong!.pointer.slice('/spec'.length)
        const isRun = Object.keys(run).includes(pointer.split('/')[1] ?? '')
        return {
          ...one,
          id: `${kind} of ${one.id}`,
          text: JSON.stringify({ ...frame, kind, spec: { ...host.wrap(computation), ...run } }),
          wrong: { code: one.wrong!.code, pointer: `/spec${isRun ? '' : host.at}${pointer}` },
        }
      })
    })
}
