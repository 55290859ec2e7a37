import { type ModelRequest, type ModelStub, type Reply, reply } from '../../src/testing/index.js'

/** What a turn is to be, in the words of its prompt, and how often each comes. */
export const TURN_KINDS = {
  plain: 596,
  accept: 80,
  decline: 80,
  interrupt: 80,
  abort: 80,
  /** Aborted before anything has come of it. */
  abortEarly: 40,
  fail: 36,
  /** The server is killed in mid-turn. */
  kill: 8,
} as const
export type TurnKind = keyof typeof TURN_KINDS

/** What the prompt of a turn says: its kind, and a name that no other turn has. */
export function promptOf(kind: TurnKind, name: string): string {
  return `${kind} ${name}`
}

/** What the model answers a turn that is let be. */
export function answerTo(name: string): string {
  return `The answer to ${name}.`
}

/** Lets the stub answer each turn as its prompt says, and forget the request. */
export function scriptModel(stub: ModelStub): void {
  stub.onRequest((request) => {
    stub.requests.length = 0
    return replyTo(request)
  })
}

function replyTo(request: ModelRequest): Reply {
  const [kind, name = ''] = request.lastUserText.split(' ')
  const answer = answerTo(name)
  const half = Math.ceil(answer.length / 2)
  const text = reply.text(answer, { chunks: [answer.slice(0, half), answer.slice(half)] })
  switch (kind as TurnKind) {
    case 'plain':
      return text
    case 'accept':
    case 'decline': {
      const callId = `call-${name}`
      if (request.toolOutput(callId)) return text
      return reply.execCommand(`echo ${kind}`, { escalate: 'It is asked for.', callId })
    }
    case 'interrupt':
    case 'abort':
    case 'abortEarly':
    case 'kill':
      // Held for ever: the requester leaves.
      return reply.hold(text, { afterDeltas: 1 })
    case 'fail':
      return reply.failed('server_is_overloaded')
    default:
      throw new Error(`no such kind of turn: ${request.lastUserText}`)
  }
}
