import { ConduitError } from '../util/errors.js'

/**
 * Where a Codex binary was found or looked for.
 *
 * - `option`: the path the caller gave.
 * - `environment`: the path in `CODEX_CONDUIT_BINARY`.
 * - `package`: an installed `@openai/codex`.
 * - `path`: a folder of `PATH`.
 */
export type CodexSource = 'option' | 'environment' | 'package' | 'path'

/** One place that was looked at, and why there is no Codex to run. */
export interface TriedPlace {
  readonly source: CodexSource
  /** A path, or the name of what was searched. */
  readonly place: string
  /** In words, for example `does not exist`. */
  readonly reason: string
}

/** No Codex binary that can be run was found. */
export class CodexNotFoundError extends ConduitError {
  readonly code = 'CODEX_NOT_FOUND'
  /** Every place that was looked at, in order. */
  readonly tried: readonly TriedPlace[]

  constructor(tried: readonly TriedPlace[]) {
    const places = tried.map(({ source, place, reason }) => `\n  ${source}: ${place}: ${reason}`)
    super(
      `No Codex binary found. Install \`@openai/codex\`, or name the binary.${places.length > 0 ? ` Tried:${places.join('')}` : ''}`,
    )
    this.tried = tried
  }
}
