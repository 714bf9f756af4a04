import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Entry of `hindcast`. `--version` is answered before anything else is loaded; the rest of the command line is
 * imported only when it is needed. Clock and randomness are taken here and handed on.
 */
const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const [first] = process.argv.slice(2)

if (first === '--version' || first === '-V' || first === 'version') {
  process.stdout.write(`${version}\n`)
} else if (first === 'attempt') {
  // Hidden: the program of a runner's pod.
  const { attemptMain } = await import('../runner/main.ts')
  await attemptMain()
} else if (first === 'operator') {
  // Hidden: the program of the operator's pod.
  const { operatorMain } = await import('../operator/main.ts')
  await operatorMain()
} else {
  enableCompileCache()
  const { runCommandLine } = await import('./program.ts')
  const code = await runCommandLine({
    argv: process.argv.slice(2),
    root,
    version,
    now: Date.now,
    monotonic: () => performance.now(),
    randomId: () => randomBytes(16).toString('hex'),
  })
  await Promise.all([drained(process.stdout), drained(process.stderr)])
  // Not only exitCode: a native library may keep a thread that would hold the process.
  process.exit(code)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}
