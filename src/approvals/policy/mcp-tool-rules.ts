import { InvalidInputError } from '../../util/errors.js'
import { type ApprovalRule, unrelated } from './rule.js'

/** A tool of an MCP server, or all of them. */
export interface McpToolPattern {
  /** Name of the server in Codex's configuration, compared exactly. */
  readonly server: string
  /** Name of the tool, compared exactly. @default every tool of the server */
  readonly tool?: string | undefined
}

/** Allows calls of MCP tools, whatever their arguments. Throws `InvalidInputError` naming the option. */
export function allowMcpTools(tools: readonly McpToolPattern[]): ApprovalRule {
  const patterns = check(tools)
  return {
    name: `allowMcpTools(${patterns.map(({ server, tool = '*' }) => `${server}/${tool}`).join(', ')})`,
    toJSON: () => structuredClone({ rule: 'allowMcpTools', tools: patterns }),
    evaluate(request) {
      if (request.kind !== 'mcp-tool') return unrelated('an MCP tool')
      const { server, tool } = request
      if (server === undefined) return { match: 'unsure', reason: 'Codex does not tell the server' }
      const ofServer = patterns.filter((pattern) => pattern.server === server)
      if (ofServer.some((pattern) => pattern.tool === undefined)) {
        return { match: 'yes', reason: `every tool of ${server} is allowed` }
      }
      if (ofServer.length === 0) return { match: 'no', reason: `no tool of ${server} is allowed` }
      if (tool === undefined) return { match: 'unsure', reason: 'Codex does not tell the tool' }
      return ofServer.some((pattern) => pattern.tool === tool)
        ? { match: 'yes', reason: `${server}/${tool} is allowed` }
        : { match: 'no', reason: `${server}/${tool} is not allowed` }
    },
  }
}

function check(tools: unknown): readonly McpToolPattern[] {
  if (!Array.isArray(tools) || tools.length === 0) {
    throw new InvalidInputError('tools', tools, 'a list such as [{ server, tool }]')
  }
  return Array.from(tools as readonly unknown[], (given, index) => {
    const { server, tool, ...others } = (given ?? {}) as Partial<Record<string, unknown>>
    const at = (name: string) => `tools[${index}].${name}`
    const unknown = Object.keys(others)[0]
    if (unknown !== undefined) throw new InvalidInputError(at(unknown), others[unknown], 'a known option')
    if (typeof server !== 'string' || server === '')
      throw new InvalidInputError(at('server'), server, 'a name')
    if (tool === undefined) return { server }
    if (typeof tool !== 'string' || tool === '') throw new InvalidInputError(at('tool'), tool, 'a name')
    return { server, tool }
  })
}
