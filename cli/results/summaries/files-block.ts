import type { Block } from '../../output/blocks.ts'

/** A file that a command wrote, as a path that is short to type. */
export interface SummaryFile {
  readonly label: string
  readonly path: string
}

/** Where the files are. */
export function filesBlock(files: readonly SummaryFile[]): Block {
  return { name: 'files', lines: files.map(({ label, path }) => ({ label, value: path })) }
}
