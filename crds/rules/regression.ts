import type { Finding, Rule } from './rule.ts'

interface Case {
  readonly name: string
  readonly spec: { readonly alpha: { readonly name?: string }; readonly startDate: string; readonly endDate: string }
}

/** `_2015_2017` */
const YEARS_LENGTH = 10

const wantedName = ({ spec }: Case): string =>
  `${spec.alpha.name ?? 'blend'}_${spec.startDate.slice(0, 4)}_${spec.endDate.slice(0, 4)}`

export const REGRESSION_CASE: readonly Rule[] = [
  {
    code: 'regression_invalid',
    // Reads the years out of the name: writing them as text would have no bound the API server could estimate.
    cel:
      "self.name.matches('^[a-z][a-z_]*_[0-9]{4}_[0-9]{4}$') && " +
      "self.name.startsWith((has(self.spec.alpha.name) ? self.spec.alpha.name : 'blend') + '_') && " +
      `size(self.name) == (has(self.spec.alpha.name) ? size(self.spec.alpha.name) : 5) + ${YEARS_LENGTH} && ` +
      'int(self.name.substring(size(self.name) - 9, size(self.name) - 5)) == self.spec.startDate.getFullYear() && ' +
      'int(self.name.substring(size(self.name) - 4)) == self.spec.endDate.getFullYear()',
    message: 'must be {alpha}_{startYear}_{endYear}',
    at: '/name',
    breaks: (self: Case) =>
      self.name === wantedName(self)
        ? false
        : [{ at: '/name', message: `must be {alpha}_{startYear}_{endYear}: "${wantedName(self)}"` }],
  },
]

interface RegressionSpec {
  readonly cases?: readonly Case[]
  readonly goldenRef?: unknown
}

export const REGRESSION: readonly Rule[] = [
  {
    code: 'regression_invalid',
    cel: 'has(self.cases) != has(self.goldenRef)',
    message: 'must have exactly one of cases and goldenRef',
    at: '',
    breaks: (self: RegressionSpec) => (self.cases === undefined) === (self.goldenRef === undefined),
  },
  {
    code: 'regression_invalid',
    // The list is a map by name.
    cel: null,
    bySchema: true,
    message: 'must have distinct names',
    at: '/cases',
    breaks: ({ cases }: RegressionSpec): Finding[] => {
      const seen = new Map<string, number>()
      const findings: Finding[] = []
      for (const [index, { name }] of (cases ?? []).entries()) {
        const first = seen.get(name)
        if (first === undefined) seen.set(name, index)
        else
          findings.push({
            at: `/cases/${index}`,
            message: `has the name "${name}" of cases[${first}]; names must differ`,
          })
      }
      return findings
    },
  },
]

const METRIC_NAME = '^[a-z][a-z0-9_]{0,63}$'
const METRIC = new RegExp(METRIC_NAME)

/** Stands on a map whose keys are metrics. */
export const METRIC_NAMES: readonly Rule[] = [
  {
    code: 'regression_invalid',
    cel: `self.all(key, key.matches('${METRIC_NAME}'))`,
    message: 'must have metric names in snake_case as keys',
    at: '',
    breaks: (self: Readonly<Record<string, unknown>>) => {
      const wrong = Object.keys(self).find((key) => !METRIC.test(key))
      if (wrong === undefined) return false
      return [{ at: '', message: `must have metric names in snake_case as keys; found ${JSON.stringify(wrong)}` }]
    },
  },
]
