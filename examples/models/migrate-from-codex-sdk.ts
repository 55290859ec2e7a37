import { type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/migrate-from-codex-sdk.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(
    reply.execCommand('ls docs'),
    reply.text('Its documentation.'),
    reply.text('{"files":5}'),
    reply.httpError(429, { code: 'usage_limit_reached' }),
    reply.execCommand('wc -l LICENSE', { escalate: 'It reads a file outside of the sandbox.' }),
    reply.text('It is short.'),
  )
}
