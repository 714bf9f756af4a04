import { lineAt, type Node, type Source, walk } from './source.ts'

/** architecture.md 2. A test file may be longer than the code it speaks of, but not its functions' signatures. */
export const CEILINGS = { fileLines: 400, functionLines: 70, columns: 120, parameters: 4, folderFiles: 14 } as const

const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']

/** Files, functions, lines and parameter lists above their ceiling. */
export function sizeFaults(source: Source): string[] {
  const faults: string[] = []
  const lines = source.text.split('\n')
  if (lines.length - 1 > CEILINGS.fileLines)
    faults.push(`${source.path}: ${lines.length - 1} lines, at most ${CEILINGS.fileLines}`)
  lines.forEach((line, index) => {
    if (line.length > CEILINGS.columns)
      faults.push(`${source.path}:${index + 1} ${line.length} columns, at most ${CEILINGS.columns}`)
  })
  walk(source.program, (node) => {
    if (FUNCTIONS.includes(node.type)) faults.push(...functionFaults(source, node))
  })
  return faults
}

function functionFaults(source: Source, node: Node): string[] {
  const line = lineAt(source, node.start)
  const length = lineAt(source, node.end) - line + 1
  const count = (node.params as Node[]).length
  const faults: string[] = []
  if (length > CEILINGS.functionLines && !/^test\/|\.test\.ts$/.test(source.path)) {
    faults.push(`${source.path}:${line} a function of ${length} lines, at most ${CEILINGS.functionLines}`)
  }
  if (count > CEILINGS.parameters)
    faults.push(`${source.path}:${line} ${count} parameters, at most ${CEILINGS.parameters}`)
  return faults
}

/** Folders with too many source files (tests not counted), and folders whose name says nothing. */
export function folderFaults(paths: readonly string[]): string[] {
  const count = new Map<string, number>()
  const faults: string[] = []
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1)
    const vague = folders.find((folder) => /^(?:utils?|common|helpers?|shared|types|misc|lib)$/.test(folder))
    if (vague !== undefined) faults.push(`${path}: a folder called ${vague} says nothing`)
    if (!path.endsWith('.ts') || path.endsWith('.test.ts') || path.startsWith('test/')) continue
    const folder = folders.join('/')
    count.set(folder, (count.get(folder) ?? 0) + 1)
  }
  for (const [folder, files] of count) {
    if (files > CEILINGS.folderFiles) faults.push(`${folder}/: ${files} source files, at most ${CEILINGS.folderFiles}`)
  }
  return faults
}
