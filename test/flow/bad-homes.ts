import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockHome } from '../../storage/ledger/home-lock.ts'
import type { BadCase } from './bad-manifests.ts'
import { manifest, type WorkFolder } from './cli-process.ts'

/** A home or a disk that cannot be used. `prepare` gives what undoes it, and says where the home is. */
export interface BadHome extends Omit<BadCase, 'files'> {
  /** Needs to mount a file system: root on Linux. */
  readonly mounts?: boolean
  /** What may lie there afterwards: what a next try goes on with. */
  readonly leaves?: RegExp
  readonly prepare: (work: WorkFolder, sound: string) => Undo | Promise<Undo>
}

export type Undo = () => void
const NOTHING: Undo = () => {}

const RUN = ['run', 'm.yaml', '--home', 'home'] as const
const LIST = ['list', '--home', 'home'] as const

/** `sound` is a home with the dataset `tiny` and one completed job; each case works on a copy. */
export const HOME_CASES: readonly BadHome[] = [
  {
    title: 'no home to list',
    args: LIST,
    code: 3,
    says: ['no Hindcast home', '/home', '--home'],
    prepare: () => NOTHING,
  },
  {
    title: 'a home that is a file',
    args: RUN,
    code: 3,
    says: ['/home is a file'],
    prepare: (work) => write(work, { home: 'not a folder' }),
  },
  {
    title: 'a home below a file',
    args: ['dataset', 'synth', 'x', '--home', 'file/home'],
    code: 3,
    says: ['file/home', 'not a directory'],
    prepare: (work) => write(work, { file: 'x' }),
  },
  {
    title: 'a home that is a link to nothing',
    args: ['dataset', 'synth', 'x', '--home', 'home'],
    code: 3,
    says: ['/home', 'symbolic link'],
    prepare: (work) => {
      symlinkSync(work.path('gone'), work.path('home'))
      return NOTHING
    },
  },
  {
    title: 'a folder full of something else',
    args: ['dataset', 'synth', 'x', '--home', 'home'],
    code: 3,
    says: ['/home', 'no Hindcast home', 'thesis.tex'],
    prepare: (work) => write(work, { 'home/thesis.tex': 'x' }),
  },
  {
    title: 'a home of a newer hindcast',
    args: LIST,
    code: 3,
    says: ['version 99', 'newer'],
    prepare: (work, sound) => copy(work, sound, { 'home/version': '99\n' }),
  },
  {
    title: 'a home whose version is no number',
    args: RUN,
    code: 3,
    says: ['home/version', 'damaged'],
    prepare: (work, sound) => copy(work, sound, { 'home/version': 'one\n' }),
  },
  {
    title: 'records that are not ours',
    args: LIST,
    code: 3,
    says: ['home/ledger'],
    prepare: (work, sound) => {
      copy(work, sound, {})
      rmSync(work.path('home/ledger'), { recursive: true })
      return write(work, { 'home/ledger/notes.txt': 'x' })
    },
  },
  {
    title: 'records that are damaged',
    args: LIST,
    code: 3,
    says: ['home/ledger'],
    prepare: (work, sound) => copy(work, sound, { 'home/ledger/global/pg_control': 'garbage' }),
  },
  {
    title: 'a home that another process holds',
    args: LIST,
    env: { HINDCAST_LOCK_WAIT_MS: '0' },
    code: 2,
    says: ['/home', 'in use', 'hindcast run slow.yaml'],
    prepare: async (work, sound) => {
      copy(work, sound, {})
      const lock = await lockHome(work.path('home'), { command: 'hindcast run slow.yaml', waitMs: 0 })
      return () => lock.release()
    },
  },
  {
    title: 'a home where nothing can be written',
    args: ['dataset', 'synth', 'x', '--home', 'disk/home'],
    code: 3,
    says: ['disk/home', /read-only|permission denied/],
    mounts: true,
    prepare: (work) => mount(work, 'ro,size=1m'),
  },
  {
    title: 'a disk that fills up during an import',
    args: ['dataset', 'synth', 'x', '--home', 'disk/home', '--names', '60', '--days', '300'],
    code: 3,
    says: ['disk/home', /no space|disk is full/],
    mounts: true,
    leaves: /^\/disk\/home(?:\/(?:version|artifacts|datasets(?:\/x(?:\/\.lock)?)?))? /,
    prepare: (work) => mount(work, 'size=200k'),
  },
  {
    title: 'a disk without room for the records of a new home',
    args: ['migrate', '--home', 'disk/home'],
    code: 3,
    says: ['disk/home', /no space|disk is full/],
    mounts: true,
    prepare: (work) => mount(work, 'size=4m'),
  },
  {
    title: 'a disk that fills up while files are written',
    args: ['rerun', 'first', '--home', 'disk/home'],
    code: 3,
    says: ['disk/home/artifacts', /no space|disk is full/],
    mounts: true,
    prepare: (work, sound) => {
      const undo = mount(work, 'size=120m')
      cpSync(sound, work.path('disk/home'), { recursive: true })
      fill(work.path('disk'), 60_000)
      return undo
    },
  },
  {
    title: 'a report onto a full disk',
    args: ['report', 'first', '--home', 'home', '--html', 'disk/report.html'],
    code: 3,
    says: ['disk/report.html', /no space|disk is full/],
    mounts: true,
    prepare: (work, sound) => {
      copy(work, sound, {})
      return mount(work, 'size=16k')
    },
  },
  {
    title: 'an export onto a full disk',
    args: ['export', 'first', 'disk/out', '--home', 'home'],
    code: 3,
    says: ['disk/out', /no space|disk is full/],
    mounts: true,
    prepare: (work, sound) => {
      copy(work, sound, {})
      return mount(work, 'size=64k')
    },
  },
]

/** The manifest that RUN names. */
export const HOME_MANIFEST = manifest('first', { costModel: {} })

function write(work: WorkFolder, files: Readonly<Record<string, string>>): Undo {
  for (const [name, text] of Object.entries(files)) work.write(name, text)
  return NOTHING
}

function copy(work: WorkFolder, sound: string, files: Readonly<Record<string, string>>): Undo {
  cpSync(sound, work.path('home'), { recursive: true })
  return write(work, files)
}

/** A file system of its own at `disk`. */
function mount(work: WorkFolder, options: string): Undo {
  const dir = work.path('disk')
  mkdirSync(dir)
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot mount: ${stderr}`)
  return () => spawnSync('umount', [dir])
}

/** Leaves only so many bytes free. */
function fill(dir: string, left: number): void {
  const { bavail, bsize } = statfsSync(dir)
  writeFileSync(join(dir, 'filler'), new Uint8Array(Math.max(0, bavail * bsize - left)))
}

/** Why the cases that mount cannot run here; null: they can. */
export function noMounts(): string | null {
  if (process.platform !== 'linux') return 'tmpfs is a thing of Linux'
  return process.getuid?.() === 0 ? null : 'only root may mount a small disk'
}
