import { GenerateError } from './errors.js'
import type { Definitions } from './schema.js'

/** Result types that do not follow from the name of the params type. */
const irregularResults: Readonly<Record<string, string>> = {
  'account/gatewayOAuth/cancel': 'GatewayOAuthCancelResponse',
  'account/logout': 'LogoutAccountResponse',
  'account/securitySetup/read': 'GetAccountSecuritySetupResponse',
  'account/workspaceMessages/read': 'GetWorkspaceMessagesResponse',
  'accountSession/list': 'AccountSessionsResponse',
  'config/batchWrite': 'ConfigWriteResponse',
  'config/mcpServer/reload': 'McpServerRefreshResponse',
  'config/value/write': 'ConfigWriteResponse',
  'configRequirements/read': 'ConfigRequirementsReadResponse',
  'externalAgentConfig/import/readHistories': 'ExternalAgentConfigImportHistoriesReadResponse',
  'memory/reset': 'MemoryResetResponse',
  'remoteControl/status/read': 'RemoteControlStatusReadResponse',
  'rollout/compress': 'RolloutCompressResponse',
  'windowsSandbox/readiness': 'WindowsSandboxReadinessResponse',
}

/**
 * Name of the type that a request resolves to: the params type's name with `Response` for `Params`, or what
 * the table says.
 *
 * @throws GenerateError naming the method when there is no such type.
 */
export function resultTypeOf(method: string, paramsType: string | null, definitions: Definitions): string {
  const regular = paramsType?.replace(/Params$/, 'Response')
  if (regular !== undefined && regular !== paramsType && definitions.has(regular)) return regular
  const irregular = irregularResults[method]
  if (irregular !== undefined && definitions.has(irregular)) return irregular
  const missing = irregular ?? regular
  throw new GenerateError(
    `${method}: no result type found${missing === undefined ? '' : ` (there is no ${missing})`}; ` +
      'add the method to irregularResults in scripts/generate/results.ts',
  )
}

/** Methods of the table that the protocol no longer has. */
export function staleIrregularResults(methods: ReadonlySet<string>): string[] {
  return Object.keys(irregularResults).filter((method) => !methods.has(method))
}
