import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Type-checks files with the compiler options of the repository and returns the errors, one line each:
 * `file(line): message`. Files given as text stand beside the tests and need not exist on disk.
 */
export function typeErrors(files: Readonly<Record<string, string | undefined>>): string[] {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const host = ts.createCompilerHost({ ...options, types: [] })
  const texts = new Map<string, string>()
  for (const [name, text] of Object.entries(files)) {
    if (text !== undefined) texts.set(testPath(name), text)
  }
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path)
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path)
    return text === undefined
      ? getSourceFile.call(host, path, languageVersion, ...rest)
      : ts.createSourceFile(path, text, languageVersion)
  }
  const program = ts.createProgram(Object.keys(files).map(testPath), { ...options, types: [] }, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
    const name = file?.fileName.split('/').at(-1) ?? 'options'
    return `${name}(${line}): ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** Whether a text is syntactically valid TypeScript. */
export function parses(text: string): boolean {
  const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true })
  return diagnostics?.length === 0
}

function testPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url)).replaceAll('\\', '/')
}
