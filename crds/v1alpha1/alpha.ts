import { type TSchema, Type } from 'typebox'
import { ALPHA_NAMES, KNOWN_PARAMETERS, type KnownParameter, widestBounds } from '../rules/alpha.ts'
import { choice, closed, whole } from './fields.ts'

/** Alphas a blend may join (engine.md 5). */
const BLEND_SIZE = { minItems: 2, maxItems: 8 } as const
/** Longest look back of a blend: ten trading years, as the alphas' own. */
const MAX_LOOKBACK_DAYS = 2520
/** Most values a search tries of one parameter (platform.md 1.4). */
const MAX_SEARCH_VALUES = 100

type Parameters = Readonly<Record<string, number | string>>
type SearchParameters = Readonly<Record<string, readonly (number | string)[]>>

function parameterSchema(parameter: KnownParameter): TSchema {
  const first = parameter.owners[0]!.spec
  const description = describeParameter(parameter)
  if (first.type === 'enum') return choice(first.values, description)
  const { minimum, maximum } = widestBounds(parameter)
  return first.type === 'integer'
    ? whole(minimum, maximum, description)
    : Type.Number({ minimum, maximum, description })
}

/** What a parameter means, and each alpha's default where they differ. */
function describeParameter({ owners }: KnownParameter): string {
  const texts = [...new Set(owners.map(({ spec }) => spec.description))]
  const defaults = [...new Set(owners.map(({ spec }) => spec.default))]
  const shown =
    defaults.length === 1
      ? `Default: ${defaults[0]}.`
      : `Default: ${owners.map(({ alpha, spec }) => `${spec.default} for ${alpha}`).join(', ')}.`
  const names = owners.length === ALPHA_NAMES.length ? '' : ` Of ${owners.map(({ alpha }) => alpha).join(', ')}.`
  return `${texts.join(' ')} ${shown}${names}`
}

const entries = (map: (parameter: KnownParameter) => TSchema): Record<string, TSchema> =>
  Object.fromEntries(KNOWN_PARAMETERS.map((parameter) => [parameter.name, Type.Optional(map(parameter))]))

/** Parameters of an alpha: known keys typed, unknown ones kept so that a typo survives to be named. */
const parameters = Type.Optional(
  Type.Unsafe<Parameters>({
    ...Type.Object(entries(parameterSchema)),
    description: "The alpha's own parameters; each has a default.",
    'x-code': 'invalid_alpha_params',
    'x-preserve': true,
  }),
)

const name = choice(ALPHA_NAMES, 'An alpha of the catalogue.', { maxLength: 63, 'x-code': 'unknown_alpha' })

const namedAlpha = closed({ name, parameters }, 'An alpha and its parameters.', { 'x-rules': ['namedAlpha'] })

const blend = closed(
  {
    of: Type.Array(namedAlpha, {
      ...BLEND_SIZE,
      description: 'The alphas to blend.',
      'x-kubernetes-list-type': 'atomic',
    }),
    weighting: Type.Optional(
      choice(
        ['equal', 'ic', 'ir', 'volParity'],
        'Equal weights, or by mean rank IC, by its mean over its deviation, by inverse volatility of the signal.',
        { default: 'ic' },
      ),
    ),
    lookbackDays: Type.Optional(
      whole(1, MAX_LOOKBACK_DAYS, 'Calendar days of history the weights look back on.', { default: 252 }),
    ),
    minLookbackDays: Type.Optional(
      whole(1, MAX_LOOKBACK_DAYS, 'Daily ICs that must be valid inside the look back; fewer score 0.', { default: 60 }),
    ),
    normalize: Type.Optional(
      Type.Boolean({ default: true, description: 'Standardise each alpha by date before blending.' }),
    ),
  },
  'A rolling blend of 2 to 8 alphas.',
  { 'x-code': 'invalid_alpha_params', 'x-rules': ['blend'] },
)

/** Exactly one of name and blend. */
export const alpha = closed(
  { name: Type.Optional(name), parameters, blend: Type.Optional(blend) },
  'What is tested: exactly one of name and blend.',
  { 'x-code': 'unknown_alpha', 'x-rules': ['alpha'] },
)

/** The grid of a search: for each parameter the values to try. */
export const searchParameters = Type.Unsafe<SearchParameters>({
  ...Type.Object(
    entries((parameter) =>
      Type.Array(parameterSchema(parameter), {
        minItems: 1,
        maxItems: MAX_SEARCH_VALUES,
        description: `Values of ${parameter.name} to try.`,
        'x-kubernetes-list-type': 'atomic',
      }),
    ),
  ),
  default: {},
  description: 'Values to try, by parameter of the alpha; none: each window runs the backtest as it stands.',
  'x-preserve': true,
})
