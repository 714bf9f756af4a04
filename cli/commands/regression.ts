import { type Command, Option } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

const DEFAULT_DIR = 'golden_results'

/** `hindcast regression check | regenerate` */
export function defineRegression(program: Command, act: Act): void {
  const regression = program
    .command('regression')
    .summary('compare results with approved goldens')
    .description('Computes golden cases here and compares them with the figures that were approved, or renews these.')
  const check = regression
    .command('check')
    .summary('compute every golden case and compare')
    .description(
      'Checks the checksums of a folder of goldens, computes every case on its snapshot, and compares the figures. ' +
        'Exits 4 when one drifted or a file was changed, 5 when the goldens are stale under --stale-policy fail.',
    )
    .argument('[dir]', 'folder with manifest.json, CASE.json and CASE_config.json', DEFAULT_DIR)
    .addOption(new Option('--stale-policy <policy>', 'what old goldens are').choices(['warn', 'fail']).default('warn'))
    .option('--max-age-days <n>', 'older goldens are stale', '90')
    .option('--relative <share>', 'allowed difference as a share of the golden', '0.001')
    .option('--absolute <difference>', 'allowed difference in any case', '0.000001')
    .option('--junit <file>', 'also write the verdicts as JUnit XML')
    .option('--annotations', 'also print drifts as ::error lines for CI')
    .action(act(async () => (await import('../regression/check.ts')).checkGoldens))
  examples(check, [
    ['hindcast regression check'],
    ['hindcast regression check golden_results --stale-policy fail --junit regression.xml --annotations'],
  ])
  const regenerate = regression
    .command('regenerate')
    .summary('compute every case and write new goldens')
    .description(
      'Computes every CASE_config.json of a folder and writes its figures as the new goldens, with checksums. ' +
        'Shows what moved. Existing goldens are overwritten only with --confirm and --reason.',
    )
    .argument('[dir]', 'folder with CASE_config.json', DEFAULT_DIR)
    .option('--dry-run', 'show what would move, and write nothing')
    .option('--confirm', 'overwrite existing goldens')
    .option('--reason <text>', 'why they change; kept in the manifest')
    .option('--approved-by <name>', 'who approved it; kept in the manifest')
    .action(act(async () => (await import('../regression/regenerate.ts')).regenerateGoldens))
  examples(regenerate, [
    ['hindcast regression regenerate --dry-run'],
    ['hindcast regression regenerate --confirm --reason "alpha logic changed in 1.2" --approved-by ann'],
  ])
}
