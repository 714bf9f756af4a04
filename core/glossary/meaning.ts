import type { NumberStyle } from '../number-text.ts'

/** What a reader must know about one number to use it. */
export interface Meaning extends NumberStyle {
  /** Words for a tile or the head of a row. */
  readonly title: string
  /** One or two sentences: what is computed, over what, with which choices. */
  readonly definition: string
  /** When the value is NaN or absent, in words that follow "n/a:". */
  readonly absent: string
}

export type Meanings = Readonly<Record<string, Meaning>>
