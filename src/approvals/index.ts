export type { DecideOptions } from './decide.js'
export { DEFAULT_APPROVAL_TIMEOUT_MS, decide } from './decide.js'
export type { ApprovalMethod } from './read-request.js'
export { isApprovalMethod, readApprovalRequest } from './read-request.js'
export type { Refusal } from './refusals.js'
export { REFUSALS, refuse } from './refusals.js'
export type {
  ApprovalContext,
  ApprovalDecider,
  ApprovalDecision,
  ApprovalHook,
  ApprovalOutcome,
  ApprovalRequest,
  CommandApprovalRequest,
  CommandDecision,
  FileChangeApprovalRequest,
  FileChangeDecision,
} from './requests.js'
