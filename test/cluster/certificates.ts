import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, apiServerOf, type Place } from './place.ts'
import { run } from './run.ts'

/** Whom a certificate names, and under which names a server shows it. */
export interface Identity {
  readonly user: string
  readonly groups?: readonly string[]
  readonly servedAs?: readonly string[]
}

const DAYS = '30'
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** First address of the Service range, which the Service `kubernetes` always has. */
export const API_SERVICE_ADDRESS = '10.96.0.1'
const API_SERVICE_NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

export const pki = (place: Place, file: string): string => join(place.folder, 'pki', file)

/** Makes the cluster's own authority, and the key that signs the tokens of service accounts. */
export async function makeAuthority(place: Place): Promise<void> {
  mkdirSync(join(place.folder, 'pki'), { recursive: true })
  const uses = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature']
  await Promise.all([
    run([
      ...['openssl', 'req', '-x509', ...CURVE, '-days', DAYS, '-subj', `/CN=${place.name}-ca`],
      ...['-keyout', pki(place, 'ca.key'), '-out', pki(place, 'ca.crt')],
      ...uses.flatMap((use) => ['-addext', use]),
    ]),
    run(['openssl', 'ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', pki(place, 'sa.key')]),
  ])
}

/** Makes a key and a certificate of the authority, as `<file>.key` and `<file>.crt`. */
export async function makeCertificate(place: Place, file: string, identity: Identity): Promise<void> {
  const subject = [...(identity.groups ?? []).map((group) => `/O=${group}`), `/CN=${identity.user}`].join('')
  const names = (identity.servedAs ?? []).map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`)
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
  ]
  await run([
    ...['openssl', 'req', '-x509', ...CURVE, '-days', DAYS, '-subj', subject],
    ...['-CA', pki(place, 'ca.crt'), '-CAkey', pki(place, 'ca.key')],
    ...['-keyout', pki(place, `${file}.key`), '-out', pki(place, `${file}.crt`)],
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ])
}

/** Makes a certificate for somebody and a kubeconfig that uses it; gives the kubeconfig's path. */
export async function makeUser(place: Place, file: string, identity: Identity): Promise<string> {
  await makeCertificate(place, file, identity)
  return writeKubeconfig(place, file, {
    'client-certificate': pki(place, `${file}.crt`),
    'client-key': pki(place, `${file}.key`),
  })
}

/** Writes `<file>.conf`, good in every network namespace of the cluster and on the machine. */
export function writeKubeconfig(place: Place, file: string, user: Readonly<Record<string, string>>): string {
  const path = join(place.folder, `${file}.conf`)
  const cluster = { server: apiServerOf(place), 'certificate-authority': pki(place, 'ca.crt') }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: place.name, cluster }],
    users: [{ name: file, user }],
    contexts: [{ name: place.name, context: { cluster: place.name, user: file } }],
    'current-context': place.name,
  }
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 })
  return path
}

/** Everybody the control plane consists of, and `admin`. */
export async function makeControlPlaneIdentities(place: Place): Promise<void> {
  const servedAs = [
    ...['localhost', '127.0.0.1', addressOf(place, 1), API_SERVICE_ADDRESS],
    ...[...API_SERVICE_NAMES, 'kubernetes.default.svc.cluster.local'],
  ]
  await Promise.all([
    makeCertificate(place, 'apiserver', { user: 'kube-apiserver', servedAs }),
    makeCertificate(place, 'kubelet-client', { user: 'kube-apiserver-kubelet-client', groups: ['system:masters'] }),
    makeUser(place, 'admin', { user: 'admin', groups: ['system:masters'] }),
    makeUser(place, 'controllers', { user: 'system:kube-controller-manager' }),
    makeUser(place, 'scheduler', { user: 'system:kube-scheduler' }),
    makeUser(place, 'proxy', { user: 'system:kube-proxy' }),
    makeUser(place, 'dns', { user: 'cluster-dns' }),
  ])
}
