import { Composer, type Document, Lexer, Parser } from 'yaml'
import { locate } from './locate.ts'
import type { Located } from './located.ts'
import type { Problems } from './problem.ts'

/** A resource needs about 15 levels with all that Kubernetes adds; an attack needs thousands. */
const MAX_DEPTH = 64
/** Words and signs of one document: what fits in 256 KiB of text a person would write, and a tenth of what could. */
const MAX_TOKENS = 100_000
/** How the lexer announces a document. */
const DOCUMENT_MARK = '\u0002'

/** A document of a text; `sound` where no problem was found yet. */
export interface ReadDocument {
  readonly root: Located
  readonly sound: boolean
}

/** Reads every document of a bounded text. What cannot be read becomes a problem; empty documents are left out. */
export function readDocuments(text: string, problems: Problems): readonly ReadDocument[] {
  const source = isJson(text) ? text.replaceAll('\t', ' ') : text
  const found: ReadDocument[] = []
  for (const document of compose(source, problems)) {
    const before = problems.count
    // One slip makes the parser complain many times; the first complaint is the one to read.
    const fault = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0])[0]
    if (fault !== undefined) {
      problems.add({ code: 'config_invalid', message: faultMessage(fault), offset: fault.pos[0], pointer: '' })
    }
    if (document.errors.length > 0 || document.contents === null) continue
    const root = locate(document.contents, problems)
    if (root === undefined || isNothing(root)) continue
    found.push({ root, sound: problems.count === before })
  }
  return found
}

const isNothing = (root: Located): boolean => root.kind === 'scalar' && root.value === null && root.suspect !== true

/** JSON may be indented with tabs, which YAML takes amiss; a raw tab can stand in no string of JSON. */
function isJson(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function* compose(source: string, problems: Problems): Generator<Document.Parsed> {
  const parser = new Parser()
  // Keys are compared by us: the composer's own comparison is quadratic.
  const composer = new Composer({ uniqueKeys: false, version: '1.2', schema: 'core', merge: false, stringKeys: false })
  let tokens = 0
  for (const lexeme of new Lexer().lex(source)) {
    for (const token of parser.next(lexeme)) yield* composer.next(token)
    tokens = lexeme === DOCUMENT_MARK ? 0 : tokens + 1
    const excess = parser.stack.length > MAX_DEPTH ? `nesting deeper than ${MAX_DEPTH} levels` : undefined
    const flood = tokens > MAX_TOKENS ? `more than ${MAX_TOKENS} words and signs` : undefined
    if (excess !== undefined || flood !== undefined) {
      const message = `the document goes beyond what is read here: ${excess ?? flood}`
      problems.add({ code: 'config_invalid', message, offset: Math.min(parser.offset, source.length), pointer: '' })
      return
    }
    if (problems.isFull) return
  }
  for (const token of parser.end()) yield* composer.next(token)
  yield* composer.end(false, source.length)
}

function faultMessage(fault: { code: string; message: string }): string {
  const first = fault.message.split('\n', 1)[0]!
  if (fault.code === 'TAG_RESOLVE_FAILED') return `the tag is not allowed: ${first}`
  if (fault.code === 'TAB_AS_INDENT') return 'a tab cannot indent YAML; use spaces'
  return `this is not YAML: ${first}`
}
