import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../../core/identity.ts'
import { type Panel, PRESENT } from '../../engine/panel.ts'
import { CACHE } from '../config.ts'
import { timed } from '../processes.ts'

const HERE = import.meta.dirname
const REQUIREMENTS = join(HERE, 'requirements.txt')
const VENV = join(CACHE, `peers-${sha256Hex(readFileSync(REQUIREMENTS, 'utf8')).slice(0, 12)}`)
const PYTHON = join(VENV, 'bin', 'python')

export const PYTHON_PEERS = ['alphalens', 'polars', 'numpy'] as const
export type PythonPeer = (typeof PYTHON_PEERS)[number]

export const NOT_INSTALLED = 'not installed (npm run bench -- --install-peers)'

/** Puts the exact versions of requirements.txt into a folder of the user's cache. */
export async function installPeers(): Promise<void> {
  rmSync(VENV, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  await timed('python3', ['-m', 'venv', VENV])
  await timed(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS])
}

export function havePython(): boolean {
  return existsSync(PYTHON)
}

/** Seconds that a peer takes for work W on a price file, its imports not counted. */
export async function runPython(peer: PythonPeer, prices: string): Promise<number> {
  const { stdout } = await timed(PYTHON, [join(HERE, 'peer.py'), peer, prices])
  const last = stdout.trim().split('\n').at(-1)!
  return (JSON.parse(last) as { seconds: number }).seconds
}

/** The floor in C on one panel. */
export interface Floor {
  /** Seconds and mean rank IC of one run. */
  readonly run: (threads: number) => Promise<{ seconds: number; meanRankIc: number }>
}

/** Compiles floor.c and hands it a panel; null where there is no C compiler. */
export async function buildFloor(label: string, panel: Panel): Promise<Floor | null> {
  const program = join(CACHE, 'floor')
  mkdirSync(CACHE, { recursive: true })
  try {
    await timed('cc', ['-O3', '-march=native', '-pthread', join(HERE, 'floor.c'), '-o', program, '-lm'])
  } catch {
    return null
  }
  const data = join(CACHE, `${label}.returns`)
  const returns = panel.ret.map((value, cell) => ((panel.present[cell]! & PRESENT.ret) === 0 ? Number.NaN : value))
  const dates = Buffer.from(panel.dates.slice().buffer)
  writeFileSync(data, Buffer.concat([dates, Buffer.from(returns.buffer)]))
  const size = [panel.permnos.length, panel.dates.length].map(String)
  return {
    run: async (threads) => {
      const { stdout } = await timed(program, [data, ...size, String(threads), '1'])
      const [seconds, meanRankIc] = stdout.trim().split(' ').map(Number)
      return { seconds: seconds!, meanRankIc: meanRankIc! }
    },
  }
}
