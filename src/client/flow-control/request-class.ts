/**
 * How a request shares the server with others.
 *
 * - `urgent`: stops something, or must come first; it waits for no other request.
 * - `thread`: loads a thread, which is the dearest thing that Codex does.
 * - `lasting`: can take as long as other requests, or somebody else, want (a command reads what they write, a tool
 *   asks back); counted apart, so that those never wait for it.
 * - `ordinary`: everything else.
 */
export type RequestClass = 'urgent' | 'thread' | 'lasting' | 'ordinary'

const CLASSES: Readonly<Record<string, RequestClass>> = {
  initialize: 'urgent',
  'turn/interrupt': 'urgent',
  'command/exec/terminate': 'urgent',
  'process/kill': 'urgent',
  'thread/backgroundTerminals/terminate': 'urgent',
  'thread/realtime/stop': 'urgent',
  'thread/sample/cancel': 'urgent',
  'account/login/cancel': 'urgent',
  'account/gatewayOAuth/cancel': 'urgent',
  'userVerification/cancel': 'urgent',
  // Measured: 3 to 25 ms each, and no faster side by side. Reviews and compactions only begin a turn.
  'thread/start': 'thread',
  'thread/resume': 'thread',
  'thread/fork': 'thread',
  'command/exec': 'lasting',
  'mcpServer/tool/call': 'lasting',
  'thread/sample': 'lasting',
  'account/gatewayOAuth/login': 'lasting',
  'userVerification/verify': 'lasting',
  'userVerification/enroll': 'lasting',
}

/** The class of a method, known or not. */
export function classOf(method: string): RequestClass {
  return Object.hasOwn(CLASSES, method) ? (CLASSES[method] as RequestClass) : 'ordinary'
}
