import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { hasProgram } from '../programs.ts'
import { run, tryRun } from '../run.ts'
import type { GivenSettings } from './settings.ts'

/** Name of the cluster that kind makes, and the beginning of what stands beside it. */
const NAME = 'hindcast-test'
const ROOT = join(import.meta.dirname, '..', '..', '..')
const IMAGES = { runner: `${NAME}/runner:local`, operator: `${NAME}/operator:local` }
/** Containers on kind's own network: pods and, on Linux, this machine reach them by their addresses. */
const DATABASES = {
  postgres: { image: 'postgres:15', flags: ['-e', 'POSTGRES_HOST_AUTH_METHOD=trust'], port: 5432 },
  redis: { image: 'redis:7', flags: [], port: 6379 },
} as const
const LIMIT_MS = 600_000
const ANSWER_LIMIT_MS = 20_000

/** Why kind cannot be used here; undefined when it can. */
export function kindAbsent(has = hasProgram, answers = engineAnswers): string | undefined {
  const missing = ['docker', 'kind'].filter((program) => !has(program))
  if (missing.length > 0) return `HINDCAST_TEST_CONTEXT=kind, but there is no ${missing.join(' and no ')} here`
  return answers() ? undefined : 'HINDCAST_TEST_CONTEXT=kind, but no Docker engine answers here'
}

function engineAnswers(): boolean {
  return spawnSync('docker', ['info'], { timeout: ANSWER_LIMIT_MS }).status === 0
}

/** What brings a cluster of kind up, in order: the cluster, images of this checkout in it, databases beside it. */
export function upCommands(known: readonly string[]): readonly (readonly string[])[] {
  const kinds = Object.keys(IMAGES) as (keyof typeof IMAGES)[]
  return [
    ...(known.includes(NAME) ? [] : [['kind', 'create', 'cluster', '--name', NAME, '--wait', '180s']]),
    ...kinds.map((image) => ['docker', 'build', '-f', `Dockerfile.${image}`, '-t', IMAGES[image], '.']),
    ['kind', 'load', 'docker-image', ...Object.values(IMAGES), '--name', NAME],
    ...Object.entries(DATABASES).flatMap(([name, { image, flags }]) => [
      ['docker', 'rm', '--force', `${NAME}-${name}`],
      ['docker', 'run', '--detach', '--network', 'kind', '--name', `${NAME}-${name}`, ...flags, image],
    ]),
  ]
}

/**
 * The cluster of kind, made where there is none; it stays, for the next file of tests. Its one node has the claim to
 * itself, so that the volumes of its default class, which only one node may mount, will do.
 */
export async function ensureKind(): Promise<GivenSettings> {
  const { stdout } = await tryRun(['kind', 'get', 'clusters'])
  for (const command of upCommands(stdout.split('\n'))) await run(command, { cwd: ROOT, limitMs: LIMIT_MS })
  const address = async (name: keyof typeof DATABASES) => {
    const format = '{{(index .NetworkSettings.Networks "kind").IPAddress}}'
    const ip = await run(['docker', 'inspect', '--format', format, `${NAME}-${name}`])
    return `${ip.trim()}:${DATABASES[name].port}`
  }
  return {
    context: `kind-${NAME}`,
    databaseUrl: `postgres://postgres@${await address('postgres')}/postgres`,
    redisUrl: `redis://${await address('redis')}`,
    images: IMAGES,
    storageClass: '',
    accessMode: 'ReadWriteOnce',
  }
}
