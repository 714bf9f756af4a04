/** The part of an API server's refusal that tells what is wrong. */
interface Refusal {
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
}

/** How the API server names a field in a sentence, where it gives no list of causes; `''` is the whole document. */
const SENTENCES: readonly [pattern: RegExp, pointer: (match: RegExpMatchArray) => string][] = [
  [/unknown field "([^"]*)"/g, (match) => pointerOf(match[1]!)],
  // The document is refused before anything in it is looked at.
  [
    /(?:duplicate field|already set in map|yaml: |error converting YAML|unsupported value|couldn't get version)/g,
    () => '',
  ],
  [/struct field ObjectMeta\./g, () => '/metadata'],
  [/namespaces "[^"]*" not found/g, () => '/metadata/namespace'],
  [/API version in the data|^404 page not found/g, () => '/apiVersion'],
  [/kind in the data|Kind "?[^ ]*"? (?:is|does) not|Object 'Kind' is missing/g, () => '/kind'],
  [/name or generateName is required/g, () => '/metadata/name'],
]

/** JSON pointers of the fields that an answer of the API server blames; empty when it accepts. */
export function blamedFields(answer: unknown): readonly string[] {
  if (typeof answer !== 'string' && (answer as { kind?: string }).kind !== 'Status') return []
  const { message = '', details } = typeof answer === 'string' ? { message: answer } : (answer as Refusal)
  const causes = details?.causes ?? []
  const listed = causes.flatMap(({ field }) => (field === undefined ? [] : [pointerOf(field)]))
  const told = SENTENCES.flatMap(([pattern, pointer]) => [...message.matchAll(pattern)].map(pointer))
  return [...new Set([...listed, ...told])]
}

/** `spec.cases[1].name` as `/spec/cases/1/name`. */
function pointerOf(path: string): string {
  if (path === '' || path === '<nil>') return ''
  const dotted = path.replaceAll(/\[([^\]]*)\]/g, '.$1').replace(/^\./, '')
  return `/${dotted.replaceAll('.', '/')}`
}
