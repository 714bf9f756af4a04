import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALPHAS } from '../../engine/alphas/index.ts'
import type { Generated } from './generated.ts'

const FILE = 'engine/alphas/catalogue.ts'
/** What stands before this line is written by hand: the types, which the alphas themselves use. */
const MARK = 'export const ALPHA_CATALOGUE: readonly AlphaEntry[] = '

/** The catalogue of alphas as plain data, from what each alpha says of itself. */
export function generateCatalogue(root: string): Generated {
  const current = readFileSync(join(root, FILE), 'utf8')
  const types = current.slice(0, current.indexOf(MARK))
  const entries = ALPHAS.map((alpha) => alpha.entry)
  return { [FILE]: `${types}${MARK}${literal(entries, '')}\n` }
}

/** A value as TypeScript in the house's format: objects one member a line, lists of plain values in one. */
export function literal(value: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object')) return `[${value.map((item) => literal(item, '')).join(', ')}]`
    return `[\n${value.map((item) => `${inner}${literal(item, inner)},\n`).join('')}${indent}]`
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${inner}${key}: ${literal(member, inner)},\n`)
    return `{\n${members.join('')}${indent}}`
  }
  if (typeof value !== 'string') return JSON.stringify(value)
  return value.includes("'") ? JSON.stringify(value) : `'${value.replaceAll('\\', '\\\\')}'`
}
