import type { ApprovalRequest } from './requests.js'
import { shorten, visibleText } from './visible-text.js'

/** Longest description, in characters before invisible ones are written out. */
const MAX_LENGTH = 500

/**
 * Says in one line what is to be approved, fit to be shown: invisible characters are written out, a long text
 * loses its middle. Secrets are not removed.
 */
export function describeRequest(request: ApprovalRequest): string {
  return visibleText(shorten(lineOf(request), MAX_LENGTH))
}

function lineOf(request: ApprovalRequest): string {
  switch (request.kind) {
    case 'command': {
      const { action, command, network } = request
      if (network) return `reach ${network.host} (${network.protocol})`
      const verb = action === 'command' ? 'run' : action
      return `${verb} ${command ?? 'an unnamed command'}${request.wantsPermissions ? ' with more permissions' : ''}`
    }
    case 'file-change': {
      if (request.grantRoot !== undefined) return `change any file in ${request.grantRoot}`
      const changes = request.changes.map(({ path, kind }) => {
        const target = kind?.type === 'update' ? kind.move_path : undefined
        return `${target ? 'move' : kind?.type} ${path}${target ? ` to ${target}` : ''}`
      })
      return changes.length > 0 ? changes.join(', ') : 'change files that Codex did not name'
    }
    case 'permissions':
      return `have the permissions ${JSON.stringify(request.permissions)}`
    case 'mcp-tool':
      return `call the tool ${request.server ?? 'unknown'}/${request.tool ?? 'unknown'} with ${
        JSON.stringify(request.arguments) ?? 'unknown arguments'
      }`
    case 'elicitation':
      return `answer the MCP server ${request.server}: ${request.message}${request.url ? ` ${request.url}` : ''}`
    case 'user-input':
      return `answer: ${request.questions.map(({ question }) => question).join(' ')}`
  }
}
