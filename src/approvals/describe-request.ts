import { redactJson } from '../redaction/index.js'
import type { ApprovalRequest } from './requests.js'
import { leavingText } from './visible-text.js'

/**
 * Says in one line what is to be approved, fit to be shown and stored: secrets are removed, a long text loses
 * its middle, invisible characters are written out.
 */
export function describeRequest(request: ApprovalRequest): string {
  return leavingText(lineOf(request))
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
      return `have the permissions ${JSON.stringify(redactJson(request.permissions))}`
    case 'mcp-tool':
      return `call the tool ${request.server ?? 'unknown'}/${request.tool ?? 'unknown'} with ${
        request.arguments === undefined ? 'unknown arguments' : JSON.stringify(redactJson(request.arguments))
      }`
    case 'elicitation':
      return `answer the MCP server ${request.server}: ${request.message}${request.url ? ` ${request.url}` : ''}`
    case 'user-input':
      return `answer: ${request.questions.map(({ question }) => question).join(' ')}`
  }
}
