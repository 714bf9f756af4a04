import type { ErrorCode } from '../../core/errors.ts'

/** What a rule may know beyond the manifest itself. */
export interface Facts {
  /** Day number of the checker's own date (UTC). */
  readonly today: number
}

/** One breach a rule found. */
export interface Finding {
  /** JSON pointer below the object the rule stands on; empty for the object itself. */
  readonly at: string
  readonly message: string
  readonly hint?: string
}

/**
 * A rule over several fields, written twice side by side: as CEL for the API server and as a function for
 * `readManifest`. One corpus of manifests (test/crds/corpus) holds the two to the same verdict.
 */
export interface Rule {
  /** Null: the code of the field it stands on. */
  readonly code: ErrorCode | null
  /** Null: the API server cannot see it (today's date, keys that the schema does not know). */
  readonly cel: string | null
  /** The schema itself makes the API server hold the rule, without CEL. */
  readonly bySchema?: true
  /** Asked even where the shape is wrong, so that one slip hides no other; `breaks` takes anything then. */
  readonly always?: true
  /** Texts it looks at, as JSON pointers: where these are sound it is asked although something else is not. */
  readonly reads?: readonly string[]
  /** What must hold, without the path: "must be after startDate". */
  readonly message: string
  /** JSON pointer of the field to blame, below the object the rule stands on. */
  readonly at: string
  /** True, or findings of its own, when `self` (shape checked, defaults filled in) breaks the rule. */
  readonly breaks: (self: never, facts: Facts) => boolean | readonly Finding[]
}
