import { CLUSTER_PACKAGES } from './cluster/absent.ts'

/** One layer of the tests: a question, the files that answer it, and what they need of the machine. */
export interface Layer {
  readonly name: string
  readonly answers: string
  /** Globs from the top of the checkout. */
  readonly files?: readonly string[]
  /** Those of `files` that run at the same time as the others: they share nothing with them, and mostly wait. */
  readonly beside?: readonly string[]
  /** A program of node_modules/.bin instead of test files. */
  readonly command?: readonly string[]
  /** Debian packages, installed where this is root on Debian. */
  readonly debianPackages?: readonly string[]
  /** One file at a time: the files share a server, or measure something that another would disturb. */
  readonly oneByOne?: boolean
  /** A script that makes what takes long; it runs from the start of `npm test` on, beside the layers before. */
  readonly prepare?: string
}

export const LAYERS: readonly Layer[] = [
  { name: 'types', answers: 'do impossible states fail to compile', command: ['tsc', '-p', '.'] },
  { name: 'lint', answers: 'is it formatted and free of known mistakes', command: ['biome', 'check', '.'] },
  { name: 'tidy', answers: 'does the house keep its own laws', files: ['test/tidy/**/*.test.ts'] },
  {
    name: 'unit',
    answers: 'each kernel, rule, law and template',
    files: ['{core,crds,engine,storage,kube,runner,operator,cli,console}/**/*.test.ts'],
  },
  { name: 'golden', answers: 'are the numbers right', files: ['test/golden/**/*.test.ts'] },
  {
    name: 'crds',
    answers: 'does the API server agree with our validation',
    files: ['test/crds/**/*.test.ts'],
    debianPackages: ['golang-go'],
  },
  {
    name: 'contract',
    answers: 'does every implementation of a port keep the same promises',
    files: ['test/contract/**/*.test.ts', 'test/service/**/*.test.ts'],
    debianPackages: ['postgresql', 'redis-server', 'python3', 'python3-venv', 'golang-go'],
    prepare: 'test/service/prepare.ts',
  },
  {
    name: 'world',
    answers: 'does every job end rightly, whatever fails and whenever',
    files: ['test/world/**/*.test.ts'],
  },
  { name: 'flow', answers: 'the whole path, from a manifest to a report', files: ['test/flow/**/*.test.ts'] },
  {
    name: 'cluster',
    answers: 'does it hold on a real Kubernetes',
    files: ['test/cluster/**/*.test.ts'],
    // What starts no Hindcast on a cluster, or no cluster at all.
    beside: [
      'test/cluster/{chart,crash-sweep,crds,kube,kwok,machine,teardown}.test.ts',
      'test/cluster/{given,sweep}/*.test.ts',
    ],
    debianPackages: CLUSTER_PACKAGES,
    prepare: 'test/cluster/prepare.ts',
    oneByOne: true,
  },
  {
    name: 'browser',
    answers: 'does the page work in a real browser',
    files: ['test/browser/**/*.test.ts'],
    debianPackages: ['chromium'],
    oneByOne: true,
  },
]
