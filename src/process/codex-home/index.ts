export { inspectCodexHome, prepareCodexHome } from './codex-home.js'
export type { CredentialKind } from './credentials.js'
export type {
  DescribeEnvironmentOptions,
  EnvironmentReport,
  EnvironmentVariableFacts,
} from './describe-environment.js'
export { describeEnvironment } from './describe-environment.js'
export type { CodexHomeErrorCode, CodexHomeErrorDetails } from './home-error.js'
export { CodexHomeError } from './home-error.js'
export type { CodexHomeNeeds, CodexHomeProblem } from './home-problem.js'
export { codexHomeProblem, DEFAULT_CREDENTIAL_VARIABLES } from './home-problem.js'
export type { InspectCodexHomeOptions } from './inspect.js'
export type { CodexHomeOrigin } from './paths.js'
export type { PrepareCodexHomeOptions, PreparedCodexHome } from './prepare.js'
export type {
  CodexCredentialsReport,
  CodexHomeFileReport,
  CodexHomeLocation,
  CodexHomeReport,
} from './report.js'
