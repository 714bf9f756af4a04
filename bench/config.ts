import { homedir } from 'node:os'
import { join } from 'node:path'

/** What is costly to make: panels, homes with imported data, the peers' Python. Never inside the checkout. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hindcast-bench')

/** The environment of a measured process: ours, but nothing of the user's Hindcast. */
export const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('HINDCAST_')),
)
