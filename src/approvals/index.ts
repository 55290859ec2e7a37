export type { ApprovalMethod } from './approval-methods.js'
export { isApprovalMethod } from './approval-methods.js'
export type { Asked, AskOptions } from './ask.js'
export { ask } from './ask.js'
export { checkDecision } from './check-decision.js'
export type { ArgumentRules } from './command-policy/argument-rules.js'
export type { CommandPattern, CommandRule, WordPattern } from './command-policy/rule.js'
export { oneOf } from './command-policy/rule.js'
export type { DecideOptions } from './decide.js'
export { DEFAULT_APPROVAL_TIMEOUT_MS, decide } from './decide.js'
export type {
  ApprovalDecision,
  CommandDecision,
  DecisionByKind,
  ElicitationDecision,
  FileChangeDecision,
  McpToolDecision,
  PermissionsDecision,
  UserInputDecision,
} from './decisions.js'
export { describeRequest } from './describe-request.js'
export type { ApprovalContext, ApprovalDecider, ApprovalHook, ApprovalOutcome } from './hook.js'
export type { OpenToolCall } from './mcp-tool-approval.js'
export * from './policy/index.js'
export type { OpenItems } from './read-request.js'
export type { Refusal } from './refusals.js'
export { REFUSALS, refuse } from './refusals.js'
export { cancelsByItself, toReply } from './reply.js'
export type {
  ApprovalRequest,
  CommandApprovalRequest,
  ElicitationRequest,
  FileChangeApprovalRequest,
  McpToolApprovalRequest,
  NetworkTarget,
  PermissionsApprovalRequest,
  UserInputRequest,
} from './requests.js'
export { visibleText } from './visible-text.js'
