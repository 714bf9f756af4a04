import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian's package puts it, and other systems. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** What has not come by then never will, also on a busy machine. */
export const LONGEST_MS = 120_000

/** The browser of this machine; null where there is none. */
export const CHROMIUM = PLACES.find((place) => existsSync(place)) ?? null

/** What `skip` of a test is given: false where a browser is there, else why the test says nothing. */
export const WITHOUT_BROWSER = CHROMIUM === null && 'no Chromium on this machine (Debian: apt-get install chromium)'

/** A browser that talks to nobody. Close it. */
export function startBrowser(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error('no Chromium: skip the test')
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: LONGEST_MS })
}
