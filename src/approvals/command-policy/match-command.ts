import { InvalidInputError } from '../../util/errors.js'
import { findDisallowedArgument } from './argument-rules.js'
import { checkRule } from './check-rule.js'
import { readCommand } from './read-command.js'
import { type Argv, quoteForReason } from './reading.js'
import type { CommandPattern, CommandRule, WordPattern } from './rule.js'

/** What came of comparing a command with the rules. */
export interface CommandMatch {
  /** Whether every simple command in it is allowed by a rule and nothing in it is uncertain. */
  readonly matched: boolean
  /** One sentence for people: what was not allowed, or what could not be read. Holds text of the command. */
  readonly reason: string
  /** Every simple command in it, in the order written; empty when it could not be read with certainty. */
  readonly commands: readonly Argv[]
}

/** Compares a command, given as a shell would read it or as an argv, with the rules it was made from. */
export type CommandMatcher = (command: string | readonly string[] | null | undefined) => CommandMatch

/**
 * Prepares rules for many comparisons. The matcher never throws; anything but a string or an array of
 * strings does not match. An empty list of rules matches nothing.
 *
 * Throws `InvalidInputError` for a rule that is not well formed, naming the option below `commands`.
 */
export function compileCommandRules(patterns: readonly CommandPattern[]): CommandMatcher {
  if (!Array.isArray(patterns)) throw new InvalidInputError('commands', patterns, 'a list of rules')
  const rules = Array.from(patterns, (pattern, index) => checkRule(pattern, `commands[${index}]`))
  return (command) => {
    const reading = readCommand(command)
    if ('refused' in reading) {
      return { matched: false, reason: `cannot be read with certainty: ${reading.refused}`, commands: [] }
    }
    const { commands } = reading
    for (const argv of commands) {
      const reason = findObjection(argv, rules)
      if (reason !== undefined) return { matched: false, reason, commands }
    }
    return { matched: commands.length > 0, reason: 'every command in it is allowed by a rule', commands }
  }
}

/**
 * Says whether every simple command in a command is allowed by a rule.
 *
 * The command may be compound by `;`, `&&`, `||`, `|` and newlines only. Expansions, substitutions, globs,
 * redirections, assignments, comments, keywords, groups, background commands, and text that shells may read
 * differently never match. Programs that run other programs (`env`, `sudo`, `xargs`, `sh -c`) are the
 * command themselves, except for the one shell wrapper that Codex itself adds. What a shell's start-up
 * files, `PATH`, or a program's own configuration make of an allowed command is not looked at.
 *
 * Throws `InvalidInputError` for a rule that is not well formed; see {@link compileCommandRules}.
 */
export function matchCommand(
  command: string | readonly string[] | null | undefined,
  patterns: readonly CommandPattern[],
): CommandMatch {
  return compileCommandRules(patterns)(command)
}

function findObjection(argv: Argv, rules: readonly CommandRule[]): string | undefined {
  const name = argv.slice(0, 2).map(quoteForReason).join(' ')
  let objection = `no rule allows ${name}`
  for (const rule of rules) {
    if (!rule.prefix.every((pattern, index) => matchesWord(argv[index], pattern))) continue
    const found = findDisallowedRest(argv.slice(rule.prefix.length), rule)
    if (found === undefined) return undefined
    objection = `no rule allows ${name} as it stands: ${found}`
  }
  return objection
}

function matchesWord(word: string | undefined, pattern: WordPattern): boolean {
  if (word === undefined) return false
  return typeof pattern === 'string' ? word === pattern : pattern.oneOf.includes(word)
}

function findDisallowedRest(rest: readonly string[], rule: CommandRule): string | undefined {
  if (rule.exact && rest.length > 0) return 'nothing may follow'
  const denied = rest.find((arg) => rule.denyFlags?.some((flag) => mayBeFlag(arg, flag)))
  if (denied !== undefined) return `the flag ${quoteForReason(denied)} is denied`
  return rule.args === undefined ? undefined : findDisallowedArgument(rest, rule.args)
}

/** Whether a program could take the argument for the flag: abbreviated, clustered or with a value. */
function mayBeFlag(arg: string, flag: string): boolean {
  if (!arg.startsWith('-') || arg === '-' || arg === '--') return false
  const name = arg.split('=', 1)[0] ?? arg
  if (flag.startsWith('--')) {
    // Some programs also take long flags with one dash (`-output`).
    return name.startsWith('--') ? flag.startsWith(name) : flag.slice(1).startsWith(name) && name.length > 2
  }
  return !arg.startsWith('--') && arg.includes(flag.slice(1))
}
