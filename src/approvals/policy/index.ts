export type { AskHumanOptions, HumanPrompter } from './ask-human.js'
export { askHuman, DEFAULT_HUMAN_TIMEOUT_MS } from './ask-human.js'
export type { AuditEntry, AuditSink } from './audit.js'
export { allOf, anyOf, not } from './combinators.js'
export { allowCommands, declineCommands, readOnlyCommands } from './command-rules.js'
export type { ConsideredRule } from './evaluate.js'
export type { FileChangeKind, FileChangeRuleOptions } from './file-change-rules.js'
export { allowFileChanges, DEFAULT_PROTECTED_NAMES } from './file-change-rules.js'
export type { HumanPrompt, PromptChoice, PromptQuestion } from './human-prompt.js'
export type { McpToolPattern } from './mcp-tool-rules.js'
export { allowMcpTools } from './mcp-tool-rules.js'
export { cancelTurn, decline, forSession } from './modifiers.js'
export type { NetworkRuleOptions } from './network-rules.js'
export { allowNetworkHosts } from './network-rules.js'
export type { PermissionRuleOptions } from './permission-rules.js'
export { allowPermissions } from './permission-rules.js'
export type {
  ApprovalPolicy,
  ApprovalPolicyData,
  ApprovalPolicyOptions,
  Otherwise,
  PolicyExplanation,
} from './policy.js'
export { approvalPolicy, isApprovalPolicy } from './policy.js'
export { allowAll, denyAll } from './presets.js'
export type { ApprovalRule, RuleData, RuleMatch, RuleVerdict } from './rule.js'
export { rulesFromJson } from './rules-from-json.js'
export type { TerminalPrompterOptions } from './terminal-prompter.js'
export { terminalPrompter } from './terminal-prompter.js'
export type { UserInputAnswers } from './user-input-rules.js'
export { answerUserInput } from './user-input-rules.js'
