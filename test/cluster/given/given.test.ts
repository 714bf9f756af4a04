import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { kindAbsent, upCommands } from './kind.ts'
import { isGiven, readSettings } from './settings.ts'

const ENV = {
  HINDCAST_TEST_CONTEXT: 'people',
  HINDCAST_TEST_DATABASE_URL: 'postgres://db/x',
  HINDCAST_TEST_REDIS_URL: 'redis://redis',
  HINDCAST_TEST_IMAGES: 'registry/runner:1,registry/operator:1',
}

test('a given cluster is described by the environment, a ReadWriteMany claim of the default class unless told', () => {
  assert.ok(isGiven(ENV))
  assert.ok(!isGiven({}))
  assert.deepEqual(readSettings(ENV), {
    context: 'people',
    databaseUrl: 'postgres://db/x',
    redisUrl: 'redis://redis',
    images: { runner: 'registry/runner:1', operator: 'registry/operator:1' },
    storageClass: '',
    accessMode: 'ReadWriteMany',
  })
})

test('everything that is missing is named at once', () => {
  const { HINDCAST_TEST_CONTEXT } = ENV
  assert.throws(() => readSettings({ HINDCAST_TEST_CONTEXT }), /DATABASE_URL.*REDIS_URL.*IMAGES/)
  assert.throws(() => readSettings({ ...ENV, HINDCAST_TEST_IMAGES: 'one' }), /RUNNER,OPERATOR/)
})

test('kind is absent by the program that is missing, or by the engine that does not answer', () => {
  assert.equal(
    kindAbsent((program) => program === 'docker'),
    'HINDCAST_TEST_CONTEXT=kind, but there is no kind here',
  )
  assert.match(kindAbsent(() => false) ?? '', /no docker and no kind/)
  const both = (engine: boolean) =>
    kindAbsent(
      () => true,
      () => engine,
    )
  assert.match(both(false) ?? '', /no Docker engine answers/)
  assert.equal(both(true), undefined)
})

test('kind makes its cluster once, and gives it the images of this checkout and databases on its network', () => {
  const first = upCommands([]).map((command) => command.join(' '))
  assert.deepEqual(first, [
    'kind create cluster --name hindcast-test --wait 180s',
    'docker build -f Dockerfile.runner -t hindcast-test/runner:local .',
    'docker build -f Dockerfile.operator -t hindcast-test/operator:local .',
    'kind load docker-image hindcast-test/runner:local hindcast-test/operator:local --name hindcast-test',
    'docker rm --force hindcast-test-postgres',
    'docker run --detach --network kind --name hindcast-test-postgres -e POSTGRES_HOST_AUTH_METHOD=trust postgres:15',
    'docker rm --force hindcast-test-redis',
    'docker run --detach --network kind --name hindcast-test-redis redis:7',
  ])
  assert.deepEqual(upCommands(['', 'hindcast-test']).length, first.length - 1)
})
