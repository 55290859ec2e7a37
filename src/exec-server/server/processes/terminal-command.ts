import { existsSync } from 'node:fs'
import { RpcError } from '../../../rpc/errors.js'
import type { Command } from './child.js'
import { findProgram } from './find-program.js'

const ENV = '/usr/bin/env'
const BASH = '/bin/bash'

/**
 * What a terminal runs for a command. `node-pty` adds `TERM` and `PWD` to every environment and knows no `arg0`;
 * a program that then replaces itself with the command's, in the same process, takes the two away again and
 * gives the name. Throws an `RpcError` when the program is missing or the name cannot be given.
 */
export function terminalCommand(command: Command): { readonly file: string; readonly args: string[] } {
  const file = findProgram(command)
  const [name, ...args] = command.argv
  const { arg0 = name, env } = command
  const added = ['TERM', 'PWD'].filter((variable) => env[variable] === undefined)
  if (process.platform !== 'win32' && (arg0 !== name || (added.length > 0 && file.includes('=')))) {
    if (!existsSync(BASH)) throw RpcError.invalidRequest(`arg0 in a terminal needs ${BASH} on this machine`)
    // -p: files and functions that the environment names are not read.
    const script = `unset SHLVL ${added.join(' ')}; exec -a "$0" "$@"`
    return { file: BASH, args: ['-p', '-c', script, arg0, file, ...args] }
  }
  if (added.length === 0 || !existsSync(ENV)) return { file, args }
  return { file: ENV, args: [...added.flatMap((variable) => ['-u', variable]), file, ...args] }
}
