import { InvalidInputError } from '../../util/errors.js'
import { checkRule } from '../command-policy/check-rule.js'
import type { CommandMatcher } from '../command-policy/match-command.js'
import type { CommandPattern, CommandRule } from '../command-policy/rule.js'
import type { CommandApprovalRequest } from '../requests.js'
import { decline } from './modifiers.js'
import { type ApprovalRule, matchOfParts, type RuleData, type RuleVerdict, unrelated } from './rule.js'

/**
 * Allows commands by the first words of their argv, as `matchCommand` reads them: every simple command of a
 * compound one must match a pattern, and whatever is not read with certainty does not.
 *
 * An allowed command runs outside of the sandbox. Input for programs that run, commands that ask for further
 * permissions, and requests about the network never match. Rules about commands, those that decline included,
 * leave input and the network to other rules.
 *
 * Throws `InvalidInputError` for a pattern that is not well formed, and without any.
 *
 * @example allowCommands(['npm', 'test'], { prefix: ['git', 'status'], exact: true })
 */
export function allowCommands(...patterns: readonly CommandPattern[]): ApprovalRule {
  const rules = checkPatterns(patterns)
  return commandRule(`allowCommands(${describe(rules)})`, { rule: 'allowCommands', patterns: rules }, () =>
    Promise.resolve(rules),
  )
}

/**
 * Declines commands of which any simple command matches, or may match because it cannot be read. A list of
 * what is bad is never complete: `sudo rm` does not begin with `rm`. Throws as {@link allowCommands} does.
 */
export function declineCommands(...patterns: readonly CommandPattern[]): ApprovalRule {
  const rules = checkPatterns(patterns)
  return {
    ...decline(allowCommands(...patterns)),
    name: `declineCommands(${describe(rules)})`,
    toJSON: () => structuredClone({ rule: 'declineCommands', patterns: rules }),
  }
}

/** Allows commands that only read: `ls`, `cat`, `rg`, `git log` and others. They may read secrets. */
export function readOnlyCommands(): ApprovalRule {
  return commandRule('readOnlyCommands()', { rule: 'readOnlyCommands' }, async () => {
    const preset = await import('../command-policy/read-only.js')
    return preset.readOnlyCommands
  })
}

function commandRule(
  name: string,
  data: RuleData,
  load: () => Promise<readonly CommandRule[]>,
): ApprovalRule {
  let matcher: Promise<CommandMatcher> | undefined
  const compile = async () => {
    // The parser is loaded when the first command is to be read.
    const { compileCommandRules } = await import('../command-policy/match-command.js')
    return compileCommandRules(await load())
  }
  return {
    name,
    toJSON: () => structuredClone(data),
    async evaluate(request) {
      if (request.kind !== 'command') return unrelated('a command')
      if (!startsCommand(request)) return unrelated('a command to start')
      const objection = findObjection(request)
      if (objection !== undefined) return { match: 'unsure', reason: objection }
      matcher ??= compile()
      return verdictOf(request, await matcher)
    },
  }
}

/** Whether more is asked for than a host, or input for a program that runs. */
function startsCommand({ action, network, wantsPermissions }: CommandApprovalRequest): boolean {
  return wantsPermissions || (!network && action !== 'writeStdin')
}

/** Why a request is about more than a command. */
function findObjection(request: CommandApprovalRequest): string | undefined {
  if (request.action !== 'command') return `it is about ${request.action}, not about a command to start`
  if (request.wantsPermissions) return 'the command asks for further permissions'
  return request.command === undefined ? 'it names no command' : undefined
}

function verdictOf({ command }: CommandApprovalRequest, matcher: CommandMatcher): RuleVerdict {
  const { matched, reason, commands } = matcher(command)
  if (matched) return { match: 'yes', reason: 'every command in it matches a pattern' }
  // Commands that were read are compared one by one: whether any matches counts for what is declined.
  const match = matchOfParts(commands.map((argv) => (matcher(argv).matched ? 'yes' : 'no')))
  return {
    match: match === 'yes' ? 'unsure' : match,
    reason: commands.length > 1 && match === 'unsure' ? `a part of it matches: ${reason}` : reason,
  }
}

function checkPatterns(patterns: readonly CommandPattern[]): readonly CommandRule[] {
  const rules = patterns.map((pattern, index) => checkRule(pattern, `commands[${index}]`))
  if (rules.length === 0) throw new InvalidInputError('commands', patterns, 'at least one pattern')
  return rules
}

function describe(rules: readonly CommandRule[]): string {
  const first = rules.slice(0, 3).map(({ prefix }) => {
    const words = prefix.map((word) => (typeof word === 'string' ? word : `(${word.oneOf.join('|')})`))
    return words.join(' ')
  })
  return [...first, ...(rules.length > first.length ? [`and ${rules.length - first.length} more`] : [])].join(
    ', ',
  )
}
