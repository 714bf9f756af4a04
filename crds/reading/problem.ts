import type { ErrorCode } from '../../core/errors.ts'

/** One thing wrong with a manifest: what, where, and what is allowed. */
export interface Problem {
  readonly code: ErrorCode
  /** Names field, value and what is allowed, in one line. */
  readonly message: string
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** JSON pointer into the document; empty for the whole of it. */
  readonly pointer: string
  /** A guess at what was meant. */
  readonly hint?: string
}

/** Turns offsets into lines and columns. Built in O(n), asked in O(log n). */
export class Lines {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  /** Line and column, both from 1, of an offset. */
  at(offset: number): { line: number; column: number } {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 }
  }
}

/** More are not told apart by anyone; the rest is counted. */
const MOST_PROBLEMS = 100

/** Collects the problems of one text. */
export class Problems {
  readonly list: Problem[] = []
  readonly #file: string
  readonly #lines: Lines
  #left = 0

  constructor(file: string, text: string) {
    this.#file = file
    this.#lines = new Lines(text)
  }

  /** How many were found so far, told or not. */
  get count(): number {
    return this.list.length + this.#left
  }

  /** Whether further problems are only counted. */
  get isFull(): boolean {
    return this.list.length >= MOST_PROBLEMS
  }

  add(found: { code: ErrorCode; message: string; offset: number; pointer: string; hint?: string | undefined }): void {
    if (this.isFull) {
      this.#left += 1
      return
    }
    const { code, message, offset, pointer, hint } = found
    const place = { file: this.#file, ...this.#lines.at(offset), pointer }
    this.list.push(hint === undefined ? { code, message, ...place } : { code, message, ...place, hint })
  }

  /** Every problem in the order of the text, with a last one that counts those left out. */
  sorted(): readonly Problem[] {
    const sorted = this.list.toSorted((a, b) => a.line - b.line || a.column - b.column)
    const last = sorted.at(-1)
    if (this.#left === 0 || last === undefined) return sorted
    return [
      ...sorted,
      {
        ...last,
        code: 'config_invalid',
        pointer: '',
        message: `at least ${this.#left} further problems are not shown`,
      },
    ]
  }
}

/** One step of a JSON pointer, escaped (RFC 6901). */
export function step(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** A pointer as people write a path: `/spec/decayHorizons/0` -> `spec.decayHorizons[0]`. */
export function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`))
    .join('')
}

const SHOWN_LETTERS = 60

/** A value as a message shows it: JSON, cut short. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length <= SHOWN_LETTERS ? text : `${text.slice(0, SHOWN_LETTERS)}…`
}
