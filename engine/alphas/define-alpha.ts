import { HindcastError } from '../../core/errors.ts'
import type { AlphaParameters } from '../../core/request.ts'
import type { KnownAsOf } from '../point-in-time.ts'
import { CELL } from '../result.ts'
import type { AlphaEntry, ParameterSpec } from './catalogue.ts'

/** Every alpha has these two; `defineAlpha` adds them after its own. */
const COMMON = [
  {
    name: 'winsorizePct',
    type: 'number',
    default: 0.01,
    minimum: 0,
    maximum: 0.49,
    description: 'Share of each tail pulled in to its nearest-rank quantile; 0 turns it off.',
  },
  {
    name: 'universeFilter',
    type: 'enum',
    default: 'all',
    values: ['all', 'large_cap', 'mid_cap', 'small_cap'],
    description: 'Names kept by market capitalisation on the as-of date.',
  },
] as const satisfies readonly ParameterSpec[]

export type UniverseFilter = (typeof COMMON)[1]['values'][number]

/** The parameters that the pipeline itself reads. */
export interface PipelineParameters {
  readonly winsorizePct: number
  readonly universeFilter: UniverseFilter
}

/** The values of a list of parameters, by name. */
export type ParametersOf<S extends readonly ParameterSpec[]> = {
  readonly [P in S[number] as P['name']]: P extends { type: 'enum'; values: readonly (infer V)[] } ? V : number
}

/** The raw signal of one date: at most one row per name, [names]; higher is more bullish. */
export interface RawSignal {
  readonly values: Float64Array
  readonly state: Uint8Array
}

/** Gives a name a row with a value. */
export function setRaw(into: RawSignal, name: number, raw: number): void {
  into.values[name] = raw
  into.state[name] = CELL.value
}

/** Gives a name a row without a value: it is part of the cross-section, and has no signal. */
export function setNull(into: RawSignal, name: number): void {
  into.values[name] = Number.NaN
  into.state[name] = CELL.null
}

/** An alpha with its parameters fixed. */
export interface BoundAlpha {
  readonly name: string
  /** Name string of engine.md 2.3, such as `momentum_252_21`. */
  readonly label: string
  readonly pipeline: PipelineParameters
  raw(known: KnownAsOf, into: RawSignal): void
}

/** An alpha as the catalogue lists it, and the way to fix its parameters. */
export interface Alpha {
  readonly entry: AlphaEntry
  /** Fills in defaults. Throws `invalid_alpha_params` for an unknown key or a value outside its bounds. */
  bind(parameters: AlphaParameters): BoundAlpha
}

interface AlphaDefinition<S extends readonly ParameterSpec[]> extends Omit<AlphaEntry, 'parameters'> {
  readonly parameters: S
  readonly label: (parameters: ParametersOf<S>) => string
  readonly raw: (known: KnownAsOf, parameters: ParametersOf<S>, into: RawSignal) => void
}

/** Makes an alpha of its definition: what it is called, what it takes, and its raw signal. */
export function defineAlpha<const S extends readonly ParameterSpec[]>(definition: AlphaDefinition<S>): Alpha {
  const { label, raw, ...described } = definition
  const entry: AlphaEntry = { ...described, parameters: [...definition.parameters, ...COMMON] }
  return {
    entry,
    bind(given) {
      const values = resolveParameters(entry, given)
      const own = values as unknown as ParametersOf<S>
      return {
        name: entry.name,
        label: label(own),
        pipeline: values as unknown as PipelineParameters,
        raw: (known, into) => raw(known, own, into),
      }
    },
  }
}

function resolveParameters(entry: AlphaEntry, given: AlphaParameters): AlphaParameters {
  const known = entry.parameters.map((parameter) => parameter.name)
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      throw invalid(`alpha "${entry.name}" has no parameter "${key}"; known: ${known.join(', ')}`)
  }
  return Object.fromEntries(
    entry.parameters.map((parameter) => [parameter.name, checked(entry.name, parameter, given[parameter.name])]),
  )
}

function checked(alpha: string, spec: ParameterSpec, value: number | string | undefined): number | string {
  if (value === undefined) return spec.default
  const where = `parameter "${spec.name}" of alpha "${alpha}" is ${JSON.stringify(value)}`
  if (spec.type === 'enum') {
    if (typeof value === 'string' && spec.values.includes(value)) return value
    throw invalid(`${where}; allowed: ${spec.values.join(', ')}`)
  }
  const whole = spec.type === 'integer'
  if (typeof value !== 'number' || !(value >= spec.minimum && value <= spec.maximum) || (whole && value % 1 !== 0)) {
    throw invalid(`${where}; allowed: ${whole ? 'a whole number' : 'a number'} from ${spec.minimum} to ${spec.maximum}`)
  }
  return value
}

function invalid(message: string): HindcastError {
  return new HindcastError('invalid_alpha_params', message, { field: '/spec/alpha/parameters' })
}
