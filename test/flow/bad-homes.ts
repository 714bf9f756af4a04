import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
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

const RUN = ['run', 'm.yaml', '--home', 'place'] as const
const LIST = ['list', '--home', 'place'] as const

/** `sound` is a home with the dataset `tiny` and one completed job; each case works on a copy. */
export const HOME_CASES: readonly BadHome[] = [
  {
    title: 'no home to list',
    args: LIST,
    code: 3,
    says: ['no Hindcast home', '/place', '--home'],
    prepare: () => NOTHING,
  },
  {
    title: 'a home that is a file',
    args: RUN,
    code: 3,
    says: ['/place is a file'],
    prepare: (work) => write(work, { place: 'not a folder' }),
  },
  {
    title: 'a home below a file',
    args: ['dataset', 'synth', 'x', '--home', 'file/place'],
    code: 3,
    says: ['file/place', 'not a directory'],
    prepare: (work) => write(work, { file: 'x' }),
  },
  {
    title: 'a home that is a link to nothing',
    args: ['dataset', 'synth', 'x', '--home', 'place'],
    code: 3,
    says: ['/place', 'symbolic link'],
    prepare: (work) => {
      symlinkSync(work.path('gone'), work.path('place'))
      return NOTHING
    },
  },
  {
    title: 'a folder full of something else',
    args: ['dataset', 'synth', 'x', '--home', 'place'],
    code: 3,
    says: ['/place', 'no Hindcast home', 'thesis.tex'],
    prepare: (work) => write(work, { 'place/thesis.tex': 'x' }),
  },
  {
    title: 'a home of a newer hindcast',
    args: LIST,
    code: 3,
    says: ['version 99', 'newer'],
    prepare: (work, sound) => copy(work, sound, { 'place/version': '99\n' }),
  },
  {
    title: 'a home whose version is no number',
    args: RUN,
    code: 3,
    says: ['place/version', 'damaged'],
    prepare: (work, sound) => copy(work, sound, { 'place/version': 'one\n' }),
  },
  {
    title: 'records that are not ours',
    args: LIST,
    code: 3,
    says: ['place/ledger'],
    prepare: (work, sound) => {
      copy(work, sound, {})
      rmSync(work.path('place/ledger'), { recursive: true })
      return write(work, { 'place/ledger/notes.txt': 'x' })
    },
  },
  {
    title: 'records that are damaged',
    args: LIST,
    code: 3,
    says: ['place/ledger'],
    prepare: (work, sound) => copy(work, sound, { 'place/ledger/global/pg_control': 'garbage' }),
  },
  {
    title: 'a snapshot that is damaged',
    args: RUN,
    code: 3,
    says: ['tiny', 'damaged: tiny-', 'importing the same data again'],
    prepare: (work, sound) => {
      copy(work, sound, {})
      const dataset = work.path('place/datasets/tiny')
      const id = readdirSync(dataset).find((name) => name.startsWith('tiny-'))
      return write(work, { [`place/datasets/tiny/${id}/snapshot.json`]: '{' })
    },
  },
  {
    title: 'a home that another process holds',
    args: LIST,
    env: { HINDCAST_LOCK_WAIT_MS: '0' },
    code: 2,
    says: ['/place', 'in use', 'hindcast run slow.yaml'],
    prepare: async (work, sound) => {
      copy(work, sound, {})
      const lock = await lockHome(work.path('place'), { command: 'hindcast run slow.yaml', waitMs: 0 })
      return () => lock.release()
    },
  },
  {
    title: 'a home where nothing can be written',
    args: ['dataset', 'synth', 'x', '--home', 'disk/place'],
    code: 3,
    says: ['disk/place', /read-only|permission denied/],
    mounts: true,
    prepare: (work) => mount(work, 'ro,size=1m'),
  },
  {
    title: 'a disk that fills up during an import',
    args: ['dataset', 'synth', 'x', '--home', 'disk/place', '--names', '60', '--days', '300'],
    code: 3,
    says: ['disk/place', /no space|disk is full/],
    mounts: true,
    leaves: /^\/disk\/place(?:\/(?:version|artifacts|datasets(?:\/x(?:\/\.lock)?)?))? /,
    prepare: (work) => mount(work, 'size=200k'),
  },
  {
    title: 'a disk without room for the records of a new home',
    args: ['migrate', '--home', 'disk/place'],
    code: 3,
    says: ['disk/place', /no space|disk is full/],
    mounts: true,
    prepare: (work) => mount(work, 'size=4m'),
  },
  {
    title: 'a disk that fills up while files are written',
    args: ['rerun', 'first', '--home', 'disk/place'],
    code: 3,
    says: ['disk/place/artifacts', /the store is full, \d.* are free; remove/],
    mounts: true,
    prepare: (work, sound) => {
      const undo = mount(work, 'size=120m')
      cpSync(sound, work.path('disk/place'), { recursive: true })
      fill(work.path('disk'), 60_000)
      return undo
    },
  },
  {
    title: 'a report onto a full disk',
    args: ['report', 'first', '--home', 'place', '--html', 'disk/report.html'],
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
    args: ['export', 'first', 'disk/out', '--home', 'place'],
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
  cpSync(sound, work.path('place'), { recursive: true })
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
