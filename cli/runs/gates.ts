import { HindcastError } from '../../core/errors.ts'
import { didYouMean } from '../../crds/reading/suggest.ts'

type Comparison = '>=' | '<=' | '>' | '<' | '==' | '!='

/** One `--require`: a figure, a comparison and a bound. */
export interface Gate {
  /** As it was typed. */
  readonly text: string
  readonly metric: string
  readonly comparison: Comparison
  readonly bound: number
}

const HOLDS: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  '>=': (value, bound) => value >= bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '<': (value, bound) => value < bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
}

const GATE = /^\s*([a-z][a-z0-9_]*)\s*(>=|<=|==|!=|>|<)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*$/i

const NAMES_A_LINE = 6

/** Reads one `--require` text; throws `usage` for bad syntax or a figure that no kind has. */
export function parseGate(text: string, known: readonly string[]): Gate {
  const match = GATE.exec(text)
  if (match === null) {
    throw new HindcastError(
      'usage',
      `--require "${text}" is not METRIC COMPARISON NUMBER; write it as "icir>=0.5", with one of >= <= > < == !=`,
    )
  }
  const [, metric = '', comparison = '', bound = ''] = match
  if (!known.includes(metric)) {
    const near = didYouMean(metric, known)
    throw new HindcastError(
      'usage',
      `--require "${text}": there is no figure "${metric}"${near === undefined ? ';' : `; ${near}`} ` +
        `known: ${listed(known)}`,
    )
  }
  return { text: text.trim(), metric, comparison: comparison as Comparison, bound: Number(bound) }
}

/** Names in lines that a terminal holds. */
function listed(names: readonly string[]): string {
  const lines: string[] = []
  for (let at = 0; at < names.length; at += NAMES_A_LINE) lines.push(names.slice(at, at + NAMES_A_LINE).join(', '))
  return lines.join(',\n  ')
}

/** Why a gate is not met, or null when it is. A figure that is missing or NaN meets no gate. */
export function gateFault(gate: Gate, metrics: Readonly<Record<string, number | null>>): string | null {
  const value = metrics[gate.metric]
  if (value === undefined || value === null || Number.isNaN(value)) {
    return `${gate.text}: ${gate.metric} is n/a for this run`
  }
  return HOLDS[gate.comparison](value, gate.bound) ? null : `${gate.text}: ${gate.metric} is ${value}`
}
