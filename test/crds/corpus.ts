import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
