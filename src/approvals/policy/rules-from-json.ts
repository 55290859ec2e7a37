import { InvalidInputError } from '../../util/errors.js'
import type { CommandPattern } from '../command-policy/rule.js'
import { allOf, anyOf, not } from './combinators.js'
import { allowCommands, declineCommands, readOnlyCommands } from './command-rules.js'
import { allowFileChanges, type FileChangeRuleOptions } from './file-change-rules.js'
import { allowMcpTools, type McpToolPattern } from './mcp-tool-rules.js'
import { cancelTurn, decline, forSession } from './modifiers.js'
import { allowNetworkHosts } from './network-rules.js'
import { allowPermissions } from './permission-rules.js'
import { allowAll, denyAll } from './presets.js'
import type { ApprovalRule, RuleData } from './rule.js'
import { answerUserInput, type UserInputAnswers } from './user-input-rules.js'

type Builder = (data: RuleData, option: string) => ApprovalRule

/** Each builder checks what it is given: the data may come from anywhere. */
const BUILDERS: Readonly<Record<string, Builder>> = {
  allowCommands: ({ patterns }, option) =>
    allowCommands(...(listOf(patterns, `${option}.patterns`) as readonly CommandPattern[])),
  declineCommands: ({ patterns }, option) =>
    declineCommands(...(listOf(patterns, `${option}.patterns`) as readonly CommandPattern[])),
  readOnlyCommands: () => readOnlyCommands(),
  allowFileChanges: ({ options }) => allowFileChanges(options as FileChangeRuleOptions),
  allowNetworkHosts: ({ hosts, options = {} }) =>
    allowNetworkHosts(hosts as readonly string[], options as object),
  allowPermissions: ({ options }) => allowPermissions(options as object),
  allowMcpTools: ({ tools }) => allowMcpTools(tools as readonly McpToolPattern[]),
  answerUserInput: ({ answers }) => answerUserInput(answers as UserInputAnswers),
  denyAll: () => denyAll(),
  allowAll: () => allowAll(),
  decline: ({ of }, option) => decline(ruleOf(of, `${option}.of`)),
  cancelTurn: ({ of }, option) => cancelTurn(ruleOf(of, `${option}.of`)),
  forSession: ({ of }, option) => forSession(ruleOf(of, `${option}.of`)),
  anyOf: ({ of }, option) => anyOf(...rulesOf(of, `${option}.of`)),
  allOf: ({ of }, option) => allOf(...rulesOf(of, `${option}.of`)),
  not: ({ of }, option) => {
    const [rule, ...others] = rulesOf(of, `${option}.of`)
    if (!rule || others.length > 0) throw new InvalidInputError(`${option}.of`, of, 'one rule')
    return not(rule)
  },
}

/**
 * Makes rules of what `toJSON` of a policy or rule wrote. Throws `InvalidInputError` naming the place for
 * anything else, hand-written rules and functions included: they are not data.
 */
export function rulesFromJson(data: unknown): readonly ApprovalRule[] {
  return rulesOf(data, 'rules')
}

function rulesOf(data: unknown, option: string): readonly ApprovalRule[] {
  return listOf(data, option).map((one, index) => ruleOf(one, `${option}[${index}]`))
}

function ruleOf(data: unknown, option: string): ApprovalRule {
  const name = typeof data === 'object' && data !== null ? (data as Partial<RuleData>).rule : undefined
  const build = typeof name === 'string' && Object.hasOwn(BUILDERS, name) ? BUILDERS[name] : undefined
  if (!build) throw new InvalidInputError(option, data, `a rule: ${Object.keys(BUILDERS).join(', ')}`)
  return build(data as RuleData, option)
}

function listOf(data: unknown, option: string): readonly unknown[] {
  if (!Array.isArray(data)) throw new InvalidInputError(option, data, 'a list')
  return data
}
