import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ConduitError } from '../../util/errors.js'

/** The program of this package is not where the package is. */
export class ConduitProgramNotFoundError extends ConduitError {
  readonly code = 'EXEC_PROGRAM_NOT_FOUND'
}

/** Path of the `codex-conduit-exec-server` of this package. Throws where a bundler has taken the package apart. */
export function conduitProgram(): string {
  try {
    const require = createRequire(import.meta.url)
    const manifest = require.resolve('codex-conduit/package.json')
    const { bin } = require(manifest) as { readonly bin: Readonly<Record<string, string>> }
    return join(dirname(manifest), bin['codex-conduit-exec-server'] as string)
  } catch (cause) {
    throw new ConduitProgramNotFoundError(
      'the program codex-conduit-exec-server was not found: name it with connectStdio({ command })',
      { cause },
    )
  }
}
