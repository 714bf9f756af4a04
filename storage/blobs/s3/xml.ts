/** One page of ListObjectsV2. */
export interface ListPage {
  readonly objects: readonly ListedObject[]
  /** Prefixes up to the delimiter, where one was asked for. */
  readonly folders: readonly string[]
  /** Null on the last page. */
  readonly next: string | null
}

export interface ListedObject {
  readonly key: string
  readonly size: number
  /** Milliseconds since 1970, by the server's clock. */
  readonly modifiedMs: number
}

/**
 * The answer to ListObjectsV2 with `encoding-type=url`. The document is flat and its texts are escaped, so each element
 * is found by its tags; an object without a size or a time is an error. Throws RangeError on what is no such answer.
 */
export function parseListing(text: string): ListPage {
  if (!/<ListBucketResult[\s>]/.test(text)) throw new RangeError('not a listing of a bucket')
  const objects = elements(text, 'Contents').map((element) => {
    const size = Number(only(element, 'Size'))
    const modifiedMs = Date.parse(only(element, 'LastModified'))
    if (!Number.isSafeInteger(size) || !Number.isFinite(modifiedMs)) throw new RangeError('a listed object is damaged')
    return { key: decodeKey(only(element, 'Key')), size, modifiedMs }
  })
  const folders = elements(text, 'CommonPrefixes').map((element) => decodeKey(only(element, 'Prefix')))
  const truncated = elements(text, 'IsTruncated')[0]?.trim() === 'true'
  return { objects, folders, next: truncated ? unescaped(only(text, 'NextContinuationToken')) : null }
}

/** The `<Code>` of an error's document: letters only, or null. */
export function codeOfError(text: string): string | null {
  return /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text)?.[1] ?? null
}

function elements(text: string, name: string): string[] {
  return Array.from(text.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g')), ([, inside]) => inside as string)
}

function only(text: string, name: string): string {
  const found = elements(text, name)[0]
  if (found === undefined) throw new RangeError(`a listing without ${name}`)
  return found
}

/** Spaces come as `+`; what cannot be decoded is no key of ours, and stays as it is. */
function decodeKey(text: string): string {
  const plain = unescaped(text)
  try {
    return decodeURIComponent(plain.replaceAll('+', ' '))
  } catch {
    return plain
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});/g, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
