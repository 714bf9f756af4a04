/** UID and GID of the images. */
const USER = 1000

/** What Pod Security `restricted` asks of a pod, and a group that may write to the store's volume. */
export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const

/** … and of a container. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const

/** Account and Secret of whatever runs in a namespace that takes part; no resource can name another. */
export const ACCOUNT = 'hindcast-runner'
