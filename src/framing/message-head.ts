import type { MessageHead } from '../rpc/errors.js'
import { isRequestId } from '../rpc/request-id.js'

const OPENING = /^\s*\{\s*/
const SHORT_MEMBER = /"(jsonrpc|id|method)"\s*:\s*(-?\d+|"(?:[^"\\]|\\.)*")\s*,\s*/y
const OUTCOME = /"(?:result|error)"\s*:/y

/**
 * Reads what a message is about from its first bytes, for messages too long to parse. Members that stand behind
 * a long one are not seen. Never throws.
 */
export function readHead(head: string): MessageHead {
  let index = OPENING.exec(head)?.[0].length
  if (index === undefined) return {}
  const members: Record<string, unknown> = {}
  let match = matchAt(SHORT_MEMBER, head, index)
  while (match) {
    const [text, name, value] = match as unknown as [string, string, string]
    members[name] = parseScalar(value)
    index += text.length
    match = matchAt(SHORT_MEMBER, head, index)
  }
  const { id, method } = members
  if (typeof method === 'string') return isRequestId(id) ? { requestId: id, method } : { method }
  return isRequestId(id) && matchAt(OUTCOME, head, index) ? { responseId: id } : {}
}

function matchAt(sticky: RegExp, text: string, index: number): RegExpExecArray | null {
  sticky.lastIndex = index
  return sticky.exec(text)
}

function parseScalar(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // An id that is not JSON, such as 007, names no request.
    return undefined
  }
}
