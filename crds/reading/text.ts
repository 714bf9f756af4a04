/** One manifest may be this large (platform.md 1.4), one text less than a megabyte; more is refused unread. */
export const MAX_MANIFEST_BYTES = 262_144
export const MAX_TEXT_BYTES = 1_000_000

/** A text that may be parsed, or why not and where. */
export type Text =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string; readonly message: string; readonly offset: number }

const encoder = new TextEncoder()
// YAML allows no others, and the parser uses some of them as marks of its own.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/
/** Wherever a line starts so, a document ends, also inside a block or a quoted scalar. */
const MARKER = /^---(?=[\s]|$)/gm

/** Decodes and bounds what is to be read. Never throws. */
export function openText(input: string | Uint8Array): Text {
  const bytes = typeof input === 'string' ? input.length : input.byteLength
  if (bytes >= MAX_TEXT_BYTES) return refused('', tooLarge(bytes), 0)
  const decoded = typeof input === 'string' ? { text: withoutMark(input), bad: -1 } : decode(input)
  const { text } = decoded
  if (decoded.bad >= 0) return refused(text, 'the file is not UTF-8 text', decoded.bad)
  const size = encoder.encode(text).byteLength
  if (size >= MAX_TEXT_BYTES) return refused('', tooLarge(size), 0)

  const control = CONTROL.exec(text)
  if (control !== null) {
    const code = text.charCodeAt(control.index).toString(16).toUpperCase().padStart(4, '0')
    return refused(text, `the file holds the control character U+${code}; a manifest is plain text`, control.index)
  }
  return oversized(text) ?? { ok: true, text }
}

function oversized(text: string): Text | undefined {
  let from = 0
  for (const to of [...[...text.matchAll(MARKER)].map((match) => match.index), text.length]) {
    const size = encoder.encode(text.slice(from, to)).byteLength
    if (size > MAX_MANIFEST_BYTES) {
      return refused(text, `a manifest is ${size} bytes long; allowed: at most ${MAX_MANIFEST_BYTES} (256 KiB)`, from)
    }
    from = to
  }
  return undefined
}

const refused = (text: string, message: string, offset: number): Text => ({ ok: false, text, message, offset })
const tooLarge = (size: number): string =>
  `the file has ${size} bytes; allowed: fewer than ${MAX_TEXT_BYTES}, and at most ${MAX_MANIFEST_BYTES} a manifest`
const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text)

/** The text of the bytes; `bad` is the offset of the first one that is not UTF-8, else -1. */
function decode(bytes: Uint8Array): { text: string; bad: number } {
  // A replacement character decodes back to three bytes that differ from the broken ones.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const again = encoder.encode(text)
  const end = Math.min(bytes.length, again.length)
  let at = 0
  while (at < end && bytes[at] === again[at]) at += 1
  if (at === bytes.length && at === again.length) return { text: withoutMark(text), bad: -1 }
  return { text, bad: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, at)).length }
}
