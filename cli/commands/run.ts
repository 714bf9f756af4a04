import { type Command, Option } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

/** `hindcast run FILE...` */
export function defineRun(program: Command, act: Act): void {
  const command = program
    .command('run')
    .summary('run what manifests ask for')
    .description(
      'Validates every document of every file, then runs them here, one after the other. One that fails ' +
        'does not stop the others; the exit code is the largest. A result that this engine has ' +
        'computed before is reused.',
    )
    .argument('<file...>', 'manifests, YAML or JSON; "-" is standard input')
    .addOption(new Option('--threads <n>', 'worker threads of the engine (default: every core here, at most 8)'))
    .option('--html <file>', 'write a report; with several results a name with {name} in it')
    .option('--verify', 'compute again and compare every byte; exit 6 if one differs')
    .option('--require <gate>', 'exit 5 unless it holds, such as "icir>=0.5"; may be repeated', collect)
    .action(act(async () => (await import('../runs/run.ts')).run))
  examples(command, [
    ['hindcast run momentum.yaml'],
    ['hindcast run momentum.yaml --html report.html', 'and a report to open in a browser'],
    ['hindcast run momentum.yaml --require "icir>=0.1" --require "average_turnover<0.2"'],
    ['hindcast run a.yaml b.yaml -o json', 'one array, one element per resource'],
    ['hindcast run momentum.yaml --verify --threads 2'],
  ])
}

/** Collects a repeatable option. */
function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
