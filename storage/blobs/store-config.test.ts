import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { HindcastError } from '../../core/errors.ts'
import { parseStore, type S3Config, shownPlace } from './store-config.ts'

const KEYS = { HINDCAST_S3_ACCESS_KEY_ID: 'AKIDEXAMPLE', HINDCAST_S3_SECRET_ACCESS_KEY: 's3cr3t' }
const result = `team-a/${'ab'.repeat(16)}/3`

const s3 = (text: string, env: Record<string, string> = KEYS) => parseStore(text, env) as S3Config

const shown: readonly [string, string][] = [
  ['/data/artifacts', `/data/artifacts/${result}`],
  ['/data/artifacts/', `/data/artifacts/${result}`],
  ['file:///data/a%20b', `/data/a b/${result}`],
  ['file:///data?claim=hindcast-data', `pvc:hindcast-data/${result}`],
  ['s3://bucket', `s3://bucket/${result}`],
  ['s3://bucket/some/prefix/?region=eu-central-1', `s3://bucket/some/prefix/${result}`],
]
for (const [text, place] of shown) {
  test(`a result in ${text} is shown as ${place.replace(result, '…')}`, () => {
    assert.equal(shownPlace(parseStore(text, KEYS), result), place)
  })
}

test('an S3 store without an endpoint is AWS in the region, with the bucket in the host', () => {
  const { endpoint, region, style } = s3('s3://bucket?region=eu-central-1')
  assert.deepEqual([endpoint, region, style], ['https://s3.eu-central-1.amazonaws.com', 'eu-central-1', 'host'])
})

test('an endpoint of its own has the bucket in the path unless the text says otherwise', () => {
  const { endpoint, style } = s3('s3://bucket?endpoint=http://minio.storage:9000')
  assert.deepEqual([endpoint, style], ['http://minio.storage:9000', 'path'])
  assert.equal(s3('s3://bucket?endpoint=https://oss.example.com&style=host').style, 'host')
})

test('names of Hindcast win over those of AWS', () => {
  const env = { ...KEYS, AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other', AWS_REGION: 'eu-west-1' }
  assert.equal(s3('s3://bucket', env).keys().accessKeyId, 'AKIDEXAMPLE')
  assert.equal(s3('s3://bucket', env).region, 'eu-west-1')
})

test('a printed configuration shows no key', () => {
  const config = s3('s3://bucket')
  assert.ok(!`${inspect(config, { depth: 9 })}${JSON.stringify(config)}`.includes('s3cr3t'))
})

const refused: readonly [string, RegExp][] = [
  ['', /write \/absolute/],
  ['relative/folder', /write \/absolute/],
  ['ftp://host/x', /write \/absolute/],
  ['file://host/x', /names a host/],
  ['file:///x?claim=../y', /PersistentVolumeClaim/],
  ['file:///x?root=y', /allowed after/],
  ['/x\0y', /NUL/],
  ['s3://AB/x', /a bucket has/],
  ['s3://bucket/a/%2e%2e/b', /parts of a prefix/],
  ['s3://bucket/a/../b', /parts of a prefix/],
  ['s3://bucket/a%20b', /parts of a prefix/],
  ['s3://bucket?endpoint=http://h/path', /endpoint/],
  ['s3://bucket?endpoint=ftp://h', /endpoint/],
  ['s3://bucket?endpoint=http://u:p@h', /endpoint/],
  ['s3://bucket?region=EU', /region/],
  ['s3://bucket?region=eu-1&region=eu-2', /twice/],
  ['s3://bucket?style=both', /style/],
  ['s3://bucket?secret=x', /allowed after/],
  ['s3://bucket#x', /#/],
  ['s3://AKIDEXAMPLE:s3cr3t@bucket/x', /holds keys/],
]
for (const [text, why] of refused) {
  test(`the store ${JSON.stringify(text)} is refused, and no key comes back`, () => {
    assert.throws(
      () => parseStore(text, KEYS),
      (thrown: HindcastError) => {
        assert.equal(thrown.code, 'environment_invalid')
        assert.match(thrown.message, why)
        assert.ok(!/s3cr3t/.test(thrown.message))
        return true
      },
    )
  })
}

test('an S3 store without keys names the variables that give them', () => {
  assert.throws(() => parseStore('s3://bucket', {}), /HINDCAST_S3_ACCESS_KEY_ID or AWS_ACCESS_KEY_ID is not set/)
  assert.throws(() => parseStore('s3://bucket', { AWS_ACCESS_KEY_ID: 'x' }), /HINDCAST_S3_SECRET_ACCESS_KEY/)
})
