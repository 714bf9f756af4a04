import { ALPHA_CATALOGUE, type ParameterSpec } from '../../engine/alphas/catalogue.ts'
import { didYouMean } from '../reading/suggest.ts'
import type { Finding, Rule } from './rule.ts'

type Parameters = Readonly<Record<string, unknown>>
interface Named {
  readonly name?: string
  readonly parameters?: Parameters
}
interface Choice extends Named {
  readonly blend?: unknown
}

/** A parameter name of the catalogue with every alpha that has it. */
export interface KnownParameter {
  readonly name: string
  readonly owners: readonly { readonly alpha: string; readonly spec: ParameterSpec }[]
}

/** Every parameter any alpha has, in the catalogue's order. */
export const KNOWN_PARAMETERS: readonly KnownParameter[] = [
  ...new Set(ALPHA_CATALOGUE.flatMap((alpha) => alpha.parameters.map((spec) => spec.name))),
].map((name) => ({
  name,
  owners: ALPHA_CATALOGUE.flatMap((alpha) =>
    alpha.parameters.filter((spec) => spec.name === name).map((spec) => ({ alpha: alpha.name, spec })),
  ),
}))

export const ALPHA_NAMES: readonly string[] = ALPHA_CATALOGUE.map((alpha) => alpha.name)

/** The widest bounds over all alphas: what the schema can say of a parameter without knowing the alpha. */
export function widestBounds(parameter: KnownParameter): { minimum: number; maximum: number } {
  const bounds = parameter.owners.flatMap(({ spec }) => (spec.type === 'enum' ? [] : [spec]))
  return { minimum: Math.min(...bounds.map((b) => b.minimum)), maximum: Math.max(...bounds.map((b) => b.maximum)) }
}

const celList = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`

/** Parameters that only some alphas have. */
function ownership(parameter: KnownParameter): Rule {
  const owners = parameter.owners.map((owner) => owner.alpha)
  return {
    code: 'invalid_alpha_params',
    cel:
      `!has(self.name) || !has(self.parameters) || !has(self.parameters.${parameter.name}) || ` +
      `self.name in ${celList(owners)}`,
    message: `belongs to ${owners.join(', ')} only`,
    at: `/parameters/${parameter.name}`,
    breaks: (self: Named) => {
      if (self.name === undefined || self.parameters === undefined) return false
      if (!Object.hasOwn(self.parameters, parameter.name) || owners.includes(self.name)) return false
      return [strayParameter(self.name, parameter.name, `/parameters/${parameter.name}`)]
    },
  }
}

/** Bounds of one alpha that are narrower than the widest. */
function narrowing(parameter: KnownParameter): Rule[] {
  const widest = widestBounds(parameter)
  return parameter.owners.flatMap(({ alpha, spec }) => {
    if (spec.type === 'enum' || (spec.minimum === widest.minimum && spec.maximum === widest.maximum)) return []
    const value = `self.parameters.${parameter.name}`
    return [
      {
        code: 'invalid_alpha_params' as const,
        cel:
          `!has(self.name) || self.name != '${alpha}' || !has(self.parameters) || !has(${value}) || ` +
          `(${value} >= ${spec.minimum} && ${value} <= ${spec.maximum})`,
        message: `must be from ${spec.minimum} to ${spec.maximum} for ${alpha}`,
        at: `/parameters/${parameter.name}`,
        breaks: (self: Named) => self.name === alpha && outside(spec, self.parameters?.[parameter.name]),
      },
    ]
  })
}

/** Whether a value lies outside the bounds of a numeric parameter; absent and other types do not. */
export function outside(spec: ParameterSpec, value: unknown): boolean {
  return spec.type !== 'enum' && typeof value === 'number' && (value < spec.minimum || value > spec.maximum)
}

/** A key that the alpha does not have, with the ones it has; with those of every alpha where the alpha is unknown. */
export function strayParameter(alpha: unknown, key: string, at: string): Finding {
  const entry = ALPHA_CATALOGUE.find(({ name }) => name === alpha)
  const known = (entry?.parameters ?? KNOWN_PARAMETERS).map(({ name }) => name)
  const hint = didYouMean(key, known)
  const message = `is not a parameter of ${entry?.name ?? 'any alpha'}; known: ${known.join(', ')}`
  return hint === undefined ? { at, message } : { at, message, hint }
}

/** Findings for the keys of an object that no alpha has; none where it is no object. */
export function unknownKeys(alpha: unknown, parameters: unknown, at: string): readonly Finding[] {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return []
  return Object.keys(parameters)
    .filter((key) => !KNOWN_PARAMETERS.some(({ name }) => name === key))
    .map((key) => strayParameter(alpha, key, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`))
}

const UNKNOWN_KEYS: Rule = {
  code: 'invalid_alpha_params',
  cel: null,
  always: true,
  message: 'must be known parameters of the alpha',
  at: '/parameters',
  breaks: ({ name, parameters }: { name?: unknown; parameters?: unknown }) =>
    unknownKeys(name, parameters, '/parameters'),
}

/** An alpha by name with its parameters. */
export const NAMED_ALPHA: readonly Rule[] = [
  ...KNOWN_PARAMETERS.filter((known) => known.owners.length < ALPHA_NAMES.length).map(ownership),
  ...KNOWN_PARAMETERS.flatMap(narrowing),
  UNKNOWN_KEYS,
]

/** One alpha, or a blend of several. */
export const ALPHA: readonly Rule[] = [
  {
    code: 'unknown_alpha',
    cel: 'has(self.name) != has(self.blend)',
    message: 'must have exactly one of name and blend',
    at: '',
    breaks: (self: Choice) => (self.name === undefined) === (self.blend === undefined),
  },
  {
    code: 'invalid_alpha_params',
    cel: '!has(self.parameters) || !has(self.blend)',
    message: 'belongs to alpha.name; the alphas of a blend have parameters of their own',
    at: '/parameters',
    breaks: (self: Choice) => self.parameters !== undefined && self.blend !== undefined,
  },
  ...NAMED_ALPHA,
]

export const BLEND: readonly Rule[] = [
  {
    code: 'invalid_alpha_params',
    cel: 'self.minLookbackDays <= self.lookbackDays',
    message: 'must not be more than lookbackDays',
    at: '/minLookbackDays',
    breaks: (self: { minLookbackDays: number; lookbackDays: number }) => self.minLookbackDays > self.lookbackDays,
  },
]
