import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'oxc-parser'

export const ROOT = join(import.meta.dirname, '../..')

/** A node of the ESTree that oxc-parser gives. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** One source file, parsed. */
export interface Source {
  /** From the top of the checkout, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: Node
}

/** Parses one file's text; throws with its path on a syntax error, so that nothing is passed over. */
export function parseSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  return { path, text, program: program as unknown as Node }
}

/** Every file git tracks or would track, whatever its kind. */
export function everyFile(): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return stdout.split('\0').filter((path) => path !== '')
}

/** Every TypeScript file of the checkout, parsed. */
export function everySource(): Source[] {
  return everyFile()
    .filter((path) => path.endsWith('.ts') && !path.includes('/generated/'))
    .map((path) => parseSource(path, readFileSync(join(ROOT, path), 'utf8')))
}

/** Calls `visit` for every node of the tree, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node)
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

/** 1-based line of an offset. */
export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length
}
