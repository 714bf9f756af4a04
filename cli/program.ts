import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { Command, CommanderError, Help, Option } from 'commander'
import { defineCompletion } from './commands/completion.ts'
import { defineControl } from './commands/control.ts'
import { defineCrds } from './commands/crds.ts'
import { defineDataset } from './commands/dataset.ts'
import { defineJobs } from './commands/jobs.ts'
import { defineNamespace } from './commands/namespace.ts'
import { defineRegression } from './commands/regression.ts'
import { defineResults } from './commands/results.ts'
import { defineRun } from './commands/run.ts'
import { defineUpkeep } from './commands/upkeep.ts'
import { defineValidate } from './commands/validate.ts'
import { type Config, loadConfig } from './config.ts'
import type { Context, Handler, OutputFormat, Signals } from './context.ts'
import { describeFailure } from './failure.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** What main.ts hands over. */
export interface Outside {
  readonly argv: readonly string[]
  /** Folder of the installed package: package.json, crds/generated, migrations. */
  readonly root: string
  readonly version: string
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomId: () => string
}

/** Binds a command's handler: the context is made from environment and flags when the command runs. */
export type Act = <Arguments extends readonly unknown[]>(
  load: () => Promise<Handler<Arguments>>,
) => (...args: unknown[]) => Promise<void>

const USAGE_EXIT = 2
const INTERRUPTED_EXIT = 130
const DEFAULT_HOME = '.hindcast'

/** Parses, runs one command and gives the exit code. The one place of the command line that catches. */
export async function runCommandLine(outside: Outside): Promise<number> {
  let code = 0
  // Opened at once, for what commander prints: a reader that goes away must not be a crash.
  let terminal: Terminal = plainTerminal()
  let debug = false
  const act: Act =
    (load) =>
    async (...args) => {
      const command = args.at(-1) as Command
      const config = loadConfig()
      debug = config.debug
      const context = contextOf(outside, command, config)
      terminal = context.terminal
      const handler = await load()
      code = await handler(context, ...(args.slice(0, -1) as never))
    }
  const tell = (thrown: unknown): number => {
    terminal.moving('')
    const failure = describeFailure(thrown, { debug, style: terminal.noteStyle, newId: outside.randomId })
    terminal.note(failure.text)
    return failure.exitCode
  }
  // An error event that nobody listens to, in a library or a thread, is a bug and must read like one.
  process.on('uncaughtException', (thrown) => process.exit(tell(thrown)))
  const program = buildProgram(act, outside)
  if (outside.argv.length === 0) {
    program.outputHelp()
    return 0
  }
  try {
    await program.parseAsync(outside.argv as string[], { from: 'user' })
  } catch (thrown) {
    // Commander has printed its own message by now.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE_EXIT
    return tell(thrown)
  }
  return code
}

/** The whole command line as commander's tree, for parsing, `--help`, completion and docs/cli.md. */
export function buildProgram(act: Act, outside: Pick<Outside, 'version' | 'root'>): Command {
  const program = new Command('hindcast')
    .description('Point-in-time alpha backtests from one manifest: in a terminal, and on Kubernetes.')
    .usage('<command> [options]')
    .version(outside.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help of a command')
    .addOption(
      new Option('--home <dir>', 'where records, datasets and results live (default: $HINDCAST_HOME, else .hindcast)'),
    )
    .addOption(
      new Option('-o, --output <format>', 'format of the results').choices(['table', 'json', 'yaml']).default('table'),
    )
    .option('-q, --quiet', 'print results and errors only')
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .addHelpText('after', FIRST_STEPS)
  const define = [
    defineRun,
    defineValidate,
    defineDataset,
    defineJobs,
    defineControl,
    defineResults,
    defineRegression,
    defineUpkeep,
    defineNamespace,
    defineCrds,
    defineCompletion,
  ]
  for (const one of define) one(program, act)
  for (const command of everyCommand(program)) settle(command)
  return program
}

/** A command and all below it, depth first. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

const FIRST_STEPS = `
First steps:
  $ hindcast dataset import prices --prices prices.csv --preset kaggle
  $ hindcast run momentum.yaml --html report.html

Exit codes:
  0 done  1 internal error  2 wrong usage or invalid manifest  3 data or storage error  4 golden difference or tampering
  5 the run failed or was cancelled, a --require gate was not met, or goldens are stale  6 --verify differed
  7 database or cluster out of reach  124 timeout  130 interrupted`

function settle(command: Command): void {
  command.exitOverride()
  command.configureHelp({ showGlobalOptions: command.parent !== null, visibleGlobalOptions })
  command.configureOutput({ outputError: (text, write) => write(text) })
  command.showSuggestionAfterError(true)
  command.showHelpAfterError(`Run "${pathOf(command)} --help" for what is allowed.`)
}

/** The options of the program but for `--version`, which is none of a command's. */
function visibleGlobalOptions(this: Help, command: Command): Option[] {
  return Help.prototype.visibleGlobalOptions.call(this, command).filter((option) => option.long !== '--version')
}

/** `hindcast dataset import`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

interface GlobalOptions {
  readonly home?: string
  readonly output: OutputFormat
  readonly quiet?: boolean
  readonly color: boolean
}

function contextOf(outside: Outside, command: Command, config: Config): Context {
  let top = command
  while (top.parent !== null) top = top.parent
  const flags = top.opts<GlobalOptions>()
  const quiet = flags.quiet === true
  return {
    config,
    terminal: openTerminal(process.stdout, process.stderr, { color: flags.color && !config.noColor, quiet }),
    home: resolve(flags.home ?? config.home ?? DEFAULT_HOME),
    output: flags.output,
    quiet,
    version: outside.version,
    root: outside.root,
    user: userName(),
    invocation: ['hindcast', ...outside.argv.map(shellWord)].join(' '),
    now: outside.now,
    monotonic: outside.monotonic,
    randomId: outside.randomId,
    signals: processSignals(),
  }
}

/** The account's name; a container may run under a number that has none. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 0}`
  }
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function plainTerminal(): Terminal {
  return openTerminal(process.stdout, process.stderr, { color: false, quiet: false })
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Until a command takes them, a signal ends the process through `exit`, so that exit handlers can still tidy up. */
function processSignals(): Signals {
  let handle: (signal: NodeJS.Signals) => void = () => process.exit(INTERRUPTED_EXIT)
  const leave = handle
  for (const signal of SIGNALS) process.on(signal, (name) => handle(name))
  return {
    take: (taken) => {
      handle = taken
      return () => {
        handle = leave
      }
    },
  }
}
