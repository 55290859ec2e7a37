import { readOnlyFileCommands } from './read-only-files.js'
import { readOnlyGitCommands } from './read-only-git.js'
import { readOnlySearchCommands } from './read-only-search.js'
import type { CommandRule } from './rule.js'

/**
 * Commands that only read, with the flags they may be given; every other flag, and every abbreviation of a
 * flag, does not match. Spread it into a list of rules of your own.
 *
 * It keeps programs from writing files and from running other programs. It does not keep them from reading:
 * `cat` prints whatever file the user may read, secrets included.
 *
 * Left out on purpose: `cd`, which changes the repository and configuration that later commands meet; `env`
 * and `printenv`, which print secrets; `awk`, `less`, `xargs` and editors, which run programs; `printf`,
 * `test` and `[`, which assign variables or evaluate their arguments in some shells; `tee`, `date` and
 * `hostname`, which change things.
 */
export const readOnlyCommands: readonly CommandRule[] = [
  ...readOnlyFileCommands,
  ...readOnlySearchCommands,
  ...readOnlyGitCommands,
]
