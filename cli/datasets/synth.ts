import { type SynthOptions, synthesise } from '../../storage/in/synth.ts'
import type { Context } from '../context.ts'
import { inNewHome } from '../local/home-folder.ts'
import { wholeNumber } from '../runs/options.ts'
import { printImport } from './import.ts'

interface SynthFlags {
  readonly names: string
  readonly days: string
  readonly start: string
  readonly seed: string
}

const MOST = 20_000

/** `hindcast dataset synth NAME`: a deterministic dataset, published as an import is. */
export async function synthDataset(context: Context, dataset: string, flags: SynthFlags): Promise<number> {
  const options: Omit<SynthOptions, 'datasetsDir'> = {
    dataset,
    names: wholeNumber('--names', flags.names, 1, MOST),
    days: wholeNumber('--days', flags.days, 2, MOST),
    seed: wholeNumber('--seed', flags.seed, 0, 999_999_999_999_999),
    start: flags.start,
    now: context.now,
  }
  return await inNewHome(context.home, async ({ datasetsDir }) => {
    const startedAt = context.monotonic()
    const published = await synthesise({ ...options, datasetsDir })
    await printImport(context, { ...published, quality: published.record.quality }, context.monotonic() - startedAt)
    return 0
  })
}
