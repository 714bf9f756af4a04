import { join } from 'node:path'
import { goProgram } from './go-program.ts'

export interface UpstreamProblem {
  readonly pointer: string
  readonly message: string
}

export interface UpstreamReply {
  readonly definitions: Readonly<Record<string, readonly UpstreamProblem[]>>
  readonly manifests: Readonly<Record<string, readonly UpstreamProblem[]>>
}

export interface UpstreamRequest {
  readonly definitions: Readonly<Record<string, string>>
  readonly manifests: readonly { readonly id: string; readonly text: string; readonly old?: string }[]
}

/** The API server's own validation, embedded. */
export const { absent: upstreamAbsent, ask: askUpstream } = goProgram<UpstreamRequest, UpstreamReply>(
  join(import.meta.dirname, 'structural'),
)
