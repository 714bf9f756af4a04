import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { countOf, printProblems, printWarnings } from './print-problems.ts'
import { readFiles } from './read-files.ts'

/** `hindcast validate`: exit 0, or 2 with every problem on the error stream (as data on stdout with -o json). */
export async function validate(context: Context, files: readonly string[]): Promise<number> {
  const { requests, problems, warnings } = await readFiles(context, files)
  printWarnings(context, warnings)
  const code = printProblems(context, problems)
  const valid = requests.map(({ file, request }) => ({
    file,
    kind: request.kind,
    namespace: request.namespace,
    name: request.name,
  }))
  if (context.output !== 'table') await print(context, { valid, problems, warnings }, () => '')
  else if (problems.length > 0) context.terminal.note(`${countOf(problems)}\n`)
  else if (!context.quiet) {
    for (const { file, kind, name } of valid) context.terminal.out(`${file}: ${kind} ${name} is valid\n`)
  }
  return code
}
