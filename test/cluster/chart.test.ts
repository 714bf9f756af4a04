import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { loadOperatorConfig, OPERATOR_VARIABLES } from '../../operator/config.ts'
import { clusterAbsent } from './absent.ts'
import { ensurePrograms } from './programs.ts'
import { tryRun } from './run.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const CHART = join(ROOT, 'charts', 'hindcast')
const NAMESPACE = 'quant'

// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
type Any = any

/** What the chart leaves to Secret and pod, as they would give it. */
const GIVEN = {
  DATABASE_URL: 'postgres://hindcast@db/hindcast',
  REDIS_URL: 'redis://redis',
  HINDCAST_POD_NAME: 'hindcast-operator-0',
}

suite('the Helm chart', { skip: clusterAbsent() }, () => {
  let helm: string
  before(async () => {
    helm = join(await ensurePrograms(), 'helm')
  })

  /** Renders the chart with values, as JSON, over the defaults. */
  const render = async (values: object = {}) => {
    const command = [helm, 'template', 'hindcast', CHART, '-n', NAMESPACE, '-f', '-']
    return tryRun(command, { input: JSON.stringify(values) })
  }
  const objects = async (values: object = {}): Promise<Any[]> => {
    const { code, stdout, stderr } = await render(values)
    assert.equal(code, 0, stderr)
    // YAML 1.1, as the API server reads it: a variable called Y would be a boolean.
    return parseAllDocuments(stdout, { version: '1.1' })
      .map((document) => document.toJS())
      .filter((one) => one !== null)
  }
  const only = (all: Any[], kind: string, name: string): Any => {
    const found = all.filter((one) => one.kind === kind && one.metadata.name === name)
    assert.equal(found.length, 1, `${kind} ${name}`)
    return found[0]
  }
  const environmentOf = (all: Any[]): Record<string, string> => only(all, 'ConfigMap', 'hindcast-operator').data

  test('has nothing that lint objects to', async () => {
    const { code, stdout } = await tryRun([helm, 'lint', '--strict', CHART])
    assert.equal(code, 0, stdout)
  })

  test('says what the operator would take anyway: its defaults are the defaults of the code', async () => {
    const env = environmentOf(await objects())
    const own = ['HINDCAST_NAMESPACE', 'HINDCAST_RUNNER_IMAGE', 'HINDCAST_CLEANUP_IMAGE', 'HINDCAST_STORE']
    const least = { ...GIVEN, ...Object.fromEntries(own.map((name) => [name, env[name]])) }
    assert.deepEqual(loadOperatorConfig({ ...GIVEN, ...env }), loadOperatorConfig(least))
  })

  test('sets only variables that the operator reads', async () => {
    const all = await objects({ installationId: '7f3c9e2a-1111-4222-8333-123456789abc', slots: { total: 9 } })
    const known = new Set([...OPERATOR_VARIABLES.map(({ name }) => name), 'HINDCAST_ENV'])
    const [container] = only(all, 'Deployment', 'hindcast-operator').spec.template.spec.containers
    const set = [...Object.keys(environmentOf(all)), ...container.env.map((one: Any) => one.name)]
    assert.deepEqual(
      set.filter((name) => !known.has(name)),
      [],
    )
  })

  test('hands every clock on to the field of its name', async () => {
    const { properties } = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')).properties.clocks
    const names = Object.keys(properties)
    // Rising, as some of them must.
    const clocks = Object.fromEntries(names.map((name, index) => [name, 1_000 + index]))
    const ordered = {
      ...clocks,
      retryMs: [1, 2, 3],
      leaseRetryMs: 1,
      leaseRenewMs: 2,
      leaseMs: 3,
      beatLookMs: 1,
      cancelDeleteMs: 1,
      cancelForceMs: 2,
      cancelSettleMs: 3,
    }
    const config = loadOperatorConfig({ ...GIVEN, ...environmentOf(await objects({ clocks: ordered })) })
    assert.deepEqual(config.clocks, ordered)
  })

  test('gives the operator the few rights of operator.md 7, and in the namespaces that take part only', async () => {
    const all = await objects({ namespaces: ['team-a', 'team-b'], store: { s3: 's3://bucket/hindcast' } })
    const roles = all.filter(({ kind }) => kind === 'Role')
    assert.deepEqual(roles.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(), [
      'quant/hindcast-leader',
      'team-a/hindcast-operator',
      'team-b/hindcast-operator',
    ])
    const rules = roles.flatMap((role) => role.rules as Any[])
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
    for (const never of ['*', 'secrets', 'pods/exec', 'escalate', 'bind', 'impersonate']) {
      assert.ok(!words.includes(never), never)
    }
    const bound = all.filter(({ kind }) => kind.endsWith('Binding'))
    for (const { kind, subjects } of bound) {
      assert.equal(kind, 'RoleBinding')
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: 'hindcast-operator', namespace: NAMESPACE }])
    }
  })

  test('makes the account of runners in every namespace that takes part, without a token', async () => {
    const all = await objects({ namespaces: ['team-a', 'team-b'], store: { s3: 's3://bucket' } })
    const accounts = all.filter(
      ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'hindcast-runner',
    )
    assert.deepEqual(
      accounts.map((one) => [one.metadata.namespace, one.automountServiceAccountToken]),
      [
        ['team-a', false],
        ['team-b', false],
      ],
    )
    assert.equal(environmentOf(all).HINDCAST_NAMESPACES, 'team-a,team-b')
    assert.equal(all.filter(({ kind }) => kind === 'PersistentVolumeClaim').length, 0)
  })

  test('carries the kinds as generated, to be kept when the release goes', async () => {
    const all = await objects()
    const kinds = all.filter(({ kind }) => kind === 'CustomResourceDefinition')
    assert.equal(kinds.length, 4)
    for (const { metadata, spec } of kinds) {
      const file = join(ROOT, 'crds', 'generated', `hindcast.dev_${spec.names.plural}.yaml`)
      assert.deepEqual(spec, parse(readFileSync(file, 'utf8')).spec)
      assert.equal(metadata.annotations['helm.sh/resource-policy'], 'keep')
    }
  })

  test('makes priorities that displace nothing', async () => {
    const classes = (await objects()).filter(({ kind }) => kind === 'PriorityClass')
    assert.deepEqual(Object.fromEntries(classes.map((one) => [one.metadata.name, [one.value, one.preemptionPolicy]])), {
      'hindcast-high': [-1, 'Never'],
      'hindcast-normal': [-2, 'Never'],
      'hindcast-low': [-3, 'Never'],
    })
  })

  test('migrates before anything else, and without a token', async () => {
    const job = only(await objects(), 'Job', 'hindcast-migrate')
    assert.equal(job.metadata.annotations['helm.sh/hook'], 'pre-install,pre-upgrade')
    assert.equal(job.spec.template.spec.automountServiceAccountToken, false)
    assert.deepEqual(job.spec.template.spec.containers[0].args, ['migrate', '--database'])
  })

  for (const [title, values, says] of [
    ['a value nobody knows', { replicas: 2 }, /replicas/],
    ['a value nobody knows further in', { operator: { replica: 2 } }, /replica/],
    ['a clock nobody knows', { clocks: { beatLost: 1 } }, /beatLost/],
    ['a clock of no time', { clocks: { beatLostMs: 0 } }, /beatLostMs/],
    ['a namespace that is no name', { namespaces: ['Team'] }, /namespaces/],
    [
      'a claim for two namespaces',
      { namespaces: ['a', 'b'] },
      /a claim serves one namespace and 2 are listed \(a, b\)/,
    ],
    ['a bucket that is no URL', { store: { s3: 'bucket' } }, /s3/],
    ['a pause in production', { test: { paceMs: 5 } }, /paceMs/],
    ['memory taken in production', { test: { ballast: '512@2015-06-30' } }, /ballast/],
    ['an image with a blank', { images: { runner: 'a b' } }, /runner/],
    ['a limit below the least', { limits: { memoryBytes: 1 } }, /memoryBytes/],
  ] as const) {
    test(`refuses ${title}`, async () => {
      const { code, stderr } = await render(values)
      assert.notEqual(code, 0)
      assert.match(stderr, says)
    })
  }

  test('lets a test slow its runs down', async () => {
    const values = { environment: 'test', test: { paceMs: 5, ballast: '512@2015-06-30' } }
    const { pace } = loadOperatorConfig({ ...GIVEN, ...environmentOf(await objects(values)) })
    assert.equal(pace?.msPerDate, 5)
    assert.equal(pace?.ballastMib, 512)
  })
})
