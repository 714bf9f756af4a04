import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'

const GENERATED = join(import.meta.dirname, '..', '..', 'crds', 'generated')
const ESTABLISH_LIMIT_MS = 60_000

/** Installs the kinds of Hindcast as the repository generates them, and waits until the API server serves them. */
export async function installDefinitions(cluster: TestCluster): Promise<void> {
  const files = readdirSync(GENERATED).filter((file) => file.endsWith('.yaml'))
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  for (const file of files) {
    const body = readFileSync(join(GENERATED, file), 'utf8')
    const { status, json } = await cluster.api('POST', path, { body, contentType: 'application/yaml' })
    if (status !== 201) throw new Error(`${file}: ${json.message}`)
  }
  await waitFor('the kinds of Hindcast to be served', ESTABLISH_LIMIT_MS, async () => {
    const { json } = await cluster.api('GET', '/apis/hindcast.dev/v1alpha1')
    const served = (json.resources ?? []) as { name: string }[]
    if (served.filter(({ name }) => !name.includes('/')).length < files.length) return false
    const lists = await Promise.all(
      served
        .filter(({ name }) => !name.includes('/'))
        .map(({ name }) => cluster.api('GET', `/apis/hindcast.dev/v1alpha1/${name}`)),
    )
    return lists.every(({ status }) => status === 200)
  })
}
