import { type LexOptions, lexScript } from './lexer.js'
import { MAX_COMMAND_LENGTH, MAX_WORDS } from './limits.js'
import { type Argv, type Reading, refuse } from './reading.js'
import { readSyntaxTree } from './syntax-tree.js'
import { findUnreadableText } from './text-check.js'

// Shells of the wrapper that Codex puts around a script, and the only spelling in which they are known.
const SHELLS: ReadonlySet<string> = new Set(
  ['bash', 'zsh', 'sh'].flatMap((name) => [name, `/bin/${name}`, `/usr/bin/${name}`]),
)
const SCRIPT_FLAGS: ReadonlySet<string> = new Set(['-lc', '-c'])

/**
 * Resolves a command to the simple commands that it runs, or refuses.
 *
 * A string is read as a POSIX shell would read it; an argv array reaches its program as it is. When either
 * is exactly a shell wrapper of Codex (`bash -lc SCRIPT`: a known shell, `-lc` or `-c`, one script), the
 * script is read in its place, once; a wrapper inside the script is an ordinary command named `bash`.
 *
 * Never throws: what is not a string or an array of strings is refused.
 */
export function readCommand(command: unknown): Reading {
  const outer = typeof command === 'string' ? readText(command, { written: true }) : readArgv(command)
  if ('refused' in outer) return outer
  const script = wrappedScript(outer.commands)
  if (script !== undefined) return readScript(script)
  return typeof command === 'string' ? readScript(command) : outer
}

/** Reads a script as the shell that is going to run it. Never throws. */
export function readScript(text: string): Reading {
  return readText(text, {})
}

/** Refuses what is not read alike by the lexer and by the syntax tree. */
function readText(text: string, options: LexOptions): Reading {
  const unreadable = findUnreadableText(text)
  if (unreadable !== undefined) return refuse(unreadable)
  const lexed = lexScript(text, options)
  // In this order the parser, which is large, only meets text that the lexer, which is small, let through.
  if ('refused' in lexed) return lexed
  const parsed = readSyntaxTree(text)
  if ('refused' in parsed) return parsed
  return sameCommands(lexed.commands, parsed.commands) ? lexed : refuse('two readings that differ')
}

function readArgv(argv: unknown): Reading {
  if (!Array.isArray(argv) || argv.length === 0) return refuse('neither a command string nor an argv')
  if (argv.length > MAX_WORDS) return refuse('too many words')
  const words: string[] = []
  let length = 0
  // An index loop, since callbacks skip the holes of a sparse array.
  for (let index = 0; index < argv.length; index++) {
    const word: unknown = argv[index]
    if (typeof word !== 'string') return refuse('an argv element that is not a string')
    length += word.length + 1
    if (length > MAX_COMMAND_LENGTH) return refuse(`longer than ${MAX_COMMAND_LENGTH} characters`)
    const unreadable = findUnreadableText(word)
    if (unreadable !== undefined) return refuse(unreadable)
    words.push(word)
  }
  return { commands: [words] }
}

function wrappedScript(commands: readonly Argv[]): string | undefined {
  const [argv, ...others] = commands
  if (argv === undefined || others.length > 0 || argv.length !== 3) return undefined
  const [shell, flag, script] = argv
  if (shell === undefined || !SHELLS.has(shell)) return undefined
  return flag !== undefined && SCRIPT_FLAGS.has(flag) ? script : undefined
}

function sameCommands(left: readonly Argv[], right: readonly Argv[]): boolean {
  return left.length === right.length && left.every((argv, index) => sameArgv(argv, right[index]))
}

function sameArgv(left: Argv, right: Argv | undefined): boolean {
  return left.length === right?.length && left.every((word, index) => word === right[index])
}
