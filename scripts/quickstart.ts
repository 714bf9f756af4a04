import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * `npm run quickstart`: imports the real prices of examples/data into this checkout's home, runs the momentum backtest
 * over them and opens its report. Run again it imports and computes nothing twice.
 */
const root = join(import.meta.dirname, '..')
const prices = join('examples', 'data', 'all_stocks_5yr.csv.gz')
const manifest = join('examples', 'momentum-sp500.yaml')
const report = join(root, 'report.html')

await import('./build.ts')

step('Importing five years of S&P 500 prices', ['dataset', 'import', 'sp500', '--prices', prices, '--preset', 'kaggle'])
step('Running the momentum backtest', ['run', manifest, '--html', report])
console.log(`\nThe report: ${report}`)
console.log(`Next: change ${manifest} and run  ./hindcast run ${manifest}`)
open(report)

function step(title: string, args: readonly string[]): void {
  console.log(`\n${title}:  ./hindcast ${args.map((arg) => (arg === report ? relative(root, report) : arg)).join(' ')}`)
  const { status } = spawnSync(process.execPath, [join(root, 'dist/hindcast.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** Shows the page where there is a desktop to show it on; its path is printed in any case. */
function open(page: string): void {
  if (process.env.CI !== undefined || !process.stdout.isTTY) return
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  const desktop =
    process.platform !== 'linux' || process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined
  if (!desktop || !existsSync(page)) return
  spawn(opener, [page], { detached: true, stdio: 'ignore' })
    .on('error', () => {})
    .unref()
}
