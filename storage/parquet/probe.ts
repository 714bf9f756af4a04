import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'

/** A file that polars cannot read: its place in the list, and why. */
export interface BrokenFile {
  readonly index: number
  readonly reason: string
}

/** Rows taken at a time, so that the child's memory stays small. */
const BATCH_ROWS = 2_000_000

/**
 * What the child runs. It says which file it is at, so that its death has a name, and reads the columns whose header is
 * wanted. Its own text and not a module: a release holds no second entry point for it.
 */
const PROBE = `
const pl = require(process.argv[1])
const { paths, headers, batch } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const plain = (header) => header.trim().replace(/^<(.*)>$/, '$1').replace(/\\s+/g, ' ').toLowerCase()
const say = (value) => require('node:fs').writeSync(1, JSON.stringify(value) + '\\n')
paths.forEach((path, index) => {
  say({ index, reason: '' })
  try {
    const scan = pl.scanParquet(path)
    const names = scan.limit(0).collectSync().columns.filter((name) => headers.includes(plain(name)))
    const rows = Number(scan.select(pl.len().alias('n')).collectSync().getColumn('n').get(0))
    for (let at = 0; at < rows && names.length > 0; at += batch) {
      scan.select(...names.map((name) => pl.col(name))).slice(at, batch).collectSync()
    }
  } catch (error) {
    say({ index, reason: String(error.message).split('\\n')[0].slice(0, 200) || 'unknown' })
    process.exit(1)
  }
})
say({ index: -1, reason: '' })
`

/**
 * Reads Parquet files of strangers in a process of its own, because polars ends the process that reads a file with
 * damaged sizes (an allocation that cannot succeed). The first file that cannot be read, or null when all can.
 * `headers` are the columns that matter, in lower case.
 */
export async function probeParquet(paths: readonly string[], headers: readonly string[]): Promise<BrokenFile | null> {
  const polars = createRequire(import.meta.url).resolve('nodejs-polars')
  const child = spawn(process.execPath, ['-e', PROBE, polars], { stdio: ['pipe', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  // A child that dies at once closes its end: that is seen in what it said, not here.
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify({ paths, headers, batch: BATCH_ROWS }))
  await once(child, 'close')
  const said = text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
  const last = JSON.parse(said.at(-1) ?? '{"index":0,"reason":""}') as BrokenFile
  if (last.index === -1) return null
  return { index: last.index, reason: last.reason === '' ? 'its sizes make no sense' : last.reason }
}
